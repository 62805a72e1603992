//! How fast one person gets copies: without a bound, whoever holds one token fills status lists and the national bundle.

use std::collections::BTreeMap;

use crate::{NewCopy, StoreError};

/// How many copies of one type a person gets: so many at once, and another one each so many seconds.
///
/// What is kept of it is one number for each person and type, the second at which all are free again: each copy puts it off
/// by the time that one takes (the generic cell rate algorithm).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The most at once.
    pub at_once: u32,
    /// Seconds until another one is free.
    pub seconds_each: u32,
}

impl Pace {
    /// Seconds until all are free again, after none was.
    pub(crate) fn span(self) -> i64 {
        i64::from(self.at_once) * i64::from(self.seconds_each)
    }

    /// A second further ahead than this was written by a clock that was wrong, and is forgotten: nobody waits for years
    /// because of it. Clocks of several machines differ by less.
    pub(crate) fn latest(self, now: i64) -> i64 {
        now.saturating_add(self.span().saturating_mul(2))
    }

    /// Seconds by which some copies put it off.
    pub(crate) fn seconds_for(self, copies: u32) -> i64 {
        i64::from(copies) * i64::from(self.seconds_each)
    }

    /// When all are free again, after some more copies.
    pub(crate) fn after(self, free_at: Option<i64>, copies: u32, now: i64) -> i64 {
        let known = free_at.filter(|at| (now..=self.latest(now)).contains(at));
        known.unwrap_or(now).saturating_add(self.seconds_for(copies))
    }

    /// That they are not too many, by when all would be free again.
    pub(crate) fn check(
        self,
        upi: &str,
        credential_type: &str,
        free_at: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        let wait = free_at.saturating_sub(now).saturating_sub(self.span());
        let Some(seconds) = u64::try_from(wait).ok().filter(|wait| *wait > 0) else { return Ok(()) };
        let (upi, credential_type) = (upi.to_owned(), credential_type.to_owned());
        Err(StoreError::TooManyCopies { upi, credential_type, at_once: self.at_once, seconds })
    }
}

/// How many copies there are for each person and type.
pub(crate) fn counted(copies: &[NewCopy]) -> BTreeMap<(&str, &str), u32> {
    let mut counted = BTreeMap::new();
    for copy in copies {
        let count: &mut u32 = counted.entry((copy.upi.as_str(), copy.credential_type.as_str())).or_default();
        *count = count.saturating_add(1);
    }
    counted
}
