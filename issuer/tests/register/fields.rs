//! Every field is checked, and its error says what to do.

use hati_issuer::register::Outcome;
use hati_store::{MemoryStore, Register};

use crate::{ACHIENG, import_rows};

/// A good value of each field in [`ACHIENG`], and bad ones.
const FIELDS: &[(&str, &str, &[&str])] = &[
    ("upi", "20480163920017", &["", "2048016392001", "204801639200170", "2048016392001x", "٢0480163920017"]),
    ("id_number", "31415926", &["123456", "1234567890", "3141592a"]),
    (
        "given_name",
        "Grace Achieng",
        &["", "=1+1", "-Grace", "@cmd", "+Grace", "Gr4ce", "Grace\u{7}", "Gr<b>ace"],
    ),
    ("family_name", "Odhiambo", &["", "7", "Odhi\u{202e}ambo", "Odhi\u{0}ambo"]),
    ("birthdate", "1997-01-01", &["", "1997-02-29", "1899-12-31", "2026-07-02", "01/01/1997", "1997-1-1"]),
    ("sex", "female", &["", "F", "Female", "unknown"]),
    (
        "nationalities",
        "KE",
        &["", "ke", "KEN", "KE,UG", "KE;", "KE;UG;TZ;GB;SO;ET", "ZZ", "KE;QQ", "KE;KE", "UK"],
    ),
    ("county", "Kisumu", &["", "=HYPERLINK(1)", "Kampala", "kisumu", "Nairobi"]),
    ("place_of_birth", "Ahero", &["", "3rd Street", "A\tB"]),
    ("country", "KE", &["", "Kenya", "k1", "ZZ", "ke"]),
    ("phone", "+254712345678", &["0712345678", "+2547", "+25471234567890123", "=+254712345678"]),
];

#[test]
fn a_bad_value_is_refused_by_name() {
    for (field, good, bad) in FIELDS {
        for value in *bad {
            let store = MemoryStore::default();
            let (counts, outcomes) = import_rows(&store, &[&row_with(field, good, value)]);
            assert_eq!((counts.read, counts.refused), (1, 1), "{field} = {value:?}");
            let Outcome::Refused { line: 2, errors } = &outcomes[0] else { panic!("{outcomes:?}") };
            assert_eq!(errors.len(), 1, "{field} = {value:?}: {errors:?}");
            assert_eq!(errors[0].field, *field);
            assert!(!errors[0].expected.is_empty() && errors[0].advice.ends_with('.'));
            assert_eq!(store.population().unwrap(), 0);
        }
    }
}

#[test]
fn every_error_of_a_row_is_told_at_once() {
    let row = ACHIENG.replace("1997-01-01", "1997").replace("female", "F").replace("Kisumu", "");
    let (_, outcomes) = import_rows(&MemoryStore::default(), &[&row]);
    let Outcome::Refused { errors, .. } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(errors.iter().map(|error| error.field).collect::<Vec<_>>(), ["birthdate", "sex", "county"]);
    let text = outcomes[0].to_string();
    assert!(text.contains("line 2 refused: birthdate: expected YYYY-MM-DD"), "{text}");
    assert!(text.contains("got \"1997\""), "{text}");
}

#[test]
fn names_of_kenya_are_admitted() {
    let names =
        ["Ng'ang'a", "M'Imanyara", "Wanjirũ", "Ole Sankok", "Elgeyo-Marakwet", "'Abd al-Rahman", "J. M."];
    for (number, name) in names.iter().enumerate() {
        let store = MemoryStore::default();
        let row = row_with("family_name", "Odhiambo", name).replace("20017", &format!("2001{number}"));
        let (counts, outcomes) = import_rows(&store, &[&row]);
        assert_eq!(counts.added, 1, "{name}: {outcomes:?}");
    }
}

#[test]
fn every_country_there_is_and_a_county_of_another_are_admitted() {
    for (nationalities, country, county) in
        [("KE", "KE", "Murang'a"), ("SS;KE", "SS", "Juba"), ("UG", "UG", "Kampala"), ("KE;XK", "KE", "Nyeri")]
    {
        let row = ACHIENG
            .replace("female,KE,Kisumu", &format!("female,{nationalities},{county}"))
            .replace("Ahero,KE", &format!("Ahero,{country}"));
        let (counts, outcomes) = import_rows(&MemoryStore::default(), &[&row]);
        // Kosovo's XK is in wide use, and not of ISO's list.
        assert_eq!(counts.added, u64::from(!nationalities.contains("XK")), "{outcomes:?}");
    }
}

#[test]
fn one_name_has_one_form() {
    let store = MemoryStore::default();
    let decomposed = row_with("family_name", "Odhiambo", "Wanjiru\u{303}");
    let composed = row_with("family_name", "Odhiambo", "Wanjirũ");
    let (counts, _) = import_rows(&store, &[&decomposed, &composed]);
    assert_eq!((counts.added, counts.unchanged), (1, 1));
    assert_eq!(store.person("20480163920017").unwrap().unwrap().family_name, "Wanjirũ");
}

#[test]
fn what_was_given_is_shown_short_and_without_control_characters() {
    let long = "a".repeat(101);
    let (_, outcomes) = import_rows(
        &MemoryStore::default(),
        &[&row_with("family_name", "Odhiambo", &long), &row_with("family_name", "Odhiambo", "\u{1b}[2J")],
    );
    let Outcome::Refused { errors, .. } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(errors[0].got.chars().count() < 70);
    let Outcome::Refused { errors, .. } = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!(errors[0].got, "\"\\u{1b}[2J\"");
}

fn row_with(field: &str, good: &str, value: &str) -> String {
    let quoted = format!("\"{value}\"");
    // Country is the second KE of the row, nationalities the first.
    match field {
        "country" => ACHIENG.replace("Ahero,KE,", &format!("Ahero,{quoted},")),
        _ => ACHIENG.replacen(good, &quoted, 1),
    }
}
