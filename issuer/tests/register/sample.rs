//! The sample register is what it says, and all of it is admitted.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;

use hati_issuer::register::sample::write_sample;
use hati_store::{Audit, MemoryStore, Register, SledStore};

use crate::{ACHIENG, MWANGI, import_bytes, import_rows};

fn sample(people: u64, seed: u64) -> Vec<u8> {
    let mut file = Vec::new();
    write_sample(people, seed, 0, &mut file, &mut |_, _| Err(io::Error::other("no portrait was asked for")))
        .unwrap();
    file
}

#[test]
fn ten_thousand_people_are_admitted_and_repeating_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(folder.path()).unwrap();
    let file = sample(10_000, 1);
    let (counts, outcomes) = import_bytes(&store, &file, Path::new("/nowhere")).unwrap();
    assert_eq!((counts.read, counts.refused), (10_000, 0), "{outcomes:?}");
    // People who share name, place and birth date by chance are for an officer to tell apart.
    assert!(counts.added >= 9_995, "{outcomes:?}");
    let events = store.events(0, 100).unwrap();

    let (again, _) = import_bytes(&store, &file, Path::new("/nowhere")).unwrap();
    assert_eq!((again.read, again.unchanged), (10_000, counts.added));
    assert_eq!((again.added, again.quarantined), (0, 0));
    assert_eq!(store.population().unwrap(), counts.added);
    assert_eq!(store.events(0, 100).unwrap(), events);
}

#[test]
fn a_seed_gives_the_same_people() {
    assert_eq!(sample(200, 7), sample(200, 7));
    assert_ne!(sample(200, 7), sample(200, 8));
    // More people are the same people and some more.
    assert!(sample(300, 7).starts_with(&sample(200, 7)));
}

#[test]
fn the_sample_is_a_country() {
    let file = sample(5_000, 3);
    let mut csv = csv::Reader::from_reader(file.as_slice());
    let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
    let column = |n: usize| rows.iter().map(|row| row[n].to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(column(0).len(), 5_000, "UPIs are unique");
    assert!(column(0).iter().all(|upi| upi.len() == 14));
    let cards: Vec<_> = rows.iter().map(|row| &row[1]).filter(|number| !number.is_empty()).collect();
    assert_eq!(cards.iter().collect::<HashSet<_>>().len(), cards.len(), "card numbers are unique");
    assert!(cards.iter().all(|number| number.len() == 8));
    assert!(column(2).len() > 500 && column(3).len() > 80);
    let births = column(4);
    assert!(births.first().unwrap().as_str() < "1925" && births.last().unwrap().as_str() > "2023");
    assert!(column(7).len() == 47, "{:?}", column(7));
    assert!(column(8).iter().all(|town| !town.is_empty()));
}

#[test]
fn what_is_in_a_row_is_in_the_record() {
    let store = MemoryStore::default();
    let (counts, _) = import_rows(&store, &[ACHIENG, MWANGI]);
    assert_eq!(counts.added, 2);
    let achieng = store.person("20480163920017").unwrap().unwrap();
    assert_eq!(achieng.given_name, "Grace Achieng");
    assert_eq!(achieng.id_number.as_deref(), Some("31415926"));
    assert_eq!(achieng.birthdate, 9_862);
    assert_eq!(achieng.phone.as_deref(), Some("+254712345678"));
    let mwangi = store.person("20480163920018").unwrap().unwrap();
    assert_eq!(mwangi.id_number, None);
    assert_eq!(mwangi.nationalities, ["KE", "UG"]);
    assert_eq!((mwangi.county.as_str(), mwangi.locality.as_str()), ("Nyeri", "Othaya"));
}
