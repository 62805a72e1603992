//! The memory of accepted answers, on disk.

use hati_formats::qr::request::Nonce;
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
    /// Remembers that a request was answered.
    pub(crate) fn answered(
        &self,
        nonce: &Nonce,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Seen, StoreError> {
        // Keys of answers are digests, 32 bytes and nothing before them, so none is mistaken for the other.
        self.once(&[b"request", nonce.as_bytes().as_slice()].concat(), until, now)
    }

    fn once(&self, key: &[u8], until: Timestamp, now: Timestamp) -> Result<Seen, StoreError> {
        self.0.forget_expired(now.seconds())?;
        Ok(match self.0.remember(key, until.seconds(), now.seconds())? {
            hati_store::Seen::FirstTime => Seen::First,
            hati_store::Seen::Before => Seen::Again,
        })
    }
}
