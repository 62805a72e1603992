//! Somebody else changes the register while a file is imported.

use std::path::Path;

use hati_formats::keys::Algorithm;
use hati_issuer::actor::Actor;
use hati_issuer::keys::{Keys, NewKeys};
use hati_issuer::register::amend::Clerk;
use hati_issuer::register::{Counts, FileFormat, ImportError, Outcome, Progress, Rows, Rules, Why, import};
use hati_issuer::types::Types;
use hati_store::{Action, Event, MemoryStore, Person, PostgresStore, Reason, Register, SledStore, Store};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::feed::{feed, payload, put, sign};
use crate::{ACHIENG, HEADER, MWANGI, how, import_rows, now};

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
    let counts =
        import(rows, how(store, &store.take_turn().unwrap(), Path::new("/nowhere")), &mut |progress| {
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
    store.person(row.split(',').next().unwrap()).unwrap().unwrap()
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

/// Whoever is admitted by another, on a day that the import has read long before, is seen by the rows after it.
#[test]
fn whoever_comes_in_meanwhile_is_seen() {
    let alike = Person { upi: "20480163920090".into(), id_number: None, ..person(ACHIENG) };
    let same_card =
        Person { given_name: "Hassan".into(), family_name: "Ali".into(), birthdate: 0, ..alike.clone() };
    let same_card = Person { id_number: person(ACHIENG).id_number, ..same_card };
    let likely = Why::LikelyDuplicate { of: alike.upi.clone(), likeness: 1000 };
    let card = Why::SameIdNumber { of: alike.upi.clone() };
    // Of the same day and another name: the first chunk reads the day.
    let first =
        ACHIENG.replace("20480163920017,31415926,Grace Achieng,Odhiambo", "20480163920091,,Hassan,Ali");
    let unreadable = "1,2\n".repeat(1000);
    for (other, reason) in [(&alike, &likely), (&same_card, &card)] {
        for rows in [&[ACHIENG][..], &[&first, &unreadable, ACHIENG]] {
            on_each_store(|store| {
                let (counts, outcomes) = import_while(store, rows, || admit(store, other.clone()));
                let (line, upi, reason) = (counts.read + 1, UPI.into(), reason.clone());
                assert_eq!(outcomes.last(), Some(&Outcome::Quarantined { line, upi, reason }), "{counts:?}");
                assert_eq!(store.person(UPI).unwrap(), None);
            });
        }
    }
}

/// Of whoever is nobody's like, the import takes notice and goes on.
#[test]
fn somebody_else_who_comes_in_disturbs_nothing() {
    on_each_store(|store| {
        let mut others = (10..60).map(|n| Person {
            upi: format!("204801639200{n}"),
            id_number: None,
            birthdate: n,
            ..person(ACHIENG)
        });
        let mut chunks = 0;
        let (counts, _) = import_and(store, &[ACHIENG, MWANGI], || {
            chunks += 1;
            admit(store, others.next().unwrap());
        });
        assert_eq!((counts.unwrap().added, chunks, store.population().unwrap()), (2, 1, 3));
    });
}

/// A feed decides while another process admits the same person under another UPI, and has not committed yet.
#[test]
fn a_feed_sees_who_is_admitted_while_it_decides() {
    let address = hati_test_postgres::database();
    let store = PostgresStore::open(&address).unwrap();
    let mut other = hati_test_postgres::client(&address);
    let sectors = Keys::from(NewKeys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(1))).sectors;
    let types = Types::load(Path::new("no such folder")).unwrap();
    let actor = &Actor::Feed("births".into());
    let clerk = Clerk {
        store: &store,
        types: &types,
        sectors: &sectors,
        rules: Rules::kenya(now()),
        actor,
        now: now(),
    };
    let token = sign(&payload(1, None, &[put()]));
    let followed = std::thread::scope(|scope| {
        let mut admitting = other.transaction().unwrap();
        let admit = "UPDATE people_changes SET number = 1; INSERT INTO people VALUES ('20480163920090', NULL,
            'Grace Achieng', 'Odhiambo', '1997-01-01'::date - '1970-01-01'::date, 0, '{KE}', 'Kisumu', 'Ahero', 'KE');
            UPDATE people SET changed = 1";
        admitting.batch_execute(admit).unwrap();
        let following = scope.spawn(|| clerk.follow(&feed(), &token).unwrap());
        let waiting = "SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut client = hati_test_postgres::client(&address);
        while client.query(waiting, &[]).unwrap().is_empty() {}
        admitting.commit().unwrap();
        following.join().unwrap()
    });
    let counts = followed.counts.unwrap();
    assert_eq!((counts.added, counts.quarantined), (0, 1), "{counts:?}");
    let row = store.quarantined_as(UPI).unwrap().remove(0).1;
    assert_eq!(row.reason, Reason::LikelyDuplicate { of: "20480163920090".into(), likeness: 1000 });
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
