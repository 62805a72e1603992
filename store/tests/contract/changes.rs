//! Promises about records that become others, and about what is made from them.

use hati_store::{
    Action, Amendment, Changed, Correction, CorrectionAnswer, CorrectionId, Decided, DecisionId,
    FeedPosition, ListSize, NewCopies, NewCopy, Person, Quarantined, Reason, RegisterChange, Standing,
    Status, Store, StoreError, UsedUp,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{entry, event, person};

const UPI: &str = "20480163920017";

pub(crate) fn an_amended_record_is_found_as_it_is_now(store: &dyn Store) {
    let before = admit(store);
    let after = Person {
        family_name: "Wekesa".into(),
        birthdate: -5,
        id_number: None,
        phone: Some("+254711".into()),
        ..before.clone()
    };
    store.apply(&[amend(&after, 0, &[])], &[event(Action::Amended)]).unwrap();
    let registered = store.registered(UPI).unwrap().unwrap();
    assert_eq!(registered.person, after);
    assert_eq!(registered.standing, Standing { revision: 1, ..Standing::default() });
    assert_eq!(store.person(UPI).unwrap(), Some(after.clone()));
    for gone in [
        store.born_on(before.birthdate),
        store.with_id_number(before.id_number.as_deref().unwrap()),
        store.with_phone("+254700000001"),
        store.named("odhiambo", 9),
    ] {
        assert_eq!(gone.unwrap(), []);
    }
    for found in [store.born_on(-5), store.with_phone("+254711"), store.named("WEKESA ach", 9)] {
        assert_eq!(found.unwrap(), std::slice::from_ref(&after));
    }
    // The last entry is the amendment's.
    assert_eq!(store.events(0, 9).unwrap().last().unwrap().event.action, Action::Amended);
}

pub(crate) fn an_amendment_revokes_what_it_makes_wrong(store: &dyn Store) {
    let before = admit(store);
    let [id, age] = ["maisha-id", "proof-of-age"].map(|kind| record(store, kind, 0, &[]).unwrap());
    let changes = [amend(&before, 0, &["maisha-id"])];
    let changed = store.apply(&changes, &[event(Action::Amended)]).unwrap();
    assert_eq!(changed, Changed { changed: 1, ..Changed::default() });
    assert_eq!(entry(store, UPI, id).status, Status::Revoked);
    assert_eq!(entry(store, UPI, age).status, Status::Valid);
    assert_eq!(store.not_valid(id.list).unwrap(), [(id.index, Status::Revoked)]);

    let death = RegisterChange::Amend(Amendment {
        person: before,
        died: Some(20_000),
        revision: 1,
        revoke: vec!["maisha-id".into(), "proof-of-age".into()],
        withdraw: Vec::new(),
        is_another: false,
    });
    let changed = store.apply(&[death], &[event(Action::DeathRegistered)]).unwrap();
    assert_eq!(changed, Changed { changed: 1, unchanged: 1, ..Changed::default() });
    let standing = store.registered(UPI).unwrap().unwrap().standing;
    assert_eq!(standing, Standing { revision: 2, died: Some(20_000), ..Standing::default() });
}

pub(crate) fn a_death_stays_only_where_it_is_said_again(store: &dyn Store) {
    let before = admit(store);
    for (revision, died) in (0..).zip([Some(20_000), Some(20_001), None]) {
        let change = RegisterChange::Amend(Amendment { died, ..amendment(&before, revision, &[]) });
        store.apply(&[change], &[event(Action::Amended)]).unwrap();
        assert_eq!(store.registered(UPI).unwrap().unwrap().standing.died, died);
    }
}

/// Whoever has a UPI next reads nothing that the one before asked for, and nothing of it is granted.
pub(crate) fn what_somebody_asked_for_ends_with_them(store: &dyn Store) {
    let before = admit(store);
    let [open, answered] = [(1, 9), (2, 3)].map(|(at, random)| correction(at, random, UPI));
    let others = correction(3, 1, "204801639200170");
    for correction in [&open, &answered, &others] {
        store.request_correction(correction, 0, &event(Action::CorrectionRequested)).unwrap();
    }
    store.apply(&[RegisterChange::Answer(answered.id, answer()), amend(&before, 0, &[])], &[]).unwrap();
    assert_eq!(store.corrections_of(UPI).unwrap().len(), 2);
    let change = RegisterChange::Amend(Amendment { is_another: true, ..amendment(&before, 1, &[]) });
    store.apply(&[change], &[event(Action::Amended)]).unwrap();
    assert_eq!(store.corrections_of(UPI).unwrap(), []);
    assert_eq!([open.id, answered.id].map(|id| store.correction(&id).unwrap()), [None, None]);
    assert_eq!(store.open_corrections(None, 9).unwrap(), std::slice::from_ref(&others));
    let late = store.apply(&[RegisterChange::Answer(open.id, answer())], &[]);
    assert!(matches!(late, Err(StoreError::Gone { .. })));
    // One that the one before had sent, and that arrives now.
    let late = store.request_correction(&open, 1, &event(Action::CorrectionRequested));
    assert!(matches!(late, Err(StoreError::Revised { expected: 1, got: 2, .. })));
    assert_eq!(store.corrections_of(UPI).unwrap(), []);
}

pub(crate) fn nothing_is_made_of_an_older_record(store: &dyn Store) {
    let before = admit(store);
    store.apply(&[amend(&before, 0, &[])], &[]).unwrap();
    let stale = store.apply(&[amend(&before, 0, &[])], &[event(Action::Amended)]);
    assert!(matches!(stale, Err(StoreError::Revised { expected: 0, got: 1, .. })));
    let stale = record(store, "maisha-id", 0, &[(b"nonce".to_vec(), 200)]);
    assert!(matches!(stale, Err(StoreError::Revised { expected: 0, got: 1, .. })));
    assert_eq!(store.entries_of(UPI).unwrap(), []);
    // And no nonce was used up.
    record(store, "maisha-id", 1, &[(b"nonce".to_vec(), 200)]).unwrap();
    // The record alone was amended; what was refused is not in the audit.
    assert_eq!(store.events(0, 9).unwrap().len(), 2);
}

pub(crate) fn what_is_used_up_by_asking_is_used_up_once(store: &dyn Store) {
    admit(store);
    let [a, b] = [b"a", b"b"].map(|it| (it.to_vec(), 200));
    record(store, "maisha-id", 0, std::slice::from_ref(&a)).unwrap();
    let replayed = record(store, "maisha-id", 0, &[b.clone(), a]);
    assert!(matches!(replayed, Err(StoreError::Replayed)));
    // The other one stays good, until it is used twice in one call.
    let twice = record(store, "maisha-id", 0, &[b.clone(), b.clone()]);
    assert!(matches!(twice, Err(StoreError::Replayed)));
    record(store, "maisha-id", 0, &[b]).unwrap();
    assert_eq!(store.entries_of(UPI).unwrap().len(), 2);
    assert_eq!(store.remember(b"b", 300, 150).unwrap(), hati_store::Seen::Before);
    assert_eq!(store.lists().unwrap()[0].used, 2);
}

pub(crate) fn changes_are_made_all_or_none(store: &dyn Store) {
    let before = admit(store);
    let other = Person { given_name: "Atieno".into(), ..before.clone() };
    let new = RegisterChange::Admit(person("20480163920018"));
    let id = row().id().unwrap();
    let refused = [
        RegisterChange::Admit(other.clone()),
        amend(&other, 7, &[]),
        amend(&person("20480163920099"), 0, &[]),
        RegisterChange::Resolve(id),
        RegisterChange::Answer(CorrectionId([1; 16]), answer()),
        RegisterChange::Follow(position(2)),
        new.clone(),
    ];
    for refused in refused {
        let changes = [new.clone(), refused];
        assert!(store.apply(&changes, &[event(Action::Amended)]).is_err(), "{changes:?}");
        assert_eq!(store.person("20480163920018").unwrap(), None);
    }
    assert_eq!(store.registered(UPI).unwrap().unwrap().standing, Standing::default());
    assert_eq!(store.events(0, 9).unwrap().len(), 1);

    // Two people at once, and a row of the quarantine.
    let third = RegisterChange::Admit(person("20480163920019"));
    let changes = [new, third, RegisterChange::Quarantine(row())];
    store.apply(&changes, &[event(Action::Imported)]).unwrap();
    assert_eq!(store.population().unwrap(), 3);
    assert_eq!(store.quarantined_as(UPI).unwrap(), [(id, row())]);
}

pub(crate) fn a_quarantined_row_is_decided_on_once(store: &dyn Store) {
    let before = admit(store);
    store.admit(&[], &[row()], &event(Action::Imported)).unwrap();
    let id = row().id().unwrap();
    assert_eq!(store.quarantined_as(UPI).unwrap(), [(id, row())]);
    assert_eq!(store.quarantined_as("2048016392001").unwrap(), []);
    let [first, second] = [(1, 9), (2, 3)].map(|(at, random)| decided(at, random, UPI));
    let changes = [
        RegisterChange::Resolve(id),
        RegisterChange::Decide(second.clone()),
        RegisterChange::Decide(first.clone()),
        RegisterChange::Decide(decided(3, 1, "20480163920018")),
        amend(&before, 0, &[]),
    ];
    store.apply(&changes, &[event(Action::QuarantineResolved)]).unwrap();
    assert_eq!(store.decisions_on(UPI).unwrap(), [first, second]);
    assert_eq!(store.decisions_on("2048016392001").unwrap(), []);
    assert_eq!(store.quarantined_as(UPI).unwrap(), []);
    assert_eq!(store.quarantine(None, 9).unwrap(), []);
    let again = [RegisterChange::Decide(decided(4, 1, UPI)), RegisterChange::Resolve(id)];
    assert!(matches!(store.apply(&again, &[]), Err(StoreError::Gone { .. })));
    assert_eq!(store.decisions_on(UPI).unwrap().len(), 2);
}

pub(crate) fn corrections_are_answered_once(store: &dyn Store) {
    let [first, second] = [(1, 9), (2, 3)].map(|(at, random)| correction(at, random, UPI));
    let other = correction(3, 1, "20480163920018");
    for correction in [&second, &first, &other] {
        store.request_correction(correction, 0, &event(Action::CorrectionRequested)).unwrap();
    }
    assert_eq!(store.corrections_of(UPI).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(store.open_corrections(None, 2).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(store.open_corrections(Some(&second.id), 2).unwrap(), std::slice::from_ref(&other));

    let answered = RegisterChange::Answer(first.id, answer());
    store.apply(std::slice::from_ref(&answered), &[event(Action::CorrectionAnswered)]).unwrap();
    let first = Correction { answer: Some(answer()), ..first };
    assert_eq!(store.correction(&first.id).unwrap().as_ref(), Some(&first));
    assert_eq!(store.corrections_of(UPI).unwrap(), [first, second.clone()]);
    assert_eq!(store.open_corrections(None, 9).unwrap(), [second, other]);
    assert!(matches!(store.apply(&[answered], &[]), Err(StoreError::Gone { .. })));
    assert_eq!(store.correction(&CorrectionId([0; 16])).unwrap(), None);
}

pub(crate) fn a_feed_is_followed_in_its_order(store: &dyn Store) {
    assert_eq!(store.feed_position("civil").unwrap().sequence, 0);
    for sequence in 1..=2 {
        store.apply(&[RegisterChange::Follow(position(sequence))], &[event(Action::FeedFollowed)]).unwrap();
        assert_eq!(store.feed_position("civil").unwrap(), position(sequence));
    }
    for wrong in [1, 2, 4] {
        let refused = store.apply(&[RegisterChange::Follow(position(wrong))], &[]);
        assert!(
            matches!(refused, Err(StoreError::FeedOrder { expected: 3, got, .. }) if got == wrong),
            "{wrong}"
        );
    }
    assert_eq!(store.feed_position("police").unwrap().sequence, 0);
}

pub(crate) fn people_are_found_by_name_and_telephone(store: &dyn Store) {
    let named = |upi: &str, family: &str, given: &str| Person {
        family_name: family.into(),
        given_name: given.into(),
        ..person(upi)
    };
    let people = [
        named("1", "Ng\u{2019}ang\u{2019}a", "Peter"),
        named("2", "Odhiambo", "Achieng"),
        named("3", "Odhiambo", "ABIGAEL"),
        named("4", "O_dd", "Percent%"),
        named("5", "\u{168}hur\u{169}", "Jomo"),
    ];
    store.admit(&people, &[], &event(Action::Imported)).unwrap();
    let upis =
        |names: &str| -> Vec<_> { store.named(names, 9).unwrap().into_iter().map(|it| it.upi).collect() };
    // Any of the names, in any order, in any case, from their beginning on.
    assert_eq!(upis("odhiambo"), ["2", "3"]);
    assert_eq!(upis("ODHIAMBO ACH"), ["2"]);
    assert_eq!(upis("ach odh"), ["2"]);
    assert_eq!(upis("Abig"), ["3"]);
    // With marks or without.
    for written in ["\u{169}HUR", "uhuru", "U\u{303}hur", "jomo uhu", "Uhuru Jomo"] {
        assert_eq!(upis(written), ["5"], "{written}");
    }
    for written in ["nganga", "Ng'ang'a", "peter ng\u{2019}a", "Ng'ang'a, Peter"] {
        assert_eq!(upis(written), ["1"], "{written}");
    }
    assert_eq!(upis("o dd percent"), ["4"]);
    for nobody in ["", "%", "_", "hur", "achieng abigael", "odhiambo achieng peter", "odhiambox"] {
        assert_eq!(upis(nobody), Vec::<String>::new(), "{nobody}");
    }
    assert_eq!(store.named("o", 2).unwrap().len(), 2);
    assert_eq!(store.with_phone("+254700000001").unwrap().len(), 5);
    assert_eq!(store.with_phone("+25470000000").unwrap(), []);
}

/// Of many who have one name the few are found who have the other too, however many names each has.
pub(crate) fn a_common_name_hides_nobody(store: &dyn Store) {
    let named = |number: usize, family: &str, given: &str| Person {
        family_name: family.into(),
        given_name: given.into(),
        ..person(&format!("{number:014}"))
    };
    let mut people: Vec<_> = (0..2_000)
        .map(|n| named(n, ["Wanjiku", "Wanjiru"][n % 2], &format!("Mary {}", letters(n))))
        .collect();
    people.push(named(5_000, "Kamau Wanjiku", "Mary Zawadi Njeri"));
    store.admit(&people, &[], &event(Action::Imported)).unwrap();
    let upis = |names: &str| store.named(names, 9).unwrap().into_iter().map(|it| it.upi).collect::<Vec<_>>();
    for asked in
        ["mary zawadi", "zaw mary", "zawadi", "wanj zaw", "njeri mary wanjiku", "mary k zawadi njeri wan"]
    {
        assert_eq!(upis(asked), ["00000000005000"], "{asked}");
    }
    assert_eq!(upis("mary wanj").len(), 9);
    let one = format!("{} mary wanjiru", letters(1_999));
    assert_eq!(upis(&one), ["00000000001999"]);
    assert_eq!(upis(&format!("{} mary wanjiku", letters(1_999))), Vec::<String>::new());
}

/// A name for a number, of which none begins another.
fn letters(number: usize) -> String {
    format!("{number:04}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect::<String>() + "x"
}

fn admit(store: &dyn Store) -> Person {
    let person = person(UPI);
    store.admit(std::slice::from_ref(&person), &[], &event(Action::Imported)).unwrap();
    person
}

fn amend(person: &Person, revision: u64, revoke: &[&str]) -> RegisterChange {
    RegisterChange::Amend(amendment(person, revision, revoke))
}

fn amendment(person: &Person, revision: u64, revoke: &[&str]) -> Amendment {
    Amendment {
        person: person.clone(),
        died: None,
        revision,
        revoke: revoke.iter().map(|it| (*it).to_owned()).collect(),
        withdraw: Vec::new(),
        is_another: false,
    }
}

fn record(
    store: &dyn Store,
    kind: &str,
    revision: u64,
    once: &[(Vec<u8>, i64)],
) -> Result<hati_store::Slot, StoreError> {
    let copies = [NewCopy {
        upi: UPI.into(),
        revision,
        credential_type: kind.into(),
        holder_key: [1; 32],
        valid_from: 0,
        valid_until: 1,
    }];
    let new = NewCopies {
        copies: &copies,
        list_size: ListSize::DEFAULT,
        grant: None,
        once: UsedUp { values: once, now: 100 },
        pace: None,
    };
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    Ok(store.record(&new, &mut rng, &[event(Action::Issued)])?[0])
}

fn row() -> Quarantined {
    let reason = Reason::UpiTaken { differs: vec!["given_name".into()] };
    let person = Person { given_name: "Atieno".into(), ..person(UPI) };
    Quarantined { person, reason, at: 1_790_000_000, source: "people.csv, line 2".into() }
}

fn position(sequence: u64) -> FeedPosition {
    FeedPosition { feed: "civil".into(), sequence, digest: [sequence.to_be_bytes()[7]; 32] }
}

fn correction(at: i64, random: u8, upi: &str) -> Correction {
    Correction {
        id: CorrectionId::new(at, [random; 8]),
        upi: upi.into(),
        claim: "family_name".into(),
        wanted: "Wekesa".into(),
        evidence: "birth certificate 12".into(),
        at,
        answer: None,
    }
}

fn decided(at: i64, random: u8, upi: &str) -> Decided {
    Decided {
        id: DecisionId::new(at, [random; 8]),
        upi: upi.into(),
        row: row().id().unwrap().0,
        decision: "dismiss".into(),
        reason: "a twin, as the register of births says".into(),
        officer: "amina".into(),
        at,
    }
}

fn answer() -> CorrectionAnswer {
    let (reason, officer) = ("the certificate says so".into(), "amina".into());
    CorrectionAnswer { granted: true, reason, officer, at: 1_790_000_009 }
}
