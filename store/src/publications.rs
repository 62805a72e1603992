//! What the issuer has published, by version.

use minicbor::{Decode, Encode};

use crate::{Event, StoreError};

/// Keeps the newest version of every signed document, and never goes back.
pub trait Publications {
    /// A version that was never taken before: 1 at first. What is taken and not published leaves a gap.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn next_version(&self, document: Document) -> Result<u64, StoreError>;

    /// Publishes a version.
    ///
    /// # Errors
    ///
    /// [`StoreError::OldVersion`] unless the version is newer than what was published.
    fn publish(&self, publication: &Publication, event: &Event) -> Result<(), StoreError>;

    /// The number of the newest version published; 0 before the first.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn published_version(&self, document: Document) -> Result<u64, StoreError>;

    /// The newest version published.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn latest(&self, document: Document) -> Result<Option<Publication>, StoreError>;

    /// What the clock says that all processes of the store share, in seconds; none where the store is one process's.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn shared_clock(&self) -> Result<Option<i64>, StoreError>;
}

/// A kind of document that is published by version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Document {
    /// The trust list.
    #[n(0)]
    TrustList,
    /// The bundle of trust list, status lists and types.
    #[n(1)]
    Bundle,
}

impl Document {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::TrustList => 0,
            Self::Bundle => 1,
        }
    }
}

/// A published version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Publication {
    /// What it is.
    #[n(0)]
    pub document: Document,
    /// Its version.
    #[n(1)]
    pub version: u64,
    /// When it was made.
    #[n(2)]
    pub at: i64,
    /// The signed document.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// How many entries of the audit, from its beginning, had happened before it was begun: what those changed is in it.
    /// 0 where that is not counted.
    #[cbor(n(4), default)]
    pub entries: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publication_of_before_entries_were_counted_is_read() {
        let newer = Publication { document: Document::Bundle, version: 3, at: 5, bytes: vec![9], entries: 7 };
        let mut bytes = minicbor::to_vec(&newer).unwrap();
        assert_eq!(minicbor::decode::<Publication>(&bytes).unwrap(), newer);
        // Four members instead of five.
        assert_eq!((bytes[0], bytes.pop()), (0x85, Some(7)));
        bytes[0] = 0x84;
        assert_eq!(minicbor::decode::<Publication>(&bytes).unwrap(), Publication { entries: 0, ..newer });
    }
}
