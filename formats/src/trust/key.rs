//! How keys of the profile are named, and when they count.

use std::fmt;

use minicbor::{Decode, Encode};

use super::wire::{PayloadError, timestamp};
use crate::encoding::b64url;
use crate::keys::PublicKey;
use crate::time::Timestamp;

/// The `kid` of a root, registrar or verifier in COSE: the first 8 bytes of the key's RFC 7638 thumbprint.
///
/// It only finds the key. Two keys with one id in a trust list are refused, so 8 bytes are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// The id of a key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = key.thumbprint();
        Self([a, b, c, d, e, f, g, h])
    }

    /// The id as it stands in a COSE header.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The id in a COSE header, if it has the right length.
    #[must_use]
    pub fn from_kid(kid: &[u8]) -> Option<Self> {
        kid.try_into().ok().map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What every audience of the profile starts with.
pub const AUDIENCE_PREFIX: &str = "hati:";

/// The audience a verifier's key stands for: `hati:` and base64url of the first 16 bytes of its RFC 7638
/// thumbprint. It follows from the key, so no statement has to carry it.
#[must_use]
pub fn audience(key: &PublicKey) -> String {
    let thumbprint = key.thumbprint();
    let (half, _) = thumbprint.split_at(thumbprint.len() / 2);
    format!("{AUDIENCE_PREFIX}{}", b64url(half))
}

/// From when (inclusive) until when (exclusive) something counts. `validity = [from: time, until: time]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Validity {
    /// The first second at which it counts.
    #[cbor(n(0), with = "timestamp")]
    pub from: Timestamp,
    /// The first second at which it no longer counts.
    #[cbor(n(1), with = "timestamp")]
    pub until: Timestamp,
}

impl Validity {
    /// Whether it counts at `at`.
    ///
    /// # Errors
    /// If `at` is before the beginning, or not before the end.
    pub fn check(&self, at: Timestamp) -> Result<(), ValidityError> {
        if at < self.from {
            return Err(ValidityError::NotYet { from: self.from, at });
        }
        if at >= self.until {
            return Err(ValidityError::Over { until: self.until, at });
        }
        Ok(())
    }

    /// Refuses an interval that holds no moment.
    pub(super) fn not_empty(&self, what: &'static str) -> Result<(), PayloadError> {
        if self.from < self.until {
            return Ok(());
        }
        Err(PayloadError::EmptyInterval { what, from: self.from, until: self.until })
    }
}

/// Why something does not count at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidityError {
    /// Before its beginning.
    #[error("valid only from {from}, and it is {at}; check the device's clock, or wait")]
    NotYet {
        /// The beginning.
        from: Timestamp,
        /// The time asked about.
        at: Timestamp,
    },
    /// After its end.
    #[error("valid only until {until}, and it is {at}; ask for a renewed one")]
    Over {
        /// The end.
        until: Timestamp,
        /// The time asked about.
        at: Timestamp,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_from_its_beginning_until_just_before_its_end() {
        let [before, from, last, until] = [9, 10, 19, 20].map(Timestamp::from_seconds);
        let validity = Validity { from, until };
        assert_eq!(validity.check(before), Err(ValidityError::NotYet { from, at: before }));
        assert_eq!(validity.check(from), Ok(()));
        assert_eq!(validity.check(last), Ok(()));
        assert_eq!(validity.check(until), Err(ValidityError::Over { until, at: until }));
        assert!(Validity { from, until: from }.not_empty("test").is_err());
    }
}
