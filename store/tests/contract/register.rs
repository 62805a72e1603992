//! Promises about the register.

use hati_store::{Action, Person, Portrait, Quarantined, Reason, Store, StoreError};

use crate::{event, person};

pub(crate) fn admitted_people_are_found(store: &dyn Store) {
    let picture =
        Portrait { media_type: "image/webp".into(), bytes: vec![0, 1, 255], source_digest: [7; 32] };
    let achieng = Person { portrait: Some(picture), ..person("20480163920017") };
    let baraka = Person { phone: None, birthdate: -25_000, ..person("20480163920018") };
    store.admit(&[achieng.clone(), baraka.clone()], &[], &event(Action::Imported)).unwrap();
    assert_eq!(store.person("20480163920017").unwrap(), Some(achieng));
    assert_eq!(store.person("20480163920018").unwrap(), Some(baraka));
    assert_eq!(store.person("20480163920019").unwrap(), None);
    assert_eq!(store.population().unwrap(), 2);
}

pub(crate) fn admitting_again_changes_nothing(store: &dyn Store) {
    let achieng = person("20480163920017");
    for _ in 0..2 {
        store.admit(&[achieng.clone(), achieng.clone()], &[], &event(Action::Imported)).unwrap();
    }
    assert_eq!(store.population().unwrap(), 1);
    assert_eq!(store.born_on(achieng.birthdate).unwrap(), [achieng]);
}

pub(crate) fn a_taken_upi_refuses_the_whole_call(store: &dyn Store) {
    store.admit(&[person("20480163920017")], &[], &event(Action::Imported)).unwrap();
    let other = Person { given_name: "Atieno".into(), ..person("20480163920017") };
    let refused = store.admit(&[person("20480163920018"), other], &[], &event(Action::Imported));
    assert!(matches!(refused, Err(StoreError::UpiTaken { upi }) if upi == "20480163920017"));
    assert_eq!(store.person("20480163920018").unwrap(), None);
    assert_eq!(store.person("20480163920017").unwrap().unwrap().given_name, "Achieng");
    assert_eq!(store.events(0, 10).unwrap().len(), 1);
}

pub(crate) fn a_upi_twice_in_one_call_is_refused(store: &dyn Store) {
    let other = Person { given_name: "Atieno".into(), ..person("20480163920017") };
    let refused = store.admit(&[person("20480163920017"), other], &[], &event(Action::Imported));
    assert!(matches!(refused, Err(StoreError::UpiTaken { .. })));
    assert_eq!(store.population().unwrap(), 0);
}

pub(crate) fn people_are_found_by_birthdate(store: &dyn Store) {
    let born = |upi, birthdate| Person { birthdate, ..person(upi) };
    let people = [born("3", -1), born("1", -1), born("2", 0), born("4", 255), born("5", i32::MIN)];
    store.admit(&people, &[], &event(Action::Imported)).unwrap();
    let upis = |day| store.born_on(day).unwrap().into_iter().map(|p| p.upi).collect::<Vec<_>>();
    assert_eq!(upis(-1), ["1", "3"]);
    assert_eq!(upis(0), ["2"]);
    assert_eq!(upis(255), ["4"]);
    assert_eq!(upis(i32::MIN), ["5"]);
    assert!(upis(1).is_empty());
}

pub(crate) fn people_are_found_by_id_number(store: &dyn Store) {
    let with = |upi, number: Option<&str>| Person { id_number: number.map(str::to_owned), ..person(upi) };
    let people = [
        with("3", Some("1234567")),
        with("1", Some("1234567")),
        with("2", Some("12345678")),
        with("4", None),
    ];
    store.admit(&people, &[], &event(Action::Imported)).unwrap();
    store.admit(&people, &[quarantined("5", "people.csv")], &event(Action::Imported)).unwrap();
    let upis = |number| store.with_id_number(number).unwrap().into_iter().map(|p| p.upi).collect::<Vec<_>>();
    assert_eq!(upis("1234567"), ["1", "3"]);
    assert_eq!(upis("12345678"), ["2"]);
    for nobodys in ["", "123456", "31415926"] {
        assert!(upis(nobodys).is_empty(), "{nobodys}");
    }
}

pub(crate) fn quarantine_keeps_rows_once(store: &dyn Store) {
    let first = quarantined("20480163920017", "people.csv, line 3");
    let again = Quarantined { source: "again.csv, line 9".into(), ..first.clone() };
    store.admit(&[], std::slice::from_ref(&first), &event(Action::Imported)).unwrap();
    store.admit(&[], &[again], &event(Action::Imported)).unwrap();
    let id = first.id().unwrap();
    assert_eq!(store.quarantined(&id).unwrap(), Some(first.clone()));
    assert_eq!(store.quarantine(None, 10).unwrap(), [(id, first)]);
    assert_eq!(store.population().unwrap(), 0);
}

pub(crate) fn quarantine_is_read_page_by_page(store: &dyn Store) {
    let rows: Vec<_> = (0..7).map(|n| quarantined(&format!("2048016392001{n}"), "people.csv")).collect();
    store.admit(&[], &rows, &event(Action::Imported)).unwrap();
    let mut ids = Vec::new();
    loop {
        let page = store.quarantine(ids.last(), 3).unwrap();
        assert!(page.len() <= 3);
        if page.is_empty() {
            break;
        }
        ids.extend(page.into_iter().map(|(id, _)| id));
    }
    assert!(ids.is_sorted());
    ids.dedup();
    assert_eq!(ids.len(), 7);
}

fn quarantined(upi: &str, source: &str) -> Quarantined {
    let reason = Reason::LikelyDuplicate { of: "20480163920099".into(), likeness: 973 };
    Quarantined { person: person(upi), reason, at: 1_790_000_000, source: source.into() }
}
