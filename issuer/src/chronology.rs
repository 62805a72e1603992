//! That what is signed next comes after what is published.
//!
//! A device never goes back: one that has seen a bundle refuses every bundle issued before it, and so would be cut
//! off for good by one that was signed under a wrong clock.

use hati_formats::time::{Date, Timestamp};
use hati_store::{Document, Publications, StoreError};

/// 9999-12-31, the last day that RFC 3339 can write.
pub const LAST_DAY: Date = Date::from_days(2_932_896);

/// Why a document is not signed: no reader would take it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChronologyError {
    /// A later one is published.
    #[error(
        "expected to issue it at {expected} or after, when the newest one published was issued; got {got}. Set the clock of this machine, or leave out --now"
    )]
    IssuedEarlier {
        /// When the newest one was issued.
        expected: Timestamp,
        /// When this one would be.
        got: Timestamp,
    },
    /// The next one is due before this one is issued.
    #[error(
        "expected the next one to be due after {expected}, when this one is issued; got {got}. Give it more days"
    )]
    DueEarlier {
        /// When this one is issued.
        expected: Timestamp,
        /// When the next one would be due.
        got: Timestamp,
    },
    /// The next one is due on a day that nobody can write.
    #[error(
        "expected the next one to be due by {LAST_DAY}, got a day after it. Set the clock of this machine, or leave out --now"
    )]
    BeyondCalendar,
    /// This machine and the database do not agree on the time.
    #[error(
        "expected the time of the database, {expected}, to a minute; got {got}. Set the clock of this machine, or that of the database's"
    )]
    ClockDiffers {
        /// What the database's clock says.
        expected: Timestamp,
        /// What this machine's says.
        got: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(ChronologyError {
    Self::IssuedEarlier { .. } => "publication_issued_earlier",
    Self::DueEarlier { .. } => "publication_due_earlier",
    Self::BeyondCalendar => "date_beyond_calendar",
    Self::ClockDiffers { .. } => "clock_differs",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
});

/// Refuses a document issued before the newest one published, or due before it is issued.
///
/// # Errors
///
/// [`ChronologyError`].
pub fn check(
    store: &dyn Publications,
    document: Document,
    issued_at: Timestamp,
    next_update: Timestamp,
) -> Result<(), ChronologyError> {
    if let Some(newest) = store.latest(document)? {
        let expected = Timestamp::from_seconds(newest.at);
        if issued_at < expected {
            return Err(ChronologyError::IssuedEarlier { expected, got: issued_at });
        }
    }
    if next_update <= issued_at {
        return Err(ChronologyError::DueEarlier { expected: issued_at, got: next_update });
    }
    if next_update.date() > LAST_DAY {
        return Err(ChronologyError::BeyondCalendar);
    }
    Ok(())
}

/// Seconds by which the clocks of an issuer's machines may differ.
const CLOCKS_DIFFER_BY: i64 = 60;

/// Refuses a clock that differs from the one that all processes of a store share. What is published under a wrong one stops
/// the others from publishing, and what they still need would be forgotten as expired.
///
/// # Errors
///
/// [`ChronologyError::ClockDiffers`].
pub fn check_clock(store: &dyn Publications, now: Timestamp) -> Result<(), ChronologyError> {
    match store.shared_clock()?.map(Timestamp::from_seconds) {
        Some(expected) if (now.seconds() - expected.seconds()).abs() > CLOCKS_DIFFER_BY => {
            Err(ChronologyError::ClockDiffers { expected, got: now })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use hati_store::{Action, Event, MemoryStore, Publication};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn what_is_signed_next_comes_after_what_is_published() {
        let store = MemoryStore::default();
        let next = |document, issued_at, due| check(&store, document, at(issued_at), at(due));
        assert!(next(Document::Bundle, 0, 1).is_ok());
        let published =
            Publication { document: Document::Bundle, version: 1, at: 100, bytes: Vec::new(), entries: 0 };
        store.publish(&published, &Event::new(100, "test", Action::Published, "bundle 1")).unwrap();
        assert!(next(Document::Bundle, 100, 101).is_ok());
        assert!(next(Document::TrustList, 99, 100).is_ok());
        assert_eq!(next(Document::Bundle, 99, 200).unwrap_err().code(), "publication_issued_earlier");
    }

    #[test]
    fn it_is_due_after_it_is_issued_and_on_a_day_that_can_be_written() {
        let store = MemoryStore::default();
        let last = LAST_DAY.start().plus_seconds(86_399);
        assert_eq!(last.to_string(), "9999-12-31T23:59:59Z");
        let next = |issued_at, due| check(&store, Document::Bundle, issued_at, due);
        assert!(next(at(0), last).is_ok());
        assert_eq!(next(at(5), at(5)).unwrap_err().code(), "publication_due_earlier");
        assert_eq!(next(at(5), at(4)).unwrap_err().code(), "publication_due_earlier");
        assert_eq!(next(at(0), last.plus_seconds(1)).unwrap_err().code(), "date_beyond_calendar");
    }
}
