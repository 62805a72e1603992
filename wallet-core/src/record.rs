//! What the host stores: sealed records under names that say their kind and a number, and nothing else.

use std::fmt;

use minicbor::{CborLen, Decode, Encode};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::vault::{Vault, VaultError};

/// One write to the host's storage. All changes of one step are on disk together, or none of them is, before the step
/// counts as done: a copy must not be shown before it is stored that it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a change that is not stored did not happen"]
pub enum Change {
    /// Stores a sealed record, in place of the one that may be there.
    Put {
        /// Its name.
        name: String,
        /// What to store.
        sealed: Vec<u8>,
    },
    /// Removes a record.
    Delete {
        /// Its name.
        name: String,
    },
}

/// The kinds of records. Their names stand in the clear, so they tell how many records there are, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Root,
    Bundle,
    /// The newest answer.
    Answer,
    /// A key that waits for its credential.
    Key(u64),
    /// A copy and its key.
    Copy(u64),
    /// An entry of the history.
    Shown(u64),
}

impl Name {
    /// The name that a text is, if it is one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let name = match text.split_once('/') {
            None if text == "root" => Self::Root,
            None if text == "bundle" => Self::Bundle,
            None if text == "answer" => Self::Answer,
            Some(("key", number)) => Self::Key(number.parse().ok()?),
            Some(("copy", number)) => Self::Copy(number.parse().ok()?),
            Some(("shown", number)) => Self::Shown(number.parse().ok()?),
            _ => return None,
        };
        // `+1` and `01` are other texts of the number 1.
        (name.to_string() == text).then_some(name)
    }

    pub(crate) const fn number(self) -> Option<u64> {
        match self {
            Self::Root | Self::Bundle | Self::Answer => None,
            Self::Key(number) | Self::Copy(number) | Self::Shown(number) => Some(number),
        }
    }

    pub(crate) fn put(
        self,
        vault: &Vault,
        record: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Change, VaultError> {
        let name = self.to_string();
        let sealed = vault.seal(&name, record, rng)?;
        Ok(Change::Put { name, sealed })
    }

    pub(crate) fn delete(self) -> Change {
        Change::Delete { name: self.to_string() }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("root"),
            Self::Bundle => f.write_str("bundle"),
            Self::Answer => f.write_str("answer"),
            Self::Key(number) => write!(f, "key/{number}"),
            Self::Copy(number) => write!(f, "copy/{number}"),
            Self::Shown(number) => write!(f, "shown/{number}"),
        }
    }
}

/// The layout of records: one byte, then CBOR with numbered fields, so that optional fields can be added.
const LAYOUT: u8 = 1;

/// A record's bytes, wiped when dropped. Written in one piece, so that no copy of a secret is left behind in memory that
/// a growing buffer gave back.
pub(crate) fn encode<T: Encode<()> + CborLen<()>>(record: &T) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(1 + minicbor::len(record)));
    bytes.push(LAYOUT);
    let written: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
        minicbor::encode(record, &mut *bytes);
    debug_assert!(written.is_ok(), "encoding into memory does not fail");
    bytes
}

/// The record of these bytes; `None` if they are of another layout.
pub(crate) fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Option<T> {
    match bytes.split_first() {
        Some((&LAYOUT, cbor)) => minicbor::decode(cbor).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_its_own_spelling_is_a_name() {
        for text in ["", "roots", "copy", "copy/", "copy/+1", "copy/01", "copy/-1", "copy/1/2", "Copy/1"] {
            assert_eq!(Name::parse(text), None, "{text}");
        }
        for name in [Name::Root, Name::Bundle, Name::Answer] {
            assert_eq!((Name::parse(&name.to_string()), name.number()), (Some(name), None));
        }
    }

    proptest! {
        #[test]
        fn names_survive(number: u64) {
            for name in [Name::Key(number), Name::Copy(number), Name::Shown(number)] {
                prop_assert_eq!(Name::parse(&name.to_string()), Some(name));
                prop_assert_eq!(name.number(), Some(number));
            }
        }

        #[test]
        fn records_survive_and_other_layouts_are_refused(text in ".{0,40}", layout in 2_u8..) {
            let mut bytes = encode(&text).to_vec();
            prop_assert_eq!(decode::<String>(&bytes), Some(text));
            bytes[0] = layout;
            prop_assert_eq!(decode::<String>(&bytes), None);
        }
    }
}
