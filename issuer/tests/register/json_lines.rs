//! JSON Lines: the same people by another writing.

use std::io::Cursor;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_issuer::register::sample::write_sample;
use hati_issuer::register::{Counts, FileFormat, ImportError, Outcome};
use hati_store::{MemoryStore, Register};
use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::portraits::encoded;
use crate::{ACHIENG, HEADER, MWANGI, import_as, import_bytes, import_rows};

fn achieng() -> Value {
    json!({
        "upi": "20480163920017", "id_number": "31415926", "given_name": "Grace Achieng",
        "family_name": "Odhiambo", "birthdate": "1997-01-01", "sex": "female", "nationalities": ["KE"],
        "county": "Kisumu", "place_of_birth": "Ahero", "country": "KE", "phone": "+254712345678",
    })
}

fn import_text(store: &MemoryStore, text: &str) -> (Counts, Vec<Outcome>) {
    import_as(FileFormat::JsonLines, store, text.as_bytes(), Path::new("/nowhere")).unwrap()
}

/// What is wrong with the only row of a file.
fn refused(row: &Value) -> Vec<(&'static str, String, String)> {
    let (counts, outcomes) = import_text(&MemoryStore::default(), &format!("{row}\n"));
    assert_eq!((counts.read, counts.refused), (1, 1), "{row}");
    let Outcome::Refused { line: 1, errors } = &outcomes[0] else { panic!("{outcomes:?}") };
    errors.iter().map(|error| (error.field, error.expected.clone(), error.got.clone())).collect()
}

#[test]
fn both_writings_give_the_same_records_and_quarantine() {
    let mut file = Vec::new();
    write_sample(300, 3, 0, &mut file, &mut |_, _| Ok(())).unwrap();
    let married = ACHIENG.replace("Odhiambo", "Otieno");
    let twice = ACHIENG.replace("20480163920017,31415926", "70480163920011,");
    let more = format!("{ACHIENG}{MWANGI}{married}{twice}");
    file.extend_from_slice(more.as_bytes());
    let objects: String =
        ::csv::Reader::from_reader(file.as_slice()).records().map(|row| object(&row.unwrap())).collect();

    let (csv, jsonl) = (MemoryStore::default(), MemoryStore::default());
    let (counts, outcomes) = import_bytes(&csv, &file, Path::new("/nowhere")).unwrap();
    let (same_counts, same_outcomes) = import_text(&jsonl, &objects);
    assert_eq!((counts, counts.quarantined), (same_counts, 2));
    let text = |outcomes: &[Outcome]| serde_json::to_string(outcomes).unwrap();
    // The lines are one apart: the header.
    assert_eq!(
        text(&outcomes).replace("\"line\":304", "\"line\":303").replace("\"line\":305", "\"line\":304"),
        text(&same_outcomes)
    );
    let ids = |store: &MemoryStore| {
        store
            .quarantine(None, 10)
            .unwrap()
            .into_iter()
            .map(|(id, row)| (id, row.person, row.reason))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&csv), ids(&jsonl));
    for row in ::csv::Reader::from_reader(file.as_slice()).records() {
        let upi = &row.unwrap()[0];
        assert_eq!(csv.person(upi).unwrap(), jsonl.person(upi).unwrap());
    }
    // And across the two: nothing is new.
    assert_eq!(import_text(&csv, &objects).0.added, 0);
    assert_eq!(import_text(&csv, &objects).0.unchanged, 302);
}

/// A row of CSV as an object: what is empty is left out.
fn object(row: &::csv::StringRecord) -> String {
    let names = HEADER.trim().split(',').zip(row).filter(|(_, text)| !text.is_empty());
    let members = names.map(|(name, text)| match name {
        "nationalities" => (name.to_owned(), json!(text.split(';').collect::<Vec<_>>())),
        _ => (name.to_owned(), json!(text)),
    });
    format!("{}\n", Value::Object(members.collect()))
}

#[test]
fn lines_end_as_they_like_and_may_be_blank() {
    let second = json!({ "upi": "20480163920018", "given_name": "John", "family_name": "Kamau", "birthdate": "2015-06-30",
        "sex": "male", "nationalities": ["KE", "UG"], "county": "Nyeri", "place_of_birth": "Othaya", "country": "KE",
        "id_number": null, "phone": null, "portrait": null });
    for end in ["\n", "\r\n", "\r"] {
        let bad = json!({ "upi": 1 });
        let file = format!("\u{feff}{}\n\n  \t\n{second}\n{bad}", achieng()).replace('\n', end);
        let store = MemoryStore::default();
        let (counts, outcomes) = import_text(&store, &file);
        assert_eq!((counts.read, counts.added, counts.refused), (3, 2, 1), "{outcomes:?}");
        assert!(matches!(outcomes[0], Outcome::Refused { line: 5, .. }), "{outcomes:?}");
        assert_eq!(store.person("20480163920018").unwrap().unwrap().nationalities, ["KE", "UG"]);
    }
}

#[test]
fn what_is_no_object_is_refused_alone() {
    let twice = achieng().to_string().replace("\"sex\"", "\"upi\":\"20480163920017\",\"sex\"");
    let cut = achieng().to_string().replace('}', "");
    let mut file =
        format!("{{}}\n{twice}\n[1]\n\"x\"\nnull\n{cut}\n{} {}\n_\n", achieng(), achieng()).into_bytes();
    let place = file.iter().rposition(|byte| *byte == b'_').unwrap();
    file[place] = 0xfb;
    file.extend_from_slice(achieng().to_string().as_bytes());
    let store = MemoryStore::default();
    let (counts, outcomes) = import_as(FileFormat::JsonLines, &store, &file, Path::new("/nowhere")).unwrap();
    assert_eq!((counts.read, counts.refused, counts.added), (9, 8, 1), "{outcomes:?}");
    for outcome in &outcomes[1..] {
        let Outcome::Refused { errors, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((errors.len(), errors[0].field), (1, "row"), "{outcome:?}");
    }
    assert!(outcomes[1].to_string().contains("appears twice"), "{}", outcomes[1]);
}

#[test]
fn a_member_that_is_not_ours_or_of_another_kind_is_refused_by_name() {
    let with = |member: &str, value: Value| {
        let mut row = achieng();
        row[member] = value;
        refused(&row)
    };
    let salary = with("salary", json!(1));
    assert!(salary[0].0 == "row" && salary[0].2 == "\"salary\"", "{salary:?}");
    for (member, value, expected, got) in [
        ("upi", json!(20_480_163_920_017_u64), "a string", "a number"),
        ("given_name", json!(["Grace"]), "a string", "an array"),
        ("id_number", json!(true), "a string", "a boolean"),
        ("nationalities", json!("KE"), "an array of strings", "a string"),
        ("nationalities", json!(["KE", 1]), "an array of strings", "a number"),
        ("portrait", json!(1), "a path, or an object with the member base64", "a number"),
        ("portrait", json!({"hex": ""}), "a path, or an object with the member base64", "another member"),
        ("portrait", json!({"base64": 1}), "a path, or an object with the member base64", "a number"),
        ("portrait", json!({}), "a path, or an object with the member base64", "an object of other members"),
    ] {
        assert_eq!(with(member, value), [(member, expected.to_owned(), got.to_owned())]);
    }
    for value in [json!([]), Value::Null, json!(["KE", "KE"]), json!(["KE;UG"])] {
        assert_eq!(with("nationalities", value)[0].0, "nationalities");
    }
    let nothing: Vec<_> = refused(&json!({})).into_iter().map(|(field, ..)| field).collect();
    let required = [
        "upi",
        "given_name",
        "family_name",
        "birthdate",
        "sex",
        "nationalities",
        "county",
        "place_of_birth",
        "country",
    ];
    assert_eq!(nothing, required);
}

#[test]
fn a_picture_comes_by_path_or_in_the_row() {
    let folder = tempfile::tempdir().unwrap();
    let picture = encoded(&RgbImage::from_pixel(100, 100, Rgb([9, 99, 199])), ImageFormat::Jpeg);
    std::fs::write(folder.path().join("face.jpg"), &picture).unwrap();
    let row = |portrait: Value| {
        let mut row = achieng();
        row["portrait"] = portrait;
        format!("{row}\n").into_bytes()
    };
    let store = MemoryStore::default();
    let import = |row: &[u8]| import_as(FileFormat::JsonLines, &store, row, folder.path()).unwrap();
    assert_eq!(import(&row(json!("face.jpg"))).0.added, 1);
    let inside = row(json!({ "base64": STANDARD.encode(&picture) }));
    assert_eq!(import(&inside).0.unchanged, 1);

    let small = {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::new(10, 10).write_to(&mut bytes, ImageFormat::Png).unwrap();
        STANDARD.encode(bytes.into_inner())
    };
    for bad in ["", "!", "QUJD", "QUJDRA", small.as_str()] {
        let (counts, outcomes) = import(&row(json!({ "base64": bad })));
        assert_eq!(counts.refused, 1, "{bad}");
        assert!(outcomes[0].to_string().contains("portrait: expected the path"), "{outcomes:?}");
    }
}

/// A photograph as telephones take it, and the largest picture that the text of the error promises.
#[test]
fn a_row_holds_the_largest_picture() {
    let mut noise = RgbImage::new(800, 800);
    for (place, pixel) in noise.pixels_mut().enumerate() {
        let bytes = (place as u32).wrapping_mul(2_654_435_761).to_be_bytes();
        *pixel = Rgb([bytes[0], bytes[1], bytes[2]]);
    }
    let photograph = encoded(&noise, ImageFormat::Png);
    let mut largest = photograph.clone();
    largest.resize(16 << 20, 0);
    let mut larger = largest.clone();
    larger.push(0);
    let import = |picture: &[u8]| {
        let mut row = achieng();
        row["portrait"] = json!({ "base64": STANDARD.encode(picture) });
        // As some write it.
        import_text(&MemoryStore::default(), &row.to_string().replace('/', "\\/"))
    };
    for picture in [&photograph, &largest] {
        assert!(picture.len() > 1_200_000);
        assert_eq!(import(picture).0.added, 1);
    }
    let (_, outcomes) = import(&larger);
    assert!(
        outcomes[0].to_string().contains("at most 16 MiB, got \"the picture has more than 16777216 bytes\""),
        "{outcomes:?}"
    );
}

#[test]
fn a_wrong_guess_is_told() {
    let open = |format, file: &str| {
        import_as(format, &MemoryStore::default(), file.as_bytes(), Path::new("/")).unwrap_err()
    };
    let object = format!("\u{feff}\n {}\n", achieng());
    let refused = open(FileFormat::Csv, &object);
    assert!(matches!(refused, ImportError::OtherFormat { .. }), "{refused}");
    assert!(refused.to_string().contains("Say --format jsonl"), "{refused}");
    for file in [HEADER, "", "[{}]\n"] {
        let refused = open(FileFormat::JsonLines, file);
        assert!(matches!(refused, ImportError::NoObject { .. }), "{refused}");
        assert!(refused.to_string().contains("say --format csv"), "{refused}");
    }
    for (name, format) in [
        ("a.jsonl", FileFormat::JsonLines),
        ("a.NDJSON", FileFormat::JsonLines),
        ("a.csv", FileFormat::Csv),
        ("a", FileFormat::Csv),
    ] {
        assert_eq!(FileFormat::of(Path::new(name)), format);
    }
}

proptest! {
    #[test]
    fn text_says_the_same_in_both_writings(name in "[A-Za-zĩũ' -]{0,12}", town in "[A-Za-z3 ,\"]{0,12}", phone in "\\+?[0-9]{0,17}") {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let row = ACHIENG.replace("Odhiambo", &quoted(&name)).replace("Ahero", &quoted(&town)).replace("+254712345678", &phone);
        let mut same = achieng();
        (same["family_name"], same["place_of_birth"], same["phone"]) = (json!(name), json!(town), json!(phone));
        let (csv, jsonl) = (MemoryStore::default(), MemoryStore::default());
        prop_assert_eq!(import_rows(&csv, &[&row]).0, import_text(&jsonl, &format!("{same}\n")).0);
        prop_assert_eq!(csv.person("20480163920017").unwrap(), jsonl.person("20480163920017").unwrap());
    }
}
