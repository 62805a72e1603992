//! The W3C Bitstring Status List 1.0, made from the same statuses as the Token Status List.
//!
//! A [`StatusList`](crate::status::StatusList) gives up to three bitstrings: one bit an entry for the
//! purpose `revocation`, one bit for `suspension`, or both bits for `message`. Note that the two standards
//! number bits differently: here the first entry is the *left-most*, most significant bit of the first byte
//! (section 2.2), there the least significant.
//!
//! - [`Bitstring`]: the bits and their `encodedList` text;
//! - [`BitstringStatusListEntry`]: what a credential says in `credentialStatus`;
//! - [`BitstringStatusListCredential`]: the credential whose subject, a [`BitstringStatusList`], carries the
//!   bits, and the look-up in it.

mod credential;
mod encoded_list;
mod entry;
mod subject;

pub use credential::{BitstringStatusListCredential, Outcome};
pub use encoded_list::{Bitstring, MIN_ENTRIES};
pub use entry::{BitstringStatusListEntry, StatusMessage};
pub use subject::BitstringStatusList;

use core::fmt;

use serde_json::{Map, Value};

use crate::encoding::EncodingError;
use crate::status::{IndexOutOfRange, InflateError, Status};
use crate::time::Timestamp;

/// `statusPurpose` (sections 2.1 and 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StatusPurpose {
    /// `refresh`: an updated credential is available.
    Refresh,
    /// `revocation`: the credential is void for good.
    Revocation,
    /// `suspension`: the credential is not accepted for now.
    Suspension,
    /// `message`: the value stands for one of the messages announced with it.
    Message,
    /// A purpose the standard does not name.
    Other(String),
}

impl From<&str> for StatusPurpose {
    fn from(text: &str) -> Self {
        match text {
            "refresh" => Self::Refresh,
            "revocation" => Self::Revocation,
            "suspension" => Self::Suspension,
            "message" => Self::Message,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for StatusPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refresh => "refresh",
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
            Self::Message => "message",
            Self::Other(text) => text,
        })
    }
}

/// `statusSize`: bits an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusSize {
    /// The default (section 2.1).
    One,
    /// What our own lists hold.
    Two,
}

impl StatusSize {
    /// The number: 1 or 2.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// How many values an entry can have, and so how many messages must be announced.
    #[must_use]
    pub const fn values(self) -> usize {
        1 << self.bits()
    }

    fn read(object: &Map<String, Value>) -> Result<Option<Self>, BitstringError> {
        let Some(value) = object.get("statusSize") else { return Ok(None) };
        match value.as_u64() {
            Some(1) => Ok(Some(Self::One)),
            Some(2) => Ok(Some(Self::Two)),
            _ => Err(BitstringError::StatusSize { got: value.to_string() }),
        }
    }
}

/// Why a bitstring status list is refused. Variants name the error of section 3.5 they stand for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BitstringError {
    /// `MALFORMED_VALUE_ERROR`: a member is absent or of the wrong type.
    #[error("the status list needs `{member}`, {expected}")]
    Member {
        /// Its name.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// `MALFORMED_VALUE_ERROR`: an entry size other than 1 and 2.
    #[error("`statusSize` is {got}; entries of 1 and 2 bits are read")]
    StatusSize {
        /// What came.
        got: String,
    },
    /// `MALFORMED_VALUE_ERROR`: not one message for each value.
    #[error("an entry has {expected} values and must announce as many messages, not {got}")]
    Messages {
        /// Values of an entry.
        expected: usize,
        /// Messages that came.
        got: usize,
    },
    /// `MALFORMED_VALUE_ERROR`: `encodedList` is not base64url.
    #[error("`encodedList` is damaged: {0}")]
    Encoding(#[from] EncodingError),
    /// `MALFORMED_VALUE_ERROR`: `encodedList` is not one bounded GZIP stream.
    #[error(transparent)]
    Inflate(#[from] InflateError),
    /// `STATUS_VERIFICATION_ERROR`: the list was made for something else.
    #[error("the credential asks for its {expected}, the list tells {got}; it is the wrong list")]
    Purpose {
        /// The purpose of the credential's entry.
        expected: StatusPurpose,
        /// The purposes of the list.
        got: String,
    },
    /// `STATUS_VERIFICATION_ERROR`: the credential names another list.
    #[error("the credential's list is {expected}, this one is {got}; fetch the right list")]
    OtherList {
        /// `statusListCredential` of the entry.
        expected: String,
        /// `id` of the list.
        got: String,
    },
    /// `STATUS_VERIFICATION_ERROR`: entry and list disagree on the bits an entry has.
    #[error("the credential's entry has {expected} bits, those of the list have {got}; it is the wrong list")]
    OtherSize {
        /// `statusSize` of the credential's entry.
        expected: u8,
        /// `statusSize` of the list.
        got: u8,
    },
    /// `STATUS_VERIFICATION_ERROR`: the list is not valid yet.
    #[error("the status list is valid from {valid_from}, but it is {now}; check this device's clock")]
    NotYetValid {
        /// `validFrom`.
        valid_from: Timestamp,
        /// The time given.
        now: Timestamp,
    },
    /// `STATUS_VERIFICATION_ERROR`: the list is not valid any more.
    #[error("the status list was valid until {valid_until}, it is {now}; fetch a fresh one")]
    Expired {
        /// `validUntil`.
        valid_until: Timestamp,
        /// The time given.
        now: Timestamp,
    },
    /// `STATUS_LIST_LENGTH_ERROR`: too short to hide in.
    #[error("the list has {got} entries; at least {min} are needed to hide among")]
    TooShort {
        /// Entries of the list.
        got: u64,
        /// [`MIN_ENTRIES`].
        min: u64,
    },
    /// `RANGE_ERROR`.
    #[error(transparent)]
    Index(#[from] IndexOutOfRange),
    /// A status that has no bits for this purpose.
    #[error("index {index} is {status}, which a list for {purpose} cannot tell")]
    Untellable {
        /// The index.
        index: u64,
        /// Its status.
        status: Status,
        /// The purpose of the list to be made.
        purpose: StatusPurpose,
    },
}

/// Shorthand for [`BitstringError::Member`].
const fn needs(member: &'static str, expected: &'static str) -> BitstringError {
    BitstringError::Member { member, expected }
}

/// One string or an array of them.
fn strings(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) if !items.is_empty() => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// An object of the members that are there.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
