//! Files that are broken or meant to break something.

use std::io::{self, Read};
use std::path::Path;

use hati_issuer::register::{Counts, ImportError, MAX_ROW_BYTES, Outcome};
use hati_store::{MemoryStore, Register};
use proptest::prelude::*;

use crate::{ACHIENG, HEADER, MWANGI, import_bytes};

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
fn a_quote_that_is_not_closed_stops_the_import_and_says_where() {
    let open = format!("{HEADER}{ACHIENG}20480163920018,\"{}", MWANGI.repeat(2000));
    let refused = import_text(&MemoryStore::default(), &open).unwrap_err();
    assert!(matches!(refused, ImportError::RowTooLong { line: 3, expected: MAX_ROW_BYTES }), "{refused}");
}

#[test]
fn an_endless_row_is_stopped_early() {
    let taken = std::cell::Cell::new(0);
    let endless = Endless { header: HEADER.as_bytes(), taken: &taken };
    let store = MemoryStore::default();
    let how = hati_issuer::register::Import {
        register: &store,
        rules: hati_issuer::register::Rules::kenya(crate::now()),
        source: "endless",
        pictures: Path::new("/nowhere"),
        actor: "a test",
        now: crate::now(),
    };
    let refused = hati_issuer::register::import(endless, how, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(refused, ImportError::RowTooLong { line: 2, .. }), "{refused}");
    assert!(taken.get() < 4 * MAX_ROW_BYTES as usize);
}

struct Endless<'a> {
    header: &'a [u8],
    taken: &'a std::cell::Cell<usize>,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.header.read(buffer)?;
        buffer[read..].fill(b'a');
        self.taken.set(self.taken.get() + buffer.len());
        Ok(buffer.len())
    }
}

#[test]
fn a_report_that_cannot_be_written_stops_the_import() {
    let store = MemoryStore::default();
    let how = hati_issuer::register::Import {
        register: &store,
        rules: hati_issuer::register::Rules::kenya(crate::now()),
        source: "people.csv",
        pictures: Path::new("/nowhere"),
        actor: "a test",
        now: crate::now(),
    };
    let file = format!("{HEADER}1,2,3\n");
    let refused =
        hati_issuer::register::import(file.as_bytes(), how, &mut |_| Err(io::ErrorKind::StorageFull.into()));
    assert!(matches!(refused, Err(ImportError::Report(_))));
}

proptest! {
    #[test]
    fn any_bytes_are_counted_or_refused(file: Vec<u8>) {
        let _ = import_bytes(&MemoryStore::default(), &file, Path::new("/nowhere"));
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
