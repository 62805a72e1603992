//! Somebody else changes the register while a file is imported.

use std::path::Path;

use hati_issuer::register::{Counts, FileFormat, ImportError, Outcome, Progress, Rows, Why, import};
use hati_store::{Action, Event, MemoryStore, Person, PostgresStore, SledStore, Store};

use crate::{ACHIENG, HEADER, MWANGI, how, import_rows};

const UPI: &str = "20480163920017";

/// Runs a test on every store.
fn on_each_store(test: impl Fn(&dyn Store)) {
    let folder = tempfile::tempdir().unwrap();
    test(&MemoryStore::default());
    test(&SledStore::open(folder.path()).unwrap());
    test(&PostgresStore::open(&hati_test_postgres::database()).unwrap());
}

/// Imports rows; `meanwhile` happens when the first chunk was decided and is about to be written.
fn import_while(store: &dyn Store, rows: &[&str], meanwhile: impl FnOnce()) -> (Counts, Vec<Outcome>) {
    let mut meanwhile = Some(meanwhile);
    let (counts, outcomes) =
        import_and(store, rows, || meanwhile.take().into_iter().for_each(|happen| happen()));
    (counts.unwrap(), outcomes)
}

/// Imports rows; `happen` is called whenever a chunk is about to be written.
fn import_and(
    store: &dyn Store,
    rows: &[&str],
    mut happen: impl FnMut(),
) -> (Result<Counts, ImportError>, Vec<Outcome>) {
    let file = format!("{HEADER}{}", rows.concat());
    let mut outcomes = Vec::new();
    let rows = Rows::new(file.as_bytes(), FileFormat::Csv).unwrap();
    let counts = import(rows, how(store, Path::new("/nowhere")), &mut |progress| {
        match progress {
            Progress::Start(_) => outcomes.clear(),
            Progress::Outcome(outcome) => outcomes.push(outcome.clone()),
            Progress::Chunk { .. } => happen(),
            Progress::Row { .. } => {}
        }
        Ok(())
    });
    assert!(counts.as_ref().is_ok_and(Counts::add_up) || counts.is_err(), "{counts:?}");
    (counts, outcomes)
}

fn admit(store: &dyn Store, person: Person) {
    store.admit(&[person], &[], &Event::new(0, "test", Action::Imported, "others.csv")).unwrap();
}

/// The person of a row.
fn person(row: &str) -> Person {
    let store = MemoryStore::default();
    import_rows(&store, &[row]);
    hati_store::Register::person(&store, row.split(',').next().unwrap()).unwrap().unwrap()
}

#[test]
fn a_row_whose_upi_is_taken_meanwhile_is_decided_again() {
    on_each_store(|store| {
        let other = Person { county: "Nairobi".into(), ..person(ACHIENG) };
        let (counts, outcomes) = import_while(store, &["1,2\n", MWANGI, ACHIENG], || admit(store, other));
        assert_eq!((counts.added, counts.quarantined, counts.refused), (1, 1, 1), "{counts:?}");
        let reason = Why::UpiTaken { differs: vec!["county".into()] };
        assert!(matches!(outcomes[0], Outcome::Refused { line: 2, .. }), "{outcomes:?}");
        assert_eq!(outcomes[1..], [Outcome::Quarantined { line: 4, upi: UPI.into(), reason }]);
        assert_eq!(store.person(UPI).unwrap().unwrap().county, "Nairobi");
        assert_eq!(store.quarantined_as(UPI).unwrap().len(), 1);
        assert_eq!(store.population().unwrap(), 2);
    });
}

#[test]
fn an_import_that_never_gets_its_turn_says_so() {
    let store = MemoryStore::default();
    let row = |n: u32| {
        MWANGI
            .replace("20480163920018", &format!("204801639200{n}"))
            .replace("2015-06-30", &format!("2015-06-{n}"))
    };
    let rows: Vec<_> = (10..30).map(row).collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    let mut others = rows.iter().map(|row| Person { county: "Nairobi".into(), ..person(row) });
    let (outcome, _) = import_and(&store, &rows, || admit(&store, others.next().unwrap()));
    let busy = outcome.unwrap_err();
    assert_eq!(busy.code(), "import_busy");
    assert!(busy.to_string().contains("line 1"), "{busy}");
}
