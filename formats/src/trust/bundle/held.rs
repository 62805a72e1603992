//! What a device remembers of the newest bundle it has seen, so that it never goes back.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::super::wire::{self, PayloadError, public_key, timestamp};
use super::error::BundleError;
use super::verify::Bundle;
use crate::keys::PublicKey;
use crate::time::Timestamp;

/// The newest bundle a device has seen, in some hundred bytes that it keeps.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Held {
    #[n(0)]
    version: u64,
    #[n(1)]
    sha256: ByteArray<32>,
    #[n(2)]
    trust_list_version: u64,
    #[cbor(n(3), with = "timestamp")]
    issued_at: Timestamp,
    #[cbor(n(4), with = "public_key")]
    root: PublicKey,
}

impl Held {
    pub(super) fn of(bundle: &Bundle) -> Self {
        Self {
            version: bundle.content().version,
            sha256: (*bundle.sha256()).into(),
            trust_list_version: bundle.trust().version(),
            issued_at: bundle.content().issued_at,
            root: bundle.trust().root().clone(),
        }
    }

    /// For the device's storage.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_vec(self)
    }

    /// From the device's storage.
    ///
    /// # Errors
    /// If these are not the bytes that [`to_bytes`](Self::to_bytes) gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        wire::from_slice("note of the newest bundle", bytes)
    }

    /// Whether the device's clock is before the newest bundle was made: then nothing that depends on time
    /// can be decided.
    #[must_use]
    pub fn clock_behind(&self, now: Timestamp) -> bool {
        now < self.issued_at
    }

    /// The root that signed the newest trust list. It stands in for the pinned one, so that a root that was
    /// rotated away counts no more.
    #[must_use]
    pub fn root(&self) -> &PublicKey {
        &self.root
    }

    /// Refuses a bundle that would take the device back.
    pub(super) fn check(&self, next: &Bundle) -> Result<(), BundleError> {
        let (expected, got) = (self.trust_list_version, next.trust().version());
        if got < expected {
            return Err(BundleError::TrustListRollback { expected, got });
        }
        let (expected, got) = (self.version, next.content().version);
        if got < expected {
            return Err(BundleError::Rollback { expected, got });
        }
        if got == expected && next.sha256() != &*self.sha256 {
            return Err(BundleError::TwoOfOneVersion { version: got });
        }
        let (expected, got) = (self.issued_at, next.content().issued_at);
        if got < expected {
            return Err(BundleError::IssuedEarlier { expected, got });
        }
        Ok(())
    }
}
