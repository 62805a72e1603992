//! What only a store on disk can promise.

use std::path::Path;

use hati_store::{Action, OneTime, Register, Seen, SledStore, StoreError};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::crash::{self, Acknowledged, Writer};
use crate::{event, person};

#[test]
fn everything_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    store.admit(&[person("1")], &[], &event(Action::Imported)).unwrap();
    store.remember(b"nonce", 160, 100).unwrap();
    drop(store);
    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!(store.person("1").unwrap(), Some(person("1")));
    assert_eq!(store.remember(b"nonce", 160, 100).unwrap(), Seen::Before);
}

/// Whoever was in the register before there was the index by any name is in it once the store was opened.
#[test]
fn people_of_before_are_found_by_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let people: Vec<_> = (0..25).map(|n| person(&format!("{n:014}"))).collect();
    store.admit(&people, &[], &event(Action::Imported)).unwrap();
    drop(store);
    // As it was with the index before: a format byte, then its number in CBOR.
    let db = std::iter::repeat_with(|| sled::open(folder.path())).find_map(Result::ok).unwrap();
    db.drop_tree("people-by-names").unwrap();
    db.open_tree("people-by-name").unwrap().insert("odhiambo achieng\0", &[]).unwrap();
    db.open_tree("indices").unwrap().insert("people", &[1, 2]).unwrap();
    drop(db);
    for _ in 0..2 {
        let store = SledStore::open(folder.path()).unwrap();
        assert_eq!(store.named("achi odhiambo", 99).unwrap(), people);
    }
    let db = std::iter::repeat_with(|| sled::open(folder.path())).find_map(Result::ok).unwrap();
    assert!(!db.tree_names().iter().any(|name| name == b"people-by-name"));
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    const NAME: &str = "sled_only::nothing_acknowledged_is_lost_when_the_process_is_killed";
    if let Some(folder) = crash::store_to_write() {
        crash::write(&SledStore::open(Path::new(&folder)).unwrap(), u64::MAX);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut acknowledged = Acknowledged::default();
    for _ in 0..crash::kills() {
        let writer = Writer::start(NAME, folder.path().to_str().unwrap(), 0);
        acknowledged.add(writer.kill_after(5 + rng.next_u32() % 60));
        acknowledged.check(&SledStore::open(folder.path()).unwrap());
    }
    acknowledged.check_all(&SledStore::open(folder.path()).unwrap());
    println!("{} kills, {} acknowledged writes, none lost", crash::kills(), acknowledged.rows.len());
    assert!(acknowledged.rows.len() > 50);
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let _open = SledStore::open(folder.path()).unwrap();
    assert!(matches!(SledStore::open(folder.path()), Err(StoreError::InUse { .. })));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let refused = SledStore::open(&file.path().join("store")).unwrap_err();
    assert!(matches!(refused, StoreError::Backend { action: "opening", .. }), "{refused}");
}

#[test]
fn a_record_of_an_unknown_format_is_not_guessed() {
    let refused = person_stored_as(|record| record[0] = 9);
    assert!(matches!(refused, StoreError::UnknownFormat { tree: "people", expected: 1, got: 9 }));
}

#[test]
fn a_broken_record_is_an_error() {
    for keep in [0, 1, 20] {
        let refused = person_stored_as(|record| record.truncate(keep));
        assert!(matches!(refused, StoreError::Corrupt { tree: "people", .. }), "{keep}: {refused}");
    }
}

/// Alters the record of a person on disk and reads it back.
fn person_stored_as(alter: impl Fn(&mut Vec<u8>)) -> StoreError {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    store.admit(&[person("1")], &[], &event(Action::Imported)).unwrap();
    drop(store);
    // sled's threads let go of the lock a moment after the store is dropped.
    let db = std::iter::repeat_with(|| sled::open(folder.path())).find_map(Result::ok).unwrap();
    let people = db.open_tree("people").unwrap();
    let mut record = people.get("1").unwrap().unwrap().to_vec();
    alter(&mut record);
    people.insert("1", record).unwrap();
    drop((people, db));
    SledStore::open(folder.path()).unwrap().person("1").unwrap_err()
}
