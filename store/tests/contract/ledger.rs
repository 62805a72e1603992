//! Promises about the issuance ledger.

use std::collections::HashSet;

use hati_store::{
    Action, Change, Changed, Entry, Event, ListSize, NewCopies, NewCopy, Pace, Slot, Status, Store,
    StoreError, UsedUp,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{entry, event};

pub(crate) fn an_entry_says_what_was_recorded(store: &dyn Store) {
    let copies = copies("20480163920017", "maisha-id", 2);
    let slots = record(store, &copies, 1 << 20);
    let expected = |place: usize| Entry {
        upi: "20480163920017".into(),
        credential_type: "maisha-id".into(),
        holder_key: copies[place].holder_key,
        valid_from: 1_790_000_000,
        valid_until: 1_800_000_000,
        slot: slots[place],
        status: Status::Valid,
    };
    let mut all = [expected(0), expected(1)];
    all.sort_by_key(|entry| entry.slot);
    assert_eq!(store.entries_of("20480163920017").unwrap(), all);
    assert_eq!(store.entries_of("20480163920018").unwrap(), []);
}

pub(crate) fn indices_are_never_reused(store: &dyn Store) {
    let mut all = HashSet::new();
    for round in 0..10 {
        // The same randomness every time: every draw meets an index that is taken.
        let slots = record(store, &copies(&format!("{round}"), "maisha-id", 50), 256);
        for slot in slots {
            assert!(all.insert(slot), "{slot:?} was given out twice");
        }
    }
    assert_eq!(all.len(), 500);
}

/// So many at once that a list is filled by copies which none of the others sees yet.
pub(crate) fn many_at_once_fill_lists_together(store: &dyn Store) {
    let slots: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let write =
                    move |round: u16| record(store, &copies(&format!("{writer}"), "maisha-id", round), 256);
                scope.spawn(move || (1..=12).flat_map(write).collect::<Vec<_>>())
            })
            .collect();
        writers.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(slots.len(), 8 * 78);
    assert_eq!(slots.iter().collect::<HashSet<_>>().len(), slots.len());
    let lists = store.lists().unwrap();
    assert_eq!(lists.iter().map(|list| list.used as usize).sum::<usize>(), slots.len());
    for list in lists {
        let used = slots.iter().filter(|slot| slot.list == list.list).count();
        assert_eq!((list.used as usize, list.size), (used, 256), "{list:?}");
    }
}

pub(crate) fn copies_of_several_people_in_one_transaction(store: &dyn Store) {
    let mixed: Vec<_> = (0..40)
        .map(|number| NewCopy {
            holder_key: [number; 32],
            ..copies(&format!("{}", number % 3), "maisha-id", 1).remove(0)
        })
        .collect();
    let events = ["0", "1", "2"].map(|upi| Event::new(0, "a test", Action::Issued, upi));
    let new = NewCopies {
        copies: &mixed,
        list_size: ListSize::new(256).unwrap(),
        grant: None,
        once: UsedUp::default(),
        pace: None,
    };
    let slots = store.record(&new, &mut ChaCha20Rng::seed_from_u64(3), &events).unwrap();
    for (copy, slot) in mixed.iter().zip(slots) {
        let entry = entry(store, &copy.upi, slot);
        assert_eq!((&entry.upi, entry.holder_key), (&copy.upi, copy.holder_key));
    }
    let subjects: Vec<_> = store.events(0, 9).unwrap().into_iter().map(|it| it.event.subject).collect();
    assert_eq!(subjects, ["0", "1", "2"]);
}

pub(crate) fn lists_open_as_they_fill(store: &dyn Store) {
    record(store, &copies("1", "maisha-id", 600), 256);
    // Another size is for the lists opened from now on.
    record(store, &copies("2", "maisha-id", 200), 512);
    let lists = store.lists().unwrap();
    let seen: Vec<_> = lists.iter().map(|list| (list.list, list.size, list.used)).collect();
    assert_eq!(seen, [(0, 256, 240), (1, 256, 240), (2, 256, 240), (3, 512, 80)]);
    assert!(store.entries_of("2").unwrap().iter().all(|e| e.slot.index < 512));
}

pub(crate) fn indices_are_spread_over_the_list(store: &dyn Store) {
    let slots = record(store, &copies("1", "maisha-id", 200), 1 << 20);
    let low = slots.iter().filter(|slot| slot.index < 1 << 19).count();
    assert!((60..140).contains(&low), "{low} of 200 in the lower half");
    assert!(!slots.is_sorted());
}

pub(crate) fn status_changes_and_revocation_is_for_good(store: &dyn Store) {
    let slots = record(store, &copies("1", "maisha-id", 3), 1 << 20);
    let change = |wanted| store.change_status("1", None, wanted, &event(Action::Revoked)).unwrap();
    let status = || entry(store, "1", slots[0]).status;

    assert_eq!(change(Change::Suspend), Changed { changed: 3, ..Changed::default() });
    assert_eq!(status(), Status::Suspended);
    assert_eq!(change(Change::Suspend), Changed { unchanged: 3, ..Changed::default() });
    assert_eq!(change(Change::Reinstate), Changed { changed: 3, ..Changed::default() });
    assert_eq!(status(), Status::Valid);
    assert_eq!(change(Change::Revoke), Changed { changed: 3, ..Changed::default() });
    assert_eq!(change(Change::Revoke), Changed { unchanged: 3, ..Changed::default() });
    assert_eq!(change(Change::Reinstate), Changed { stay_revoked: 3, ..Changed::default() });
    assert_eq!(change(Change::Suspend), Changed { stay_revoked: 3, ..Changed::default() });
    assert_eq!(status(), Status::Revoked);
}

pub(crate) fn a_change_can_name_a_type(store: &dyn Store) {
    let id = record(store, &copies("1", "maisha-id", 1), 1 << 20);
    let age = record(store, &copies("1", "proof-of-age", 1), 1 << 20);
    let done = store.change_status("1", Some("proof-of-age"), Change::Revoke, &event(Action::Revoked));
    assert_eq!(done.unwrap().changed, 1);
    assert_eq!(entry(store, "1", id[0]).status, Status::Valid);
    assert_eq!(entry(store, "1", age[0]).status, Status::Revoked);
}

pub(crate) fn nobody_elses_entries_change(store: &dyn Store) {
    record(store, &copies("204801639200170", "maisha-id", 4), 1 << 20);
    record(store, &copies("20480163920017", "maisha-id", 4), 1 << 20);
    let done = store.change_status("20480163920017", None, Change::Revoke, &event(Action::Revoked));
    assert_eq!(done.unwrap().changed, 4);
    let others = store.entries_of("204801639200170").unwrap();
    assert!(others.iter().all(|entry| entry.status == Status::Valid));
}

pub(crate) fn only_what_is_not_valid_is_listed(store: &dyn Store) {
    record(store, &copies("1", "maisha-id", 300), 256);
    record(store, &copies("2", "maisha-id", 20), 256);
    store.change_status("2", None, Change::Suspend, &event(Action::Suspended)).unwrap();
    let expected: Vec<_> = store
        .entries_of("2")
        .unwrap()
        .into_iter()
        .filter(|entry| entry.slot.list == 1)
        .map(|entry| (entry.slot.index, Status::Suspended))
        .collect();
    assert_eq!(expected.len(), 20);
    assert_eq!(store.not_valid(1).unwrap(), expected);
    assert!(store.not_valid(0).unwrap().is_empty());
    store.change_status("2", None, Change::Reinstate, &event(Action::Reinstated)).unwrap();
    assert!(store.not_valid(1).unwrap().is_empty());
}

const PACE: Pace = Pace { at_once: 4, seconds_each: 10 };

pub(crate) fn a_person_gets_copies_at_a_pace(store: &dyn Store) {
    // How many were recorded, or the seconds to wait.
    let paced = |upi: &str, kind: &str, number: u16, now: i64| match at_pace(
        store,
        &copies(upi, kind, number),
        Some(PACE),
        now,
    ) {
        Err(StoreError::TooManyCopies { at_once: 4, seconds, .. }) => Err(seconds),
        recorded => Ok(recorded.unwrap()),
    };
    assert_eq!(paced("1", "maisha-id", 3, 1_000), Ok(3));
    let events = store.events(0, 99).unwrap().len();
    assert_eq!(paced("1", "maisha-id", 2, 1_000), Err(10));
    // Nothing of it was done.
    assert_eq!((store.entries_of("1").unwrap().len(), store.events(0, 99).unwrap().len()), (3, events));
    assert_eq!(paced("1", "maisha-id", 1, 1_000), Ok(1));
    // Others are not concerned, nor are other types.
    assert_eq!(paced("1", "proof-of-age", 4, 1_000), Ok(4));
    assert_eq!(paced("11", "maisha-id", 4, 1_000), Ok(4));
    assert_eq!(paced("1", "maisha-id", 1, 1_009), Err(1));
    assert_eq!(paced("1", "maisha-id", 1, 1_010), Ok(1));
    assert_eq!(paced("1", "maisha-id", 1, 1_010), Err(10));
    assert_eq!((paced("1", "maisha-id", 4, 2_000), paced("1", "maisha-id", 4, 2_001)), (Ok(4), Err(39)));
    // Where one of many people is refused, nobody gets any.
    let both = [copies("2", "maisha-id", 1), copies("1", "maisha-id", 1)].concat();
    assert!(at_pace(store, &both, Some(PACE), 2_001).is_err());
    assert_eq!(store.entries_of("2").unwrap(), []);
    // Without a pace none is counted.
    assert_eq!(at_pace(store, &copies("2", "maisha-id", 9), None, 2_001).unwrap(), 9);
    assert_eq!(paced("2", "maisha-id", 4, 2_001), Ok(4));
}

/// A clock that was years ahead leaves nobody without copies; one that is ahead by less than the pace's own time gives none away.
pub(crate) fn a_clock_that_was_wrong_is_forgotten(store: &dyn Store) {
    let paced = |now| at_pace(store, &copies("1", "maisha-id", 4), Some(PACE), now);
    paced(1_000_000_000).unwrap();
    paced(1_000).unwrap();
    assert!(matches!(paced(990), Err(StoreError::TooManyCopies { seconds: 50, .. })));
}

pub(crate) fn of_many_at_once_no_more_get_copies_than_the_pace_has(store: &dyn Store) {
    let got = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| at_pace(store, &copies("1", "maisha-id", 1), Some(PACE), 1_000).is_ok()))
            .collect();
        asking.into_iter().map(|it| it.join().unwrap()).filter(|got| *got).count()
    });
    assert_eq!((got, store.entries_of("1").unwrap().len()), (4, 4));
}

/// Asks for copies, and tells how many were recorded.
fn at_pace(store: &dyn Store, copies: &[NewCopy], pace: Option<Pace>, now: i64) -> Result<usize, StoreError> {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let list_size = ListSize::DEFAULT;
    let new = NewCopies { copies, list_size, grant: None, once: UsedUp { values: &[], now }, pace };
    Ok(store.record(&new, &mut rng, &[event(Action::Issued)])?.len())
}

pub(crate) fn a_list_says_when_the_last_of_its_copies_ends(store: &dyn Store) {
    let until = |valid_until: i64, number: u16| -> Vec<_> {
        copies("1", "maisha-id", number).into_iter().map(|copy| NewCopy { valid_until, ..copy }).collect()
    };
    // The first list is left at 240.
    record(store, &[until(5, 100), until(9, 100), until(7, 60)].concat(), 256);
    let ends = || store.lists().unwrap().iter().map(|list| list.valid_until).collect::<Vec<_>>();
    assert_eq!(ends(), [9, 7]);
    record(store, &until(8, 1), 256);
    record(store, &until(3, 1), 256);
    assert_eq!(ends(), [9, 8]);
}

pub(crate) fn what_has_ended_is_forgotten(store: &dyn Store) {
    let until = |upi: &str, valid_until| NewCopy { valid_until, ..copies(upi, "maisha-id", 1).remove(0) };
    let slots = record(store, &[until("1", 10), until("2", 20), until("3", 10)], 1 << 20);
    for (upi, wanted) in [("1", Change::Suspend), ("2", Change::Revoke), ("3", Change::Suspend)] {
        store.change_status(upi, None, wanted, &event(Action::Suspended)).unwrap();
    }
    store.change_status("3", None, Change::Reinstate, &event(Action::Reinstated)).unwrap();
    let changes = || store.lists().unwrap()[0].changes;
    let before = changes();
    assert_eq!(store.forget_statuses(9).unwrap(), 0);
    assert_eq!((store.not_valid(0).unwrap().len(), changes()), (2, before));
    // What is not suspended any more was not listed any more either.
    assert_eq!(store.forget_statuses(10).unwrap(), 1);
    assert_eq!(store.not_valid(0).unwrap(), [(slots[1].index, Status::Revoked)]);
    assert!(changes() > before);
    assert_eq!(entry(store, "1", slots[0]).status, Status::Suspended);
    assert_eq!(store.forget_statuses(i64::MAX).unwrap(), 1);
    assert_eq!(store.forget_statuses(i64::MAX).unwrap(), 0);
    assert_eq!(store.not_valid(0).unwrap(), []);
}

pub(crate) fn a_list_counts_its_changes(store: &dyn Store) {
    store.admit(&[crate::person("2")], &[], &event(Action::Imported)).unwrap();
    record(store, &copies("1", "maisha-id", 240), 256);
    record(store, &copies("2", "maisha-id", 1), 256);
    let changes = || store.lists().unwrap().iter().map(|list| list.changes).collect::<Vec<_>>();
    let change = |wanted| store.change_status("2", None, wanted, &event(Action::Suspended)).unwrap();
    assert_eq!(changes(), [0, 0]);
    change(Change::Suspend);
    assert_eq!(changes(), [0, 1]);
    // What is suspended already, and copies that are recorded, change nothing in it.
    change(Change::Suspend);
    record(store, &copies("3", "maisha-id", 1), 256);
    assert_eq!(changes(), [0, 1]);
    change(Change::Reinstate);
    assert_eq!(changes(), [0, 2]);
    let revoke = hati_store::RegisterChange::Amend(hati_store::Amendment {
        person: crate::person("2"),
        died: None,
        revision: 0,
        revoke: vec!["maisha-id".into()],
        withdraw: Vec::new(),
        is_another: false,
    });
    store.apply(&[revoke], &[event(Action::Amended)]).unwrap();
    assert_eq!(changes(), [0, 3]);
}

#[test]
fn a_list_size_is_a_power_of_two_within_bounds() {
    assert_eq!(ListSize::new(1 << 20), Some(ListSize::DEFAULT));
    for refused in [0, 1, 128, 1000, (1 << 20) + 1, 1 << 25, u32::MAX] {
        assert_eq!(ListSize::new(refused), None, "{refused}");
    }
}

fn record(store: &dyn Store, copies: &[NewCopy], list_size: u32) -> Vec<Slot> {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let size = ListSize::new(list_size).unwrap();
    let slots = crate::record(store, copies, size, &mut rng);
    assert_eq!(slots.len(), copies.len());
    slots
}

fn copies(upi: &str, credential_type: &str, number: u16) -> Vec<NewCopy> {
    let copy = |n: u16| NewCopy {
        upi: upi.into(),
        revision: 0,
        credential_type: credential_type.into(),
        holder_key: [n.to_be_bytes()[1]; 32],
        valid_from: 1_790_000_000,
        valid_until: 1_800_000_000,
    };
    (0..number).map(copy).collect()
}
