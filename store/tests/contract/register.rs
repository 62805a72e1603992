//! Promises about the register.

use hati_store::{
    Action, Amendment, Person, Portrait, Quarantined, Reason, RegisterChange, Store, StoreError,
};

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
    let people = [with("1", Some("1234567")), with("2", Some("12345678")), with("4", None)];
    store.admit(&people, &[], &event(Action::Imported)).unwrap();
    store.admit(&people, &[quarantined("5", "people.csv")], &event(Action::Imported)).unwrap();
    let upis = |number| store.with_id_number(number).unwrap().into_iter().map(|p| p.upi).collect::<Vec<_>>();
    assert_eq!(upis("1234567"), ["1"]);
    assert_eq!(upis("12345678"), ["2"]);
    for nobodys in ["", "123456", "35"] {
        assert!(upis(nobodys).is_empty(), "{nobodys}");
    }
}

fn with_card(upi: &str, number: &str) -> Person {
    Person { id_number: Some(number.into()), ..person(upi) }
}

fn amend(person: Person, revision: u64) -> RegisterChange {
    RegisterChange::Amend(Amendment {
        person,
        died: None,
        revision,
        revoke: Vec::new(),
        withdraw: Vec::new(),
        is_another: false,
    })
}

pub(crate) fn an_identity_card_is_one_persons(store: &dyn Store) {
    let known = [with_card("1", "1111111"), with_card("2", "2222222")];
    store.admit(&known, &[], &event(Action::Imported)).unwrap();
    let again = |upi: &str| RegisterChange::Admit(with_card(upi, "1111111"));
    let new = |upi: &str| RegisterChange::Admit(with_card(upi, "3333333"));
    for (changes, upi, of) in [
        (vec![again("3")], "3", "1"),
        (vec![amend(with_card("2", "1111111"), 0)], "2", "1"),
        (vec![new("3"), new("4")], "3", "4"),
        (vec![amend(with_card("2", "3333333"), 0), new("3")], "2", "3"),
        (
            vec![amend(with_card("1", "2222222"), 0), RegisterChange::Admit(with_card("9", "1111111"))],
            "1",
            "2",
        ),
    ] {
        let refused = store.apply(&changes, &[event(Action::Amended)]).unwrap_err();
        assert!(
            matches!(&refused, StoreError::IdNumberTaken { upi: got, of: other } if got == upi && other == of),
            "{refused}"
        );
    }
    assert_eq!((store.population().unwrap(), store.events(0, 9).unwrap().len()), (2, 1));
    // Whoever has it already is not somebody else.
    store.apply(&[again("1")], &[]).unwrap();
    store.apply(&[amend(with_card("1", "1111111"), 0)], &[]).unwrap();
}

/// Two exchange their cards, and somebody new gets one that is given up in the same call.
pub(crate) fn cards_are_looked_at_as_they_are_in_the_end(store: &dyn Store) {
    let known = [with_card("1", "1111111"), with_card("2", "2222222"), with_card("3", "3333333")];
    store.admit(&known, &[], &event(Action::Imported)).unwrap();
    let changes = [
        RegisterChange::Admit(with_card("4", "3333333")),
        amend(with_card("1", "2222222"), 0),
        amend(with_card("2", "1111111"), 0),
        amend(Person { id_number: None, ..person("3") }, 0),
    ];
    store.apply(&changes, &[]).unwrap();
    let upis = |number| store.with_id_number(number).unwrap().into_iter().map(|p| p.upi).collect::<Vec<_>>();
    assert_eq!([upis("1111111"), upis("2222222"), upis("3333333")], [["2"], ["1"], ["4"]]);
}

pub(crate) fn a_decision_rests_on_what_was_seen(store: &dyn Store) {
    assert_eq!(store.changes().unwrap(), 0);
    store.admit(&[person("1")], &[], &event(Action::Imported)).unwrap();
    // What changes nobody is not counted.
    store.admit(&[], &[quarantined("5", "people.csv")], &event(Action::Imported)).unwrap();
    assert_eq!(store.changes().unwrap(), 1);
    let two = [RegisterChange::Seen(1), RegisterChange::Admit(person("2"))];
    store.apply(&two, &[]).unwrap();
    let three = [RegisterChange::Admit(person("3")), RegisterChange::Seen(1)];
    let refused = store.apply(&three, &[event(Action::Imported)]).unwrap_err();
    assert!(matches!(refused, StoreError::Outdated { expected: 1, got: 2 }), "{refused}");
    assert_eq!((store.person("3").unwrap(), store.changes().unwrap()), (None, 2));
    store.apply(&[RegisterChange::Seen(2)], &[]).unwrap();
    assert_eq!(store.changes().unwrap(), 3);
}

pub(crate) fn who_was_changed_meanwhile_is_told(store: &dyn Store) {
    let upis = |after| store.changed_after(after).unwrap().into_iter().map(|p| p.upi).collect::<Vec<_>>();
    store.admit(&[person("1"), person("2")], &[], &event(Action::Imported)).unwrap();
    store.admit(&[person("3")], &[], &event(Action::Imported)).unwrap();
    let wekesa = Person { family_name: "Wekesa".into(), ..person("1") };
    store.apply(&[amend(wekesa.clone(), 0)], &[]).unwrap();
    assert_eq!(upis(0), ["1", "2", "3"]);
    assert_eq!(upis(1), ["1", "3"]);
    assert_eq!(store.changed_after(2).unwrap(), [wekesa]);
    assert!(upis(3).is_empty() && upis(u64::MAX).is_empty());
}

pub(crate) fn one_at_a_time_imports(store: &dyn Store) {
    for _ in 0..2 {
        let turn = store.take_turn().unwrap();
        assert!(matches!(store.take_turn(), Err(StoreError::Importing { .. })));
        drop(turn);
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
