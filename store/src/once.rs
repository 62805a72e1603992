//! Values that may be used once, remembered until they expire.

use crate::StoreError;

/// Bytes of the longest key: a digest fits, and so does a nonce beside a name.
pub const MAX_ONCE_KEY_BYTES: usize = 128;

/// Remembers what was seen: nonces, key bindings, one-time codes.
pub trait OneTime {
    /// Remembers a key until it expires, and tells whether it was seen before.
    ///
    /// A key that has expired counts as never seen.
    ///
    /// # Errors
    ///
    /// [`StoreError::Length`] if the key is empty or longer than [`MAX_ONCE_KEY_BYTES`].
    fn remember(&self, key: &[u8], expires: i64, now: i64) -> Result<Seen, StoreError>;

    /// Forgets what expired at `now` or before, and tells how much that was.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn forget_expired(&self, now: i64) -> Result<u64, StoreError>;
}

/// Values that a change uses up, in its own transaction: the nonces of a wallet's proofs.
#[derive(Clone, Copy, Debug, Default)]
pub struct UsedUp<'a> {
    /// Each with the second at which it expires.
    pub values: &'a [(Vec<u8>, i64)],
    /// Now, for the expiry of values used before.
    pub now: i64,
}

impl UsedUp<'_> {
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.values.iter().try_for_each(|(key, _)| check_key(key))
    }
}

/// Whether a value was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never, or it has expired.
    FirstTime,
    /// Yes: whoever shows it is replaying it.
    Before,
}

pub(crate) fn check_key(key: &[u8]) -> Result<(), StoreError> {
    if key.is_empty() || key.len() > MAX_ONCE_KEY_BYTES {
        return Err(StoreError::Length {
            what: "a one-time key",
            expected: MAX_ONCE_KEY_BYTES,
            got: key.len(),
        });
    }
    Ok(())
}
