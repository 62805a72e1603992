//! The memory of accepted answers, on disk.

use hati_formats::time::Timestamp;
use hati_store::{OneTime, SledStore, StoreError};
use hati_verifier::{ReplayError, ReplayMemory, Seen};

/// Remembers in a store what was accepted, also after a restart.
pub(crate) struct DiskReplay<'s>(pub(crate) &'s SledStore);

impl ReplayMemory for DiskReplay<'_> {
    fn remember(&mut self, key: &[u8; 32], until: Timestamp, now: Timestamp) -> Result<Seen, ReplayError> {
        self.once(key, until, now).map_err(|error| ReplayError { reason: error.to_string() })
    }
}

impl DiskReplay<'_> {
    fn once(&self, key: &[u8; 32], until: Timestamp, now: Timestamp) -> Result<Seen, StoreError> {
        self.0.forget_expired(now.seconds())?;
        Ok(match self.0.remember(key, until.seconds(), now.seconds())? {
            hati_store::Seen::FirstTime => Seen::First,
            hati_store::Seen::Before => Seen::Again,
        })
    }
}
