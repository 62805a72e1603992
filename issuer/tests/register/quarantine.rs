//! Duplicates of a UPI and of a person wait for an officer.

use hati_issuer::register::Outcome;
use hati_store::{Amendment, Audit, MemoryStore, Person, Reason, Register, RegisterChange};

use crate::{ACHIENG, MWANGI, import_rows};

#[test]
fn the_same_row_again_is_unchanged() {
    let store = MemoryStore::default();
    let (counts, _) = import_rows(&store, &[ACHIENG, MWANGI, ACHIENG]);
    assert_eq!((counts.read, counts.added, counts.unchanged), (3, 2, 1));
    let (counts, _) = import_rows(&store, &[ACHIENG, MWANGI, ACHIENG]);
    assert_eq!((counts.added, counts.unchanged), (0, 3));
    assert_eq!(store.events(0, 10).unwrap().len(), 1);
}

#[test]
fn other_data_under_a_upi_is_quarantined() {
    let married = ACHIENG.replace("Odhiambo", "Otieno").replace("Ahero", "Maseno");
    // In one file, and in a later one.
    for files in [vec![vec![ACHIENG, &married]], vec![vec![ACHIENG], vec![&married]]] {
        let store = MemoryStore::default();
        let (counts, outcomes) = files.iter().map(|rows| import_rows(&store, rows)).last().unwrap();
        assert_eq!(counts.quarantined, 1);
        assert!(outcomes[0].to_string().contains("with another family_name, place_of_birth"), "{outcomes:?}");
        let (_, row) = store.quarantine(None, 10).unwrap().remove(0);
        let differs = vec!["family_name".to_owned(), "place_of_birth".to_owned()];
        assert_eq!(row.reason, Reason::UpiTaken { differs });
        assert_eq!(row.person.family_name, "Otieno");
        assert_eq!(row.source, format!("people.csv, line {}", if files.len() == 1 { 3 } else { 2 }));
        assert_eq!(store.person("20480163920017").unwrap().unwrap().family_name, "Odhiambo");
    }
}

#[test]
fn another_upi_for_the_same_person_is_quarantined() {
    let twice = ACHIENG
        .replace("20480163920017", "70480163920011")
        .replace("31415926", "")
        .replace("Odhiambo", "Odiambo");
    for files in [vec![vec![ACHIENG, &twice]], vec![vec![ACHIENG], vec![&twice]]] {
        let store = MemoryStore::default();
        let (counts, outcomes) = files.iter().map(|rows| import_rows(&store, rows)).last().unwrap();
        assert_eq!(counts.quarantined, 1, "{outcomes:?}");
        assert!(matches!(&outcomes[0], Outcome::Quarantined { upi, .. } if upi == "70480163920011"));
        let (_, row) = store.quarantine(None, 10).unwrap().remove(0);
        assert!(matches!(row.reason, Reason::LikelyDuplicate { of, .. } if of == "20480163920017"));
        assert_eq!(store.person("70480163920011").unwrap(), None);
    }
}

#[test]
fn a_taken_identity_card_is_quarantined_whoever_names_it() {
    let other = MWANGI.replace("20480163920018,", "20480163920018,31415926");
    let expected = "UPI 20480163920018 has the identity card that is registered for UPI 20480163920017";
    for files in [vec![vec![ACHIENG, &other]], vec![vec![ACHIENG], vec![&other]]] {
        let store = MemoryStore::default();
        let (counts, outcomes) = files.iter().map(|rows| import_rows(&store, rows)).last().unwrap();
        assert_eq!(counts.quarantined, 1, "{outcomes:?}");
        assert!(outcomes[0].to_string().contains(expected), "{outcomes:?}");
        let (_, row) = store.quarantine(None, 10).unwrap().remove(0);
        assert_eq!(row.reason, Reason::SameIdNumber { of: "20480163920017".into() });
        assert_eq!(store.person("20480163920018").unwrap(), None);
    }
}

#[test]
fn a_name_without_its_marks_is_the_same_name() {
    let marked = MWANGI.replace("John Mwangi,Kamau", "Mũthoni,Wanjirũ");
    let bare =
        MWANGI.replace("20480163920018,", "20480163920019,").replace("John Mwangi,Kamau", "Muthoni,Wanjiru");
    let (counts, outcomes) = import_rows(&MemoryStore::default(), &[&marked, &bare]);
    assert_eq!((counts.added, counts.quarantined), (1, 1), "{outcomes:?}");
}

#[test]
fn twins_are_admitted() {
    let sister = ACHIENG
        .replace("20480163920017", "20480163920099")
        .replace("31415926", "31415927")
        .replace("Grace Achieng", "Mercy Adongo");
    let (counts, _) = import_rows(&MemoryStore::default(), &[ACHIENG, &sister]);
    assert_eq!(counts.added, 2);
}

#[test]
fn a_file_with_duplicates_again_changes_nothing() {
    let store = MemoryStore::default();
    let married = ACHIENG.replace("Odhiambo", "Otieno");
    let twice = MWANGI.replace("20480163920018", "70480163920011");
    let rows = [ACHIENG, MWANGI, &married, &twice, &married, "1,2,3\n"];
    let (first, _) = import_rows(&store, &rows);
    assert_eq!((first.added, first.quarantined, first.already_quarantined, first.refused), (2, 2, 1, 1));
    let events = store.events(0, 10).unwrap();
    let quarantine = store.quarantine(None, 10).unwrap();

    let (again, _) = import_rows(&store, &rows);
    assert_eq!((again.added, again.quarantined), (0, 0));
    assert_eq!((again.unchanged, again.already_quarantined, again.refused), (2, 3, 1));
    assert_eq!(store.events(0, 10).unwrap(), events);
    assert_eq!(store.quarantine(None, 10).unwrap(), quarantine);
}

#[test]
fn the_report_says_why() {
    let married = ACHIENG.replace("Odhiambo", "Otieno");
    let twice = ACHIENG.replace("20480163920017", "70480163920011");
    let alike = twice.replace("70480163920011,31415926", "70480163920012,");
    let other = twice.replace("31415926", "31415999").replace("Grace Achieng", "Wanjiku");
    let rows = [ACHIENG, &married, &twice, &alike, &other, "1,2\n"];
    let (_, outcomes) = import_rows(&MemoryStore::default(), &rows);
    let report: Vec<_> = outcomes.iter().map(|outcome| serde_json::to_value(outcome).unwrap()).collect();
    let expected = serde_json::json!([
        {"outcome": "quarantined", "line": 3, "upi": "20480163920017", "reason": "upi_taken",
         "differs": ["family_name"]},
        {"outcome": "quarantined", "line": 4, "upi": "70480163920011", "reason": "same_id_number",
         "of": "20480163920017"},
        {"outcome": "quarantined", "line": 5, "upi": "70480163920012", "reason": "likely_duplicate",
         "of": "20480163920017", "likeness": 1000},
        {"outcome": "quarantined", "line": 6, "upi": "70480163920011", "reason": "upi_waiting",
         "differs": ["id_number", "given_name"]},
        {"outcome": "refused", "line": 7, "errors": [{"field": "row",
         "expected": "12 fields, as in the header", "got": "2 fields",
         "advice": "Look for a missing or an unquoted comma."}]},
    ]);
    assert_eq!(serde_json::Value::Array(report), expected);
}

/// An officer decides on a row, not another row that comes later.
#[test]
fn no_row_steps_past_one_of_its_upi_that_waits() {
    let twin = ACHIENG.replace("20480163920017", "70480163920011");
    // Nobody is alike any more.
    let other = twin.replace("31415926", "31415999").replace("Grace Achieng", "Wanjiku");
    for files in [vec![vec![ACHIENG, &twin, &other]], vec![vec![ACHIENG, &twin], vec![&other]]] {
        let store = MemoryStore::default();
        let (counts, outcomes) = files.iter().map(|rows| import_rows(&store, rows)).last().unwrap();
        assert_eq!(counts.added, u64::from(files.len() == 1), "{outcomes:?}");
        assert_eq!(store.person("70480163920011").unwrap(), None);
        let rows = store.quarantined_as("70480163920011").unwrap();
        let reasons: Vec<_> = rows.into_iter().map(|(_, row)| row.reason).collect();
        let differs = vec!["id_number".to_owned(), "given_name".to_owned()];
        assert!(reasons.contains(&Reason::UpiWaiting { differs }), "{reasons:?}");
        assert!(outcomes.last().unwrap().to_string().contains("waits already, with another id_number"));
        // Again, each waits for what it came for.
        let (again, _) = import_rows(&store, &[ACHIENG, &twin, &other]);
        assert_eq!((again.added, again.unchanged, again.already_quarantined), (0, 1, 2));
        let quarantine = store.quarantine(None, 10).unwrap();
        assert_eq!(quarantine.len(), 2);
    }
}

/// The same file, after the record that it was like has become another one.
#[test]
fn a_row_waits_although_nobody_is_alike_any_more() {
    let store = MemoryStore::default();
    let twin = MWANGI.replace("20480163920018", "70480163920011");
    import_rows(&store, &[MWANGI, &twin]);
    let before = store.person("20480163920018").unwrap().unwrap();
    let person = Person { birthdate: before.birthdate + 1, ..before };
    let amendment = Amendment {
        person,
        died: None,
        revision: 0,
        revoke: Vec::new(),
        withdraw: Vec::new(),
        is_another: false,
    };
    store.apply(&[RegisterChange::Amend(amendment)], &[]).unwrap();
    let (again, outcomes) = import_rows(&store, &[&twin]);
    assert_eq!((again.added, again.already_quarantined), (0, 1));
    assert!(outcomes[0].to_string().contains("looks like the person registered as 20480163920018"));
    assert_eq!(store.person("70480163920011").unwrap(), None);
}

#[test]
fn what_is_registered_is_unchanged_whatever_waits() {
    let store = MemoryStore::default();
    let married = ACHIENG.replace("Odhiambo", "Otieno");
    import_rows(&store, &[ACHIENG, &married]);
    let (again, _) = import_rows(&store, &[ACHIENG]);
    assert_eq!((again.unchanged, store.quarantine(None, 10).unwrap().len()), (1, 1));
}

#[test]
fn what_an_officer_dismissed_stays_dismissed() {
    let store = MemoryStore::default();
    let married = ACHIENG.replace("Odhiambo", "Otieno");
    let twin = MWANGI.replace("20480163920018", "70480163920011");
    let rows = [ACHIENG, MWANGI, &married, &twin];
    import_rows(&store, &rows);
    for (id, _) in store.quarantine(None, 10).unwrap() {
        store.apply(&[RegisterChange::Dismiss(id)], &[]).unwrap();
    }
    let events = store.events(0, 10).unwrap();
    let (again, outcomes) = import_rows(&store, &rows);
    assert_eq!((again.unchanged, outcomes), (4, vec![]));
    assert_eq!(store.quarantine(None, 10).unwrap(), []);
    assert_eq!(store.person("70480163920011").unwrap(), None);
    assert_eq!(store.events(0, 10).unwrap(), events);
    // Another row of the UPI is judged for itself.
    let other = twin.replace("2015-06-30", "2015-07-01");
    assert_eq!(import_rows(&store, &[&other]).0.added, 1);
}
