//! Memory against replay: what was accepted once is not accepted again while it is still fresh.

use std::collections::HashMap;

use hati_formats::time::Timestamp;

/// Whether something was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Now for the first time.
    First,
    /// Before.
    Again,
}

/// The memory failed: the disk is full, or the file damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the memory against replay failed: {reason}")]
pub struct ReplayError {
    /// What the storage said.
    pub reason: String,
}

/// Remembers what was accepted. A service keeps it on disk, so that a restart forgets nothing.
pub trait ReplayMemory {
    /// Remembers `key` until `until`, and says whether it was there already. One step, so that two scans at
    /// once do not both come first.
    ///
    /// # Errors
    /// [`ReplayError`]; the verdict is then undetermined.
    fn remember(&mut self, key: &[u8; 32], until: Timestamp, now: Timestamp) -> Result<Seen, ReplayError>;
}

/// A memory for as long as the process lives.
#[derive(Debug, Default)]
pub struct MemoryReplay(HashMap<[u8; 32], Timestamp>);

impl ReplayMemory for MemoryReplay {
    fn remember(&mut self, key: &[u8; 32], until: Timestamp, now: Timestamp) -> Result<Seen, ReplayError> {
        if self.0.get(key).is_some_and(|until| *until > now) {
            return Ok(Seen::Again);
        }
        self.0.retain(|_, until| *until > now);
        self.0.insert(*key, until);
        Ok(Seen::First)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_only_what_is_no_longer_fresh() {
        let at = Timestamp::from_seconds;
        let mut memory = MemoryReplay::default();
        assert_eq!(memory.remember(&[1; 32], at(10), at(0)), Ok(Seen::First));
        assert_eq!(memory.remember(&[1; 32], at(10), at(9)), Ok(Seen::Again));
        assert_eq!(memory.remember(&[2; 32], at(20), at(9)), Ok(Seen::First));
        assert_eq!(memory.remember(&[1; 32], at(30), at(10)), Ok(Seen::First));
        assert_eq!(memory.0.len(), 2);
    }
}
