//! What a bundle says, and how it is made.

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use super::super::key::KeyId;
use super::super::list::TrustList;
use super::super::registration::Withdrawn;
use super::super::text;
use super::super::wire::{self, PayloadError, at_most};
use super::error::BundleError;
use super::format::{BundleFile, ContentWire};
use crate::cose::{self, Kind};
use crate::json;
use crate::keys::{PublicKey, Signature};
use crate::status::compact::CompactList;
use crate::time::Timestamp;

/// The most status lists: 50 million people with 30 single-use copies each, in lists of a million entries,
/// need 1,431; ten times that many fit.
pub const MAX_LISTS: usize = 1 << 14;
/// The most types, one document each.
const MAX_TYPES: usize = 256;
/// The longest type document; those that ship take a few kilobytes.
const MAX_TYPE_BYTES: usize = 1 << 16;
/// The most withdrawn registrations, 9 bytes each: more than there are shops that lose theirs in a year.
const MAX_WITHDRAWN: usize = 1 << 18;

/// What a bundle says, beside the trust list in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleContent {
    /// Rises with every bundle; a reader never goes back.
    pub version: u64,
    /// When the registrar signed it. A device whose clock is earlier is wrong.
    pub issued_at: Timestamp,
    /// When to expect the next one at the latest.
    pub next_update: Timestamp,
    /// Every status list, in ascending order of its URI.
    pub status_lists: Vec<BundledList>,
    /// Every type document, in ascending order of its id.
    pub types: Vec<TypeDocument>,
    /// The registrations that were withdrawn and whose end has not come yet.
    pub withdrawn: Withdrawn,
}

/// A status list as of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledList {
    /// The URI that credentials name.
    pub uri: String,
    /// When its issuer published it.
    pub as_of: Timestamp,
    /// The statuses.
    pub list: CompactList,
}

/// The SD-JWT VC Type Metadata of one credential type.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TypeDocument {
    /// The type's id.
    #[n(0)]
    pub id: String,
    /// The document, one JSON object, byte for byte as its publisher wrote it.
    #[n(1)]
    pub json: String,
}

impl TypeDocument {
    /// SHA-256 of the document, to compare with a credential's `vct#integrity`. The bundle does not carry it:
    /// a digest beside its text could only repeat it or be wrong.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.json.as_bytes()).into()
    }

    fn check(&self) -> Result<(), BundleError> {
        text::identifier("type id", &self.id)?;
        at_most("bytes of a type document", MAX_TYPE_BYTES, self.json.len())?;
        let refused = |source| BundleError::TypeDocument { id: self.id.clone(), source };
        json::parse_object(self.json.as_bytes()).map(drop).map_err(refused)
    }
}

impl BundleContent {
    /// The bytes for the registrar to sign. Sorts what must be sorted.
    ///
    /// # Errors
    /// If the content breaks a rule that readers check, or the trust list does not know the registrar's key.
    pub fn prepare(
        mut self,
        trust: &TrustList,
        registrar: &PublicKey,
    ) -> Result<UnsignedBundle, BundleError> {
        self.status_lists.sort_by(|a, b| a.uri.cmp(&b.uri));
        self.types.sort_by(|a, b| a.id.cmp(&b.id));
        let kid = KeyId::of(registrar);
        let (_, key) = trust.registrar_key(kid.as_bytes()).ok_or_else(|| {
            let got = kid.to_string();
            BundleError::UnknownRegistrar { got }
        })?;
        key.validity.check(self.issued_at).map_err(BundleError::RegistrarKey)?;
        self.check(trust)?;
        let payload = wire::to_vec(&ContentWire::new(&self, trust.sha256()));
        let statement = cose::prepare(Kind::Bundle, registrar.algorithm(), kid.as_bytes(), payload);
        Ok(UnsignedBundle { trust_list: trust.as_bytes().to_vec(), statement })
    }

    pub(super) fn check(&self, trust: &TrustList) -> Result<(), BundleError> {
        if self.next_update <= self.issued_at {
            let (from, until) = (self.issued_at, self.next_update);
            return Err(PayloadError::EmptyInterval { what: "bundle", from, until }.into());
        }
        at_most("status lists", MAX_LISTS, self.status_lists.len())?;
        wire::ascending("status lists", self.status_lists.iter().map(|list| &list.uri))?;
        self.status_lists.iter().try_for_each(|list| list.check(self.issued_at, trust))?;
        at_most("types", MAX_TYPES, self.types.len())?;
        wire::ascending("types", self.types.iter().map(|document| &document.id))?;
        self.types.iter().try_for_each(TypeDocument::check)?;
        at_most("withdrawn registrations", MAX_WITHDRAWN, self.withdrawn.serials().len())?;
        Ok(())
    }
}

impl BundledList {
    fn check(&self, issued_at: Timestamp, trust: &TrustList) -> Result<(), BundleError> {
        if !trust.content().issuers.iter().any(|issuer| issuer.publishes(&self.uri)) {
            return Err(BundleError::UnclaimedList { uri: self.uri.clone() });
        }
        if self.as_of > issued_at {
            let (uri, as_of) = (self.uri.clone(), self.as_of);
            return Err(BundleError::ListFromTheFuture { uri, as_of, issued_at });
        }
        Ok(())
    }
}

/// A bundle that waits for the registrar's signature.
#[derive(Debug)]
pub struct UnsignedBundle {
    trust_list: Vec<u8>,
    statement: cose::Unsigned,
}

impl UnsignedBundle {
    /// The bytes for the registrar to sign.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.statement.to_be_signed()
    }

    /// The signed bundle, for [`Bundle::verify`](super::Bundle::verify).
    #[must_use]
    pub fn finish(self, signature: &Signature) -> Vec<u8> {
        let statement = self.statement.finish(signature).into();
        wire::to_vec(&BundleFile { trust_list: self.trust_list.into(), statement })
    }
}
