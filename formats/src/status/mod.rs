//! The status of credentials: valid, revoked or suspended, published for many credentials at once so that
//! nobody learns which one is being asked about.
//!
//! One [`StatusList`] holds the statuses; everything else is a way to carry it:
//!
//! - [`claim`] and [`token`]: the IETF Token Status List (draft-ietf-oauth-status-list-21), as JSON, as
//!   CBOR and as a signed Status List Token; [`StatusReference`] is how a credential points into it;
//! - [`bitstring`]: the W3C Bitstring Status List 1.0, made from the same statuses;
//! - [`compact`]: the form that travels in the offline bundle, and the deltas between two of them.
//!
//! ```
//! use hati_formats::status::{Bits, Status, StatusList};
//!
//! let mut list = StatusList::new(Bits::Two, 1_000_000)?;
//! list.set(7, Status::Invalid)?;
//! assert_eq!(list.get(7)?, Status::Invalid);
//! assert_eq!(list.get(8)?, Status::Valid);
//! assert!(list.get(1_000_000).is_err());
//! # Ok::<(), hati_formats::status::StatusListError>(())
//! ```

pub mod bitstring;
pub mod claim;
pub mod compact;
mod inflate;
mod list;
mod reference;
pub mod token;

#[cfg(test)]
mod vectors;

pub use inflate::{InflateError, MAX_INFLATED_BYTES};
pub use list::{Bits, StatusList, StatusListError};
pub use reference::{ReferenceError, StatusReference};

use core::fmt;

/// A status value (draft-ietf-oauth-status-list-21 section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// 0x00: valid, correct or legal.
    Valid,
    /// 0x01: revoked, annulled, taken back, recalled or cancelled. It does not come back.
    Invalid,
    /// 0x02: temporarily invalid.
    Suspended,
    /// 0x03 to 0xFF: application specific or not yet registered. Make it with `Status::from`, which
    /// gives the three values above their names.
    Other(u8),
}

impl Status {
    /// The value that stands for it in a list.
    #[must_use]
    pub const fn value(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::Other(value) => value,
        }
    }
}

impl From<u8> for Status {
    fn from(value: u8) -> Self {
        match value {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Status {
    /// The name registered by draft-ietf-oauth-status-list-21 section 14.6, or the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid => f.write_str("VALID"),
            Self::Invalid => f.write_str("INVALID"),
            Self::Suspended => f.write_str("SUSPENDED"),
            Self::Other(value) => write!(f, "{value:#04x}"),
        }
    }
}

/// The list makes no statement about this index, so the credential must be rejected
/// (draft-ietf-oauth-status-list-21 section 8.3 step 6; Bitstring Status List 1.0 `RANGE_ERROR`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "status index {index} is outside the list of {size} entries; the credential names a wrong list or is forged"
)]
pub struct IndexOutOfRange {
    /// The index that was asked for.
    pub index: u64,
    /// How many entries the list has.
    pub size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_are_the_registered_ones() {
        for (value, name) in [(0, "VALID"), (1, "INVALID"), (2, "SUSPENDED"), (3, "0x03"), (255, "0xff")] {
            let status = Status::from(value);
            assert_eq!(status.value(), value);
            assert_eq!(status.to_string(), name);
        }
    }
}
