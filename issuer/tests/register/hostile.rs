//! Files that are broken or meant to break something.

use std::io;
use std::path::Path;

use hati_issuer::register::{Counts, FileFormat, ImportError, Outcome, Rows, import};
use hati_store::{MemoryStore, Register};
use proptest::prelude::*;
use serde_json::json;

use crate::{ACHIENG, HEADER, MWANGI, how, import_as, import_bytes};

#[test]
fn a_header_that_is_not_ours_is_refused() {
    let bad = [
        "",
        "\n",
        ACHIENG,
        "upi,given_name\n",
        &HEADER.replace("county", "County"),
        &HEADER.replace("phone", "upi"),
        &HEADER.replace("phone", "salary"),
        &HEADER.replace("sex,", ""),
        &HEADER.replace("portrait", "\"portrait"),
        "PK\u{3}\u{4}\u{0}\u{0}",
    ];
    for header in bad {
        let refused = import_text(&MemoryStore::default(), &format!("{header}{ACHIENG}")).unwrap_err();
        assert!(matches!(refused, ImportError::Header { .. }), "{header:?}: {refused}");
        assert!(refused.to_string().contains("expected upi,id_number,"), "{refused}");
    }
}

#[test]
fn columns_come_in_any_order_and_the_last_two_may_be_missing() {
    let file = "sex,upi,id_number,given_name,family_name,birthdate,nationalities,county,place_of_birth,country\n\
                female,20480163920017,31415926,Grace Achieng,Odhiambo,1997-01-01,KE,Kisumu,Ahero,KE\n";
    let store = MemoryStore::default();
    assert_eq!(import_text(&store, file).unwrap().0.added, 1);
    assert_eq!(store.person("20480163920017").unwrap().unwrap().county, "Kisumu");
}

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_are_fine() {
    let file = format!("\u{feff}{HEADER}{ACHIENG}{MWANGI}").replace('\n', "\r\n");
    assert_eq!(import_text(&MemoryStore::default(), &file).unwrap().0.added, 2);
}

#[test]
fn other_encodings_are_refused_row_by_row() {
    let mut file = format!("{HEADER}{ACHIENG}").replace("Odhiambo", "Wanjir_").into_bytes();
    let place = file.iter().rposition(|byte| *byte == b'_').unwrap();
    file[place] = 0xfb;
    file.extend_from_slice(MWANGI.as_bytes());
    let store = MemoryStore::default();
    let (counts, outcomes) = import_bytes(&store, &file, Path::new("/nowhere")).unwrap();
    assert_eq!((counts.added, counts.refused), (1, 1));
    let Outcome::Refused { line: 2, errors } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!((errors[0].field, errors[0].expected.as_str()), ("family_name", "UTF-8 text"));
}

#[test]
fn a_quote_that_is_not_closed_costs_its_own_row_alone() {
    let first = MWANGI.replace("John", "\"John");
    let last = MWANGI.replace("20480163920018", "20480163920999").replace("Kamau", "\"Kamau\"");
    let good: String =
        (0..300).map(|n| ACHIENG.replace("20480163920017,31415926", &upi_and_card(n))).collect();
    for end in ["\n", "\r\n", "\r"] {
        let file = format!("{HEADER}{first}{}{last}", spread(&good)).replace('\n', end);
        let store = MemoryStore::default();
        let (counts, outcomes) = import_text(&store, &file).unwrap();
        assert_eq!((counts.read, counts.added, counts.refused), (302, 301, 1), "{outcomes:?}");
        let text = outcomes[0].to_string();
        assert!(text.contains("line 2 refused") && text.contains("Close the quote"), "{text}");
    }
}

/// A UPI and an identity card for each number.
fn upi_and_card(number: u32) -> String {
    format!("204801639{number:05},31{number:06}")
}

/// Each row of another day, so that nobody is taken for a duplicate.
fn spread(rows: &str) -> String {
    let day = |n: usize| format!("19{:02}-{:02}-{:02}", 50 + n / 28 / 12, n / 28 % 12 + 1, n % 28 + 1);
    rows.lines().enumerate().map(|(n, row)| row.replace("1997-01-01", &day(n)) + "\n").collect()
}

#[test]
fn both_lines_of_a_field_with_a_line_break_are_counted_and_told() {
    let broken = ACHIENG.replace("Grace Achieng", "\"Grace\nAchieng\"");
    let (counts, outcomes) =
        import_text(&MemoryStore::default(), &format!("{HEADER}{broken}\n\n{MWANGI}")).unwrap();
    assert_eq!((counts.read, counts.added, counts.refused), (3, 1, 2));
    let lines: Vec<_> = outcomes.iter().map(|outcome| outcome.to_string()).collect();
    assert!(lines[0].contains("line 2 refused: row: expected every quote closed on its line"), "{lines:?}");
    assert!(lines[1].contains("line 3 refused: row: expected 12 fields"), "{lines:?}");
}

#[test]
fn lines_are_numbered_as_in_the_file_whatever_ends_them() {
    for end in ["\n", "\r\n", "\r"] {
        let file = format!("{HEADER}\n{ACHIENG}\n\n1,2\n").replace('\n', end);
        let (_, outcomes) = import_text(&MemoryStore::default(), &file).unwrap();
        assert!(matches!(outcomes[0], Outcome::Refused { line: 6, .. }), "{outcomes:?}");
    }
}

#[test]
fn a_row_that_is_too_long_costs_itself_alone() {
    for (format, beginning, row) in
        [(FileFormat::Csv, HEADER, ACHIENG.trim().to_owned()), (FileFormat::JsonLines, "", object())]
    {
        let longest = usize::try_from(format.max_row_bytes()).unwrap();
        let long_as = |bytes: usize| row.replace("Ahero", &format!("Ahero{}", " ".repeat(bytes - row.len())));
        let file = format!(
            "{beginning}{}\n{}\r\n{row}\r{}",
            long_as(longest),
            long_as(longest + 1),
            long_as(3 * longest)
        );
        let store = MemoryStore::default();
        let (counts, outcomes) = import_as(format, &store, file.as_bytes(), Path::new("/nowhere")).unwrap();
        assert_eq!(
            (counts.read, counts.added, counts.unchanged, counts.refused),
            (4, 1, 1, 2),
            "{outcomes:?}"
        );
        let first = beginning.lines().count() + 1;
        for (line, bytes) in [(first + 1, longest + 1), (first + 3, 3 * longest)] {
            let expected = format!(
                "line {line} refused: row: expected at most {longest} bytes, got {bytes} bytes. Look for"
            );
            assert!(
                outcomes.iter().any(|it| it.to_string().starts_with(&expected)),
                "{expected}: {outcomes:?}"
            );
        }
    }
}

#[test]
fn a_first_line_that_is_too_long_is_no_header() {
    let refused = import_text(&MemoryStore::default(), &"upi,".repeat(1 << 16)).unwrap_err();
    assert!(matches!(refused, ImportError::Header { .. }), "{refused}");
}

/// [`ACHIENG`] in JSON.
fn object() -> String {
    json!({
        "upi": "20480163920017", "id_number": "31415926", "given_name": "Grace Achieng", "family_name": "Odhiambo",
        "birthdate": "1997-01-01", "sex": "female", "nationalities": ["KE"], "county": "Kisumu", "place_of_birth": "Ahero",
        "country": "KE", "phone": "+254712345678",
    })
    .to_string()
}

#[test]
fn a_report_that_cannot_be_written_stops_the_import() {
    let store = MemoryStore::default();
    let file = format!("{HEADER}1,2,3\n");
    let rows = Rows::new(file.as_bytes(), FileFormat::Csv).unwrap();
    let refused = import(rows, how(&store, &store.take_turn().unwrap(), Path::new("/nowhere")), &mut |_| {
        Err(io::ErrorKind::StorageFull.into())
    });
    assert!(matches!(refused, Err(ImportError::Report(_))));
}

proptest! {
    #[test]
    fn any_bytes_are_counted_or_refused(file: Vec<u8>) {
        let _ = import_bytes(&MemoryStore::default(), &file, Path::new("/nowhere"));
        let objects = [b"{", file.as_slice()].concat();
        let _ = import_as(FileFormat::JsonLines, &MemoryStore::default(), &objects, Path::new("/nowhere"));
    }

    #[test]
    fn any_rows_are_counted(rows in "([ -~é\n\r\",;=]{0,80}\n){0,20}") {
        let file = format!("{HEADER}{ACHIENG}{rows}");
        let store = MemoryStore::default();
        if let Ok((counts, _)) = import_bytes(&store, file.as_bytes(), Path::new("/nowhere")) {
            prop_assert!(counts.add_up());
            prop_assert_eq!(counts.added, store.population().unwrap());
        }
    }
}

fn import_text(store: &MemoryStore, file: &str) -> Result<(Counts, Vec<Outcome>), ImportError> {
    import_bytes(store, file.as_bytes(), Path::new("/nowhere"))
}
