//! The pool: holder keys that wait for a credential, and copies that each are shown once.
//!
//! Copies of one credential share no value that could link them (`spec/credential.md`), so whoever sees two of
//! them cannot tell that they are of one person, as long as no copy is shown twice.

mod choose;
mod copy;
mod key;
mod status;

use hati_formats::keys::{PublicKey, Signature};

pub use choose::{PoolError, Reuse};
pub use copy::{Copy, RENEWAL_SECONDS, Use, Way};
pub use key::{MAX_WAITING_KEYS, WaitingKey, jwk_set};
pub use status::KnownStatus;

/// Everything that can be shown, and the keys of what will be.
#[derive(Debug, Default)]
pub struct Pool {
    pub(crate) waiting: Vec<WaitingKey>,
    pub(crate) copies: Vec<Copy>,
}

impl Pool {
    /// The keys that wait for their credential, oldest first.
    #[must_use]
    pub fn waiting(&self) -> &[WaitingKey] {
        &self.waiting
    }

    /// Every copy, the used and expired ones too, in the order they came.
    #[must_use]
    pub fn copies(&self) -> &[Copy] {
        &self.copies
    }

    /// The copy with this number.
    #[must_use]
    pub fn copy(&self, number: u64) -> Option<&Copy> {
        self.copies.iter().find(|copy| copy.number == number)
    }

    /// Signs with the key of a copy.
    ///
    /// # Errors
    /// [`PoolError::NoSuchCopy`].
    pub fn sign(&self, number: u64, message: &[u8]) -> Result<Signature, PoolError> {
        let copy = self.copy(number).ok_or(PoolError::NoSuchCopy { got: number })?;
        Ok(copy.key.sign(message))
    }

    pub(crate) fn waiting_key(&self, key: &PublicKey) -> Option<&WaitingKey> {
        self.waiting.iter().find(|waiting| waiting.key.public() == key)
    }
}
