//! Wrong codes, and how long they lock.

use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_store::StoreError;

/// Wrong codes that cost nothing but the trouble.
pub const FREE_ATTEMPTS: u32 = 4;

/// After the first one that does.
const FIRST_LOCK_SECONDS: i64 = 15 * 60;

/// Seconds after the last wrong code, and the lock it made, in which the count of somebody who has no code is kept. Guessing there wins
/// nothing but to learn that there is no code, by waiting; and anybody can have a count kept for any UPI, so they are not kept for long.
pub(super) const FORGOTTEN_AFTER: i64 = 3600;

/// Tag, number of wrong codes, second until which none is heard.
const BYTES: usize = 32 + 4 + 8;

/// For how many seconds nothing is heard after so many wrong codes in a row: nothing up to [`FREE_ATTEMPTS`], then a
/// quarter of an hour, then twice as long each time, up to a day.
#[must_use]
pub fn locked_for(wrong: u32) -> i64 {
    match wrong.checked_sub(FREE_ATTEMPTS + 1) {
        None => 0,
        Some(doublings) => FIRST_LOCK_SECONDS
            .checked_mul(2_i64.saturating_pow(doublings))
            .map_or(SECONDS_PER_DAY, |seconds| seconds.min(SECONDS_PER_DAY)),
    }
}

/// What is kept for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    tag: [u8; 32],
    wrong: u32,
    locked_until: i64,
}

impl Record {
    pub(super) const fn new(tag: [u8; 32]) -> Self {
        Self { tag, wrong: 0, locked_until: 0 }
    }

    /// Whether this is the code's tag. How long that takes may tell where they differ: of HMACs under a key that nobody
    /// outside has, that tells nothing.
    pub(super) fn is_of(&self, tag: &[u8; 32]) -> bool {
        self.tag == *tag
    }

    pub(super) fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        (now.seconds() < self.locked_until).then(|| Timestamp::from_seconds(self.locked_until))
    }

    /// After a right code.
    pub(super) const fn forgiven(self) -> Self {
        Self::new(self.tag)
    }

    /// After a wrong code.
    pub(super) fn failed(self, now: Timestamp) -> Self {
        let wrong = self.wrong.saturating_add(1);
        Self { wrong, locked_until: now.plus_seconds(locked_for(wrong)).seconds(), ..self }
    }

    /// When the count of somebody without a code may be forgotten.
    pub(super) const fn forget_at(&self) -> i64 {
        self.locked_until.saturating_add(FORGOTTEN_AFTER)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&self.tag[..], &self.wrong.to_be_bytes(), &self.locked_until.to_be_bytes()].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let (tag, rest) = bytes.split_first_chunk::<32>()?;
            let (wrong, rest) = rest.split_first_chunk::<4>()?;
            let locked_until = <[u8; 8]>::try_from(rest).ok()?;
            Some(Self {
                tag: *tag,
                wrong: u32::from_be_bytes(*wrong),
                locked_until: i64::from_be_bytes(locked_until),
            })
        };
        let detail = || format!("expected {BYTES} bytes, got {}", bytes.len());
        read().ok_or_else(|| StoreError::Corrupt { tree: "activation", detail: detail() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn locks_grow_up_to_a_day() {
        let minutes: Vec<i64> = (3..=12).map(|wrong| locked_for(wrong) / 60).collect();
        assert_eq!(minutes, [0, 0, 15, 30, 60, 120, 240, 480, 960, 1_440]);
        assert_eq!(locked_for(u32::MAX), SECONDS_PER_DAY);
    }

    proptest! {
        #[test]
        fn records_survive(tag: [u8; 32], wrong: u32, locked_until: i64) {
            let record = Record { tag, wrong, locked_until };
            let bytes = record.to_bytes();
            prop_assert_eq!(bytes.len(), BYTES);
            prop_assert_eq!(Record::from_bytes(&bytes).unwrap(), record);
            prop_assert!(Record::from_bytes(&bytes[1..]).is_err());
        }
    }
}
