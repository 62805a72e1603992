//! Credentials are revoked, suspended and reinstated; and what the status lists then say.

use std::collections::BTreeMap;

use crate::actor::Actor;
use hati_formats::credential::status_list_uri;
use hati_formats::status::Status as ListStatus;
use hati_formats::status::compact::{CompactError, CompactList};
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_formats::trust::BundledList;
use hati_store::{
    Action, Change, Changed, Entry, Event, Ledger, ListSize, ListUse, Status, Store, StoreError, TicketKind,
};

/// Why no status was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatusError {
    /// Nothing was issued that could be changed.
    #[error("no {what} was ever issued to UPI {upi}. Check its digits and the type")]
    NothingIssued {
        /// The UPI.
        upi: String,
        /// What was asked for.
        what: String,
    },
    /// Revocation is for good.
    #[error(
        "all {copies} copies of UPI {upi} are revoked, and revocation is for good. Issue new ones instead"
    )]
    Revoked {
        /// The UPI.
        upi: String,
        /// How many.
        copies: usize,
    },
    /// A list holds more than fits.
    #[error(transparent)]
    List(#[from] CompactError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(StatusError {
    Self::NothingIssued { .. } => "nothing_issued",
    Self::Revoked { .. } => "revoked_for_good",
    Self::List(_) => "status_list_not_made",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
});

/// What an officer asks for.
#[derive(Clone, Copy, Debug)]
pub struct StatusOrder<'a> {
    /// Whose credentials.
    pub upi: &'a str,
    /// Of which type; of all without one.
    pub credential_type: Option<&'a str>,
    /// The types there are: one of them can be suspended before a copy of it was made.
    pub types: &'a [&'a str],
    /// What becomes of them.
    pub change: Change,
    /// Who asks, for the audit.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
}

/// Changes the status of every copy of a person's credentials, and whether more are made: what is suspended is withheld
/// until it is reinstated, and a revocation ends what wallets may do.
///
/// # Errors
///
/// [`StatusError::NothingIssued`] where there is nothing to change, or [`StatusError::Revoked`] where none could come back.
pub fn change(store: &dyn Store, order: StatusOrder<'_>) -> Result<Changed, StatusError> {
    let mut entries = store.entries_of(order.upi)?;
    entries.retain(|entry| order.credential_type.is_none_or(|wanted| wanted == entry.credential_type));
    let upi = order.upi.to_owned();
    if !order.concerns(&entries) && !order.changes_what_is_issued(store)? {
        if entries.is_empty() {
            let what = order.credential_type.unwrap_or("credential").to_owned();
            return Err(StatusError::NothingIssued { upi, what });
        }
        return Err(StatusError::Revoked { upi, copies: entries.len() });
    }
    let action = match order.change {
        Change::Revoke => Action::Revoked,
        Change::Suspend => Action::Suspended,
        Change::Reinstate => Action::Reinstated,
    };
    let subject = order.credential_type.map_or_else(|| upi.clone(), |wanted| format!("{upi}, {wanted}"));
    let event = Event::new(order.now.seconds(), order.actor, action, subject);
    Ok(store.change_status(order.upi, order.credential_type, order.change, &event)?)
}

impl StatusOrder<'_> {
    /// Whether there are copies that can have the wanted status.
    fn concerns(&self, entries: &[Entry]) -> bool {
        // Token Status List section 7.1: a token that is INVALID does not come back.
        let may_change = |entry: &Entry| self.change == Change::Revoke || entry.status != Status::Revoked;
        entries.iter().any(may_change)
    }

    /// Whether the person gets other copies from now on than before, whatever they have.
    fn changes_what_is_issued(&self, store: &dyn Store) -> Result<bool, StoreError> {
        // Also of somebody who waits for an officer, and is not registered yet.
        let held = store.tickets_of(self.upi, self.now.seconds())?;
        if self.change == Change::Revoke && held.iter().any(|it| TicketKind::GRANTS.contains(&it.kind)) {
            return Ok(true);
        }
        let living = store.registered(self.upi)?.filter(|it| it.standing.died.is_none());
        let Some(withheld) = living.map(|it| it.standing.withheld) else { return Ok(false) };
        Ok(match self.change {
            // A second time too: whoever locks what is locked already is told that it is.
            Change::Suspend => self.credential_type.is_none_or(|wanted| self.types.contains(&wanted)),
            lifting => withheld.clone().after(self.credential_type, lifting) != withheld,
        })
    }
}

/// Copies for which the lists ahead have room at least: a minute's at the rate of a country, in which an edition is
/// out many times over.
const ROOM_AHEAD: u32 = 4_000 * 60;

/// The most lists ahead, however small they are: each is a signature in every edition.
const MOST_AHEAD: u32 = 16;

/// How many lists of this size are published before anything is in them.
#[must_use]
pub fn ahead(size: ListSize) -> u32 {
    ROOM_AHEAD.div_ceil(size.room()).min(MOST_AHEAD)
}

/// The second up to which copies have ended that lists say nothing of any more: whatever their status, everybody refuses
/// them. The end of a day, and a day ago at least, so that lists change with it once a day, and a clock may be slow.
#[must_use]
pub const fn ended(now: Timestamp) -> i64 {
    (now.seconds().div_euclid(SECONDS_PER_DAY) - 1) * SECONDS_PER_DAY
}

/// The lists that an edition has, of those that were opened: the newest, from which copies are given out, and each of which
/// a copy may still be valid. Behind them are those that will be opened next, of this size: a credential that is the first of
/// its list is known to whoever has the bundle from before it was issued.
#[must_use]
pub fn in_edition(opened: &[ListUse], next: ListSize, now: Timestamp) -> Vec<ListUse> {
    let newest = opened.last().map(|last| last.list);
    let first = newest.map_or(0, |newest| newest.saturating_add(1));
    let coming = first..first.saturating_add(ahead(next));
    let standing = opened.iter().filter(|it| Some(it.list) == newest || it.valid_until > ended(now));
    standing.copied().chain(coming.map(|list| ListUse::empty(list, next))).collect()
}

/// The status lists of an edition.
#[derive(Debug)]
pub struct Lists {
    /// Each, as of now.
    pub bundled: Vec<BundledList>,
    /// How often each that is opened had been changed when it was read, by its URI.
    pub changes: BTreeMap<String, u64>,
}

/// Every status list of the issuer at `url` that [an edition has](in_edition). What a list says is read only where `known` does
/// not have it, by its URI and how often it was changed.
///
/// # Errors
///
/// If the store cannot be read.
pub fn lists<'k>(
    ledger: &dyn Ledger,
    url: &str,
    next: ListSize,
    now: Timestamp,
    known: impl Fn(&str, u64) -> Option<&'k CompactList>,
) -> Result<Lists, StatusError> {
    // Before what they say: whatever is changed meanwhile is read again for the next edition.
    let opened = ledger.lists()?;
    let mut lists = Lists { bundled: Vec::new(), changes: BTreeMap::new() };
    for list in in_edition(&opened, next, now) {
        let uri = status_list_uri(url, list.list);
        let compact = match known(&uri, list.changes) {
            Some(compact) => compact.clone(),
            None => read(ledger, &list)?,
        };
        if list.used > 0 {
            lists.changes.insert(uri.clone(), list.changes);
        }
        lists.bundled.push(BundledList { uri, as_of: now, list: compact });
    }
    Ok(lists)
}

/// The number of the list of this URI.
#[must_use]
pub fn number(uri: &str) -> Option<u32> {
    uri.rsplit('/').next()?.parse().ok()
}

fn read(ledger: &dyn Ledger, list: &ListUse) -> Result<CompactList, StatusError> {
    let entries = ledger.not_valid(list.list)?.into_iter();
    let entries = entries.map(|(index, status)| (u64::from(index), in_list(status)));
    Ok(CompactList::new(list.size.into(), entries)?)
}

fn in_list(status: Status) -> ListStatus {
    match status {
        Status::Valid => ListStatus::Valid,
        Status::Revoked => ListStatus::Invalid,
        Status::Suspended => ListStatus::Suspended,
    }
}

#[cfg(test)]
mod tests {
    use hati_store::{Audit, MemoryStore, NewCopies, NewCopy, Ticket, TicketId, Tickets, UsedUp};
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    const URL: &str = "https://id.example";

    fn store() -> MemoryStore {
        let store = MemoryStore::default();
        let copies = ["maisha-id", "maisha-id", "proof-of-age"].map(|kind| NewCopy {
            upi: "1".into(),
            revision: 0,
            credential_type: kind.into(),
            holder_key: [0; 32],
            valid_from: 0,
            valid_until: 9,
        });
        let event = Event::new(0, "test", Action::Issued, "1");
        let size = ListSize::new(256).unwrap();
        let new =
            NewCopies { copies: &copies, list_size: size, grant: None, once: UsedUp::default(), pace: None };
        store.record(&new, &mut ChaCha20Rng::seed_from_u64(1), &[event]).unwrap();
        store
    }

    fn order(change: Change, credential_type: Option<&str>) -> StatusOrder<'_> {
        let now = Timestamp::from_seconds(5);
        let types = &["maisha-id", "proof-of-age"];
        StatusOrder { upi: "1", credential_type, types, change, actor: &Actor::Service, now }
    }

    fn counts(store: &MemoryStore) -> Vec<(ListStatus, u64)> {
        let next = ListSize::new(1024).unwrap();
        let lists = lists(store, URL, next, Timestamp::from_seconds(6), |_, _| None).unwrap().bundled;
        let uris: Vec<_> = lists.iter().map(|list| list.uri.clone()).collect();
        let expected: Vec<_> = (0..=16).map(|list| format!("https://id.example/status/{list}")).collect();
        assert_eq!(uris, expected);
        assert!(lists[0].list.get(255).is_ok() && lists[0].list.get(256).is_err());
        assert!(lists[1].list.get(1023).is_ok() && lists[1].list.get(1024).is_err());
        assert_eq!(lists[1].list.counts().count(), 0);
        lists[0].list.counts().collect()
    }

    /// A store of three lists: the first ends on the second day, the others in the first week.
    fn three_lists() -> MemoryStore {
        let store = MemoryStore::default();
        for (upi, number, day) in [("1", 240, 2), ("2", 240, 7), ("3", 1, 6)] {
            let copy = NewCopy {
                upi: upi.into(),
                revision: 0,
                credential_type: "maisha-id".into(),
                holder_key: [0; 32],
                valid_from: 0,
                valid_until: day * SECONDS_PER_DAY,
            };
            let size = ListSize::new(256).unwrap();
            let copies = vec![copy; number];
            let new = NewCopies {
                copies: &copies,
                list_size: size,
                grant: None,
                once: UsedUp::default(),
                pace: None,
            };
            store.record(&new, &mut ChaCha20Rng::seed_from_u64(1), &[]).unwrap();
        }
        store
    }

    #[test]
    fn a_list_leaves_the_edition_a_day_after_its_last_copy_has_ended() {
        let store = three_lists();
        let numbers = |seconds| {
            let (now, next) = (Timestamp::from_seconds(seconds), ListSize::DEFAULT);
            let lists = lists(&store, URL, next, now, |_, _| None).unwrap();
            lists.bundled.iter().map(|list| number(&list.uri).unwrap()).collect::<Vec<_>>()
        };
        // Behind the newest is the one that will be opened next.
        assert_eq!(numbers(0), [0, 1, 2, 3]);
        assert_eq!(numbers(3 * SECONDS_PER_DAY - 1), [0, 1, 2, 3]);
        assert_eq!(numbers(3 * SECONDS_PER_DAY), [1, 2, 3]);
        // The newest stays however long nothing is issued.
        assert_eq!(numbers(900 * SECONDS_PER_DAY), [2, 3]);
    }

    #[test]
    fn only_what_was_changed_is_read() {
        let store = three_lists();
        let now = Timestamp::from_seconds(0);
        let before = lists(&store, URL, ListSize::DEFAULT, now, |_, _| None).unwrap();
        // Said by a stand-in, so that what is read shows.
        let other = CompactList::new(256, [(9, ListStatus::Invalid)]).unwrap();
        let again = || {
            let known = |uri: &str, changes| (before.changes.get(uri) == Some(&changes)).then_some(&other);
            lists(&store, URL, ListSize::DEFAULT, now, known).unwrap()
        };
        let read = || again().bundled.iter().map(|list| list.list != other).collect::<Vec<_>>();
        assert_eq!(read(), [false, false, false, true]);
        change(&store, StatusOrder { upi: "2", ..order(Change::Suspend, None) }).unwrap();
        assert_eq!(read(), [false, true, false, true]);
        assert_eq!(again().bundled[1].list.counts().collect::<Vec<_>>(), [(ListStatus::Suspended, 240)]);
    }

    #[test]
    fn the_lists_ahead_hold_what_a_country_issues_in_a_minute() {
        assert_eq!(ahead(ListSize::DEFAULT), 1);
        assert_eq!(ahead(ListSize::new(1 << 16).unwrap()), 4);
        assert_eq!(ahead(ListSize::new(ListSize::MIN).unwrap()), 16);
    }

    #[test]
    fn one_type_or_all_are_changed_and_the_lists_tell() {
        let store = store();
        assert_eq!(counts(&store), []);
        assert_eq!(change(&store, order(Change::Suspend, None)).unwrap().changed, 3);
        assert_eq!(counts(&store), [(ListStatus::Suspended, 3)]);
        assert_eq!(change(&store, order(Change::Revoke, Some("maisha-id"))).unwrap().changed, 2);
        let back = change(&store, order(Change::Reinstate, None)).unwrap();
        assert_eq!((back.changed, back.stay_revoked), (1, 2));
        assert_eq!(counts(&store), [(ListStatus::Invalid, 2)]);
        let last = store.events(0, 9).unwrap().pop().unwrap().event;
        assert_eq!((last.action, last.subject.as_str()), (Action::Reinstated, "1"));
    }

    #[test]
    fn revocation_is_for_good() {
        let store = store();
        change(&store, order(Change::Revoke, None)).unwrap();
        for wanted in [Change::Suspend, Change::Reinstate] {
            let refused = change(&store, order(wanted, None));
            assert!(matches!(refused, Err(StatusError::Revoked { copies: 3, .. })));
        }
        assert_eq!(change(&store, order(Change::Revoke, None)).unwrap().unchanged, 3);
    }

    /// An offer that was made before the first copy, also to somebody who is not registered yet.
    #[test]
    fn what_wallets_may_do_is_revoked_where_no_copy_was_made() {
        let store = MemoryStore::default();
        let (id, kind) = (TicketId([1; 32]), TicketKind::PreAuthorizedCode);
        let ticket = Ticket { id, kind, owner: "1".into(), value: vec![], expires: 9 };
        store.keep(&[ticket], &[]).unwrap();
        assert!(change(&store, order(Change::Suspend, None)).is_err());
        assert_eq!(change(&store, order(Change::Revoke, None)).unwrap().withdrawn, 1);
        assert!(matches!(
            change(&store, order(Change::Revoke, None)),
            Err(StatusError::NothingIssued { .. })
        ));
    }

    #[test]
    fn nothing_issued_is_nothing_to_change() {
        let store = store();
        let other = StatusOrder { upi: "2", ..order(Change::Revoke, None) };
        assert!(matches!(change(&store, other), Err(StatusError::NothingIssued { .. })));
        let refused = change(&store, order(Change::Revoke, Some("passport"))).unwrap_err();
        assert!(refused.to_string().contains("no passport was ever issued to UPI 1"), "{refused}");
    }
}
