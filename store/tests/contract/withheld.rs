//! Promises about what is withheld from a person, grants that are withdrawn, and rows that were dismissed.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use hati_store::{
    Action, Amendment, Change, Known, ListSize, NewCopies, NewCopy, Quarantined, Reason, RegisterChange,
    Store, StoreError, Ticket, TicketId, TicketKind, UsedUp, Withheld,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{event, person};

const UPI: &str = "20480163920017";
const OTHER: &str = "204801639200170";

pub(crate) fn what_is_suspended_is_withheld_until_it_is_reinstated(store: &dyn Store) {
    admit(store);
    // Nobody has a copy yet.
    assert_eq!(change(store, None, Change::Suspend).changed, 0);
    assert_withheld(store, &["maisha-id", "proof-of-age"]);
    assert_eq!(store.entries_of(UPI).unwrap(), []);
    record(store, OTHER, "maisha-id", None).unwrap();

    change(store, Some("maisha-id"), Change::Reinstate);
    record(store, UPI, "maisha-id", None).unwrap();
    assert_withheld(store, &["proof-of-age"]);
    let except = BTreeSet::from(["maisha-id".to_owned()]);
    assert_eq!(withheld(store), Withheld { others: true, except });

    change(store, None, Change::Reinstate);
    record(store, UPI, "proof-of-age", None).unwrap();
    assert_eq!(withheld(store), Withheld::default());
    change(store, Some("proof-of-age"), Change::Suspend);
    assert_withheld(store, &["proof-of-age"]);
    record(store, UPI, "maisha-id", None).unwrap();
}

pub(crate) fn what_is_withheld_stays_when_a_record_is_amended(store: &dyn Store) {
    admit(store);
    change(store, None, Change::Suspend);
    store.apply(&[amend(0, &[])], &[]).unwrap();
    let standing = store.registered(UPI).unwrap().unwrap().standing;
    assert!((standing.revision, standing.withheld.has("maisha-id")) == (1, true), "{standing:?}");
}

pub(crate) fn what_is_revoked_is_given_up_with_every_grant(store: &dyn Store) {
    admit(store);
    record(store, UPI, "maisha-id", None).unwrap();
    keep(store);
    for harmless in [Change::Suspend, Change::Reinstate] {
        assert_eq!(change(store, None, harmless).withdrawn, 0);
    }
    assert_eq!(store.tickets_of(UPI, 0).unwrap().len(), TicketKind::GRANTS.len() + 2);

    change(store, None, Change::Suspend);
    let revoked = change(store, None, Change::Revoke);
    assert_eq!((revoked.changed, revoked.withdrawn), (1, TicketKind::GRANTS.len() as u64));
    // The person begins anew, with what they sign in with.
    assert_eq!(withheld(store), Withheld::default());
    let left: BTreeSet<_> = store.tickets_of(UPI, 0).unwrap().into_iter().map(|it| it.kind).collect();
    assert_eq!(left, BTreeSet::from([TicketKind::Activation, TicketKind::Notification]));
    assert_eq!(store.tickets_of(OTHER, 0).unwrap().len(), 1);
}

pub(crate) fn what_is_revoked_of_one_type_leaves_others_withheld(store: &dyn Store) {
    admit(store);
    change(store, None, Change::Suspend);
    change(store, Some("maisha-id"), Change::Revoke);
    record(store, UPI, "maisha-id", None).unwrap();
    assert_withheld(store, &["proof-of-age"]);
}

pub(crate) fn copies_need_the_grant_they_are_asked_for_by(store: &dyn Store) {
    admit(store);
    keep(store);
    let token = ticket(TicketKind::AccessToken, UPI).id;
    record(store, UPI, "maisha-id", Some(token)).unwrap();
    change(store, None, Change::Revoke);
    let events = store.events(0, 99).unwrap().len();
    let refused = record(store, UPI, "maisha-id", Some(token));
    assert!(matches!(refused, Err(StoreError::Withdrawn)), "{refused:?}");
    assert_eq!(store.entries_of(UPI).unwrap().len(), 1);
    assert_eq!(store.events(0, 99).unwrap().len(), events);
}

pub(crate) fn an_amendment_withdraws_what_it_names(store: &dyn Store) {
    admit(store);
    keep(store);
    assert_eq!(store.apply(&[amend(0, &[])], &[]).unwrap().withdrawn, 0);
    let named = [TicketKind::RefreshToken, TicketKind::Activation];
    assert_eq!(store.apply(&[amend(1, &named)], &[]).unwrap().withdrawn, 2);
    let left = store.tickets_of(UPI, 0).unwrap();
    assert!(!left.iter().any(|it| named.contains(&it.kind)), "{left:?}");
    assert_eq!(left.len(), TicketKind::GRANTS.len());
}

/// One thread goes on with its refresh token as fast as it can, the other revokes: nothing is left of it.
pub(crate) fn no_token_outlives_a_revocation_at_the_same_time(store: &dyn Store) {
    admit(store);
    for round in 0..20_u8 {
        let mut held = ticket(TicketKind::RefreshToken, UPI);
        store.keep(std::slice::from_ref(&held), &[]).unwrap();
        let (revoked, refreshed) = (AtomicBool::new(false), AtomicU32::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !revoked.load(Ordering::Relaxed) {
                    let id =
                        TicketId::of(TicketKind::RefreshToken, &[held.id.0.as_slice(), &[round]].concat());
                    let next = Ticket { id, ..held.clone() };
                    if !store.exchange(&held, std::slice::from_ref(&next), UsedUp::default(), &[]).unwrap() {
                        break;
                    }
                    held = next;
                    refreshed.fetch_add(1, Ordering::Relaxed);
                }
            });
            while refreshed.load(Ordering::Relaxed) < 2 {
                std::thread::yield_now();
            }
            change(store, None, Change::Revoke);
            revoked.store(true, Ordering::Relaxed);
        });
        assert_eq!(store.tickets_of(UPI, 0).unwrap(), []);
    }
}

pub(crate) fn a_dismissed_row_never_waits_again(store: &dyn Store) {
    let (row, other) = (row(UPI, "a"), row(UPI, "b"));
    let [id, other_id] = [&row, &other].map(|row| row.id().unwrap());
    let rows = [row.clone(), other.clone()];
    store.admit(&[], &rows, &event(Action::Imported)).unwrap();
    let mut waiting = vec![id, other_id];
    waiting.sort();
    assert_eq!(store.known_as(UPI).unwrap(), Known { waiting, ..Known::default() });

    store.apply(&[RegisterChange::Dismiss(id)], &[event(Action::QuarantineResolved)]).unwrap();
    let known = Known { registered: None, waiting: vec![other_id], dismissed: vec![id] };
    // By whichever way it comes.
    store.admit(&[], &rows, &event(Action::Imported)).unwrap();
    store.apply(&[RegisterChange::Quarantine(row)], &[]).unwrap();
    assert_eq!(store.known_as(UPI).unwrap(), known);
    assert_eq!(store.quarantined_as(UPI).unwrap(), [(other_id, other)]);
    assert_eq!(store.quarantined(&id).unwrap(), None);
    let again = store.apply(&[RegisterChange::Dismiss(id)], &[]);
    assert!(matches!(again, Err(StoreError::Gone { .. })), "{again:?}");

    store.apply(&[RegisterChange::Resolve(other_id), RegisterChange::Admit(person(UPI))], &[]).unwrap();
    let registered = store.registered(UPI).unwrap();
    assert!(registered.is_some());
    assert_eq!(store.known_as(UPI).unwrap(), Known { registered, waiting: vec![], dismissed: vec![id] });
    assert_eq!(store.known_as(OTHER).unwrap(), Known::default());
}

/// Whoever reads while an officer admits finds the row, or the person.
pub(crate) fn who_is_admitted_is_never_found_as_nobody(store: &dyn Store) {
    for round in 0..200 {
        let upi = format!("2048{round:010}");
        let waiting = row(&upi, "a");
        let id = waiting.id().unwrap();
        store.admit(&[], std::slice::from_ref(&waiting), &event(Action::Imported)).unwrap();
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| {
                loop {
                    let known = store.known_as(&upi).unwrap();
                    assert!(known.registered.is_some() || !known.waiting.is_empty(), "{known:?}");
                    if known.registered.is_some() && known.waiting.is_empty() {
                        break;
                    }
                }
            });
            store.apply(&[RegisterChange::Resolve(id), RegisterChange::Admit(waiting.person)], &[]).unwrap();
            reading.join().unwrap();
        });
    }
}

pub(crate) fn every_reason_comes_back(store: &dyn Store) {
    let differs = vec!["family_name".to_owned()];
    let of = UPI.to_owned();
    let reasons = [
        Reason::UpiTaken { differs: differs.clone() },
        Reason::UpiWaiting { differs },
        Reason::LikelyDuplicate { of: of.clone(), likeness: 973 },
        Reason::SameIdNumber { of },
    ];
    for (number, reason) in reasons.into_iter().enumerate() {
        let row = Quarantined { reason, ..row(OTHER, &number.to_string()) };
        store.admit(&[], std::slice::from_ref(&row), &event(Action::Imported)).unwrap();
        assert_eq!(store.quarantined(&row.id().unwrap()).unwrap(), Some(row));
    }
}

fn admit(store: &dyn Store) {
    store.admit(&[person(UPI), person(OTHER)], &[], &event(Action::Imported)).unwrap();
}

fn change(store: &dyn Store, kind: Option<&str>, change: Change) -> hati_store::Changed {
    store.change_status(UPI, kind, change, &event(Action::Suspended)).unwrap()
}

fn withheld(store: &dyn Store) -> Withheld {
    store.registered(UPI).unwrap().unwrap().standing.withheld
}

#[track_caller]
fn assert_withheld(store: &dyn Store, kinds: &[&str]) {
    for kind in kinds {
        let refused = record(store, UPI, kind, None);
        assert!(matches!(refused, Err(StoreError::Withheld { .. })), "{kind}: {refused:?}");
    }
}

fn record(
    store: &dyn Store,
    upi: &str,
    kind: &str,
    grant: Option<TicketId>,
) -> Result<Vec<hati_store::Slot>, StoreError> {
    let copies = [NewCopy {
        upi: upi.into(),
        revision: 0,
        credential_type: kind.into(),
        holder_key: [1; 32],
        valid_from: 0,
        valid_until: 1,
    }];
    let new = NewCopies {
        copies: &copies,
        list_size: ListSize::DEFAULT,
        grant,
        once: UsedUp::default(),
        pace: None,
    };
    store.record(&new, &mut ChaCha20Rng::from_seed([7; 32]), &[event(Action::Issued)])
}

fn amend(revision: u64, withdraw: &[TicketKind]) -> RegisterChange {
    let (person, withdraw) = (person(UPI), withdraw.to_vec());
    RegisterChange::Amend(Amendment {
        person,
        died: None,
        revision,
        revoke: Vec::new(),
        withdraw,
        is_another: false,
    })
}

fn ticket(kind: TicketKind, owner: &str) -> Ticket {
    let id = TicketId::of(kind, owner.as_bytes());
    Ticket { id, kind, owner: owner.into(), value: vec![1], expires: 100 }
}

/// One ticket of each kind of grant, and two of which none is one; and one of somebody else.
fn keep(store: &dyn Store) {
    let kinds = TicketKind::GRANTS.into_iter().chain([TicketKind::Activation, TicketKind::Notification]);
    let mut tickets: Vec<_> = kinds.map(|kind| ticket(kind, UPI)).collect();
    tickets.push(ticket(TicketKind::RefreshToken, OTHER));
    store.keep(&tickets, &[]).unwrap();
}

fn row(upi: &str, name: &str) -> Quarantined {
    let person = hati_store::Person { given_name: name.into(), ..person(upi) };
    let reason = Reason::SameIdNumber { of: OTHER.into() };
    Quarantined { person, reason, at: 1, source: "people.csv, line 2".into() }
}
