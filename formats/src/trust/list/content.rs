//! What a trust list says, and how it is made.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::super::key::KeyId;
use super::super::root::MAX_TRANSITIONS;
use super::super::wire::{self, PayloadError, at_most, public_key, timestamp};
use super::party::{Issuer, Registrar};
use crate::cose::{self, Kind};
use crate::keys::{PublicKey, Signature};
use crate::time::Timestamp;

/// The most issuers: every public body of a country, and its counties, several times over.
const MAX_ISSUERS: usize = 1024;
/// The most registrars: one for each sector or county.
const MAX_REGISTRARS: usize = 128;

/// What a trust list says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TrustListContent {
    /// Rises with every list; a reader never goes back.
    #[n(0)]
    pub version: u64,
    /// When the root signed it.
    #[cbor(n(1), with = "timestamp")]
    pub issued_at: Timestamp,
    /// When to expect the next one at the latest.
    #[cbor(n(2), with = "timestamp")]
    pub next_update: Timestamp,
    /// In ascending order of their id.
    #[n(3)]
    pub issuers: Vec<Issuer>,
    /// In ascending order of their id.
    #[n(4)]
    pub registrars: Vec<Registrar>,
}

impl TrustListContent {
    /// The bytes for the root to sign, with the rotations that lead to this root from earlier ones, oldest
    /// first. Sorts what must be sorted.
    ///
    /// # Errors
    /// If the content breaks a rule that readers check.
    pub fn prepare(
        mut self,
        root: &PublicKey,
        transitions: Vec<Vec<u8>>,
    ) -> Result<UnsignedTrustList, PayloadError> {
        at_most("root transitions", MAX_TRANSITIONS, transitions.len())?;
        self.sort();
        self.check()?;
        let kid = KeyId::of(root);
        Ok(UnsignedTrustList {
            root: root.clone(),
            transitions,
            list: cose::prepare(Kind::TrustList, root.algorithm(), kid.as_bytes(), wire::to_vec(&self)),
        })
    }

    /// The payload that the root would sign, for carrying it to the root.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_vec(self)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) gave. Nobody signed it; what it says is checked when it is signed.
    ///
    /// # Errors
    /// If the bytes are not the content of a trust list.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        wire::from_slice("trust list", bytes)
    }

    fn sort(&mut self) {
        self.issuers.sort_by(|a, b| a.id.cmp(&b.id));
        self.registrars.sort_by(|a, b| a.id.cmp(&b.id));
        for issuer in &mut self.issuers {
            issuer.keys.sort_by(|a, b| a.kid.cmp(&b.kid));
            issuer.types.sort();
            issuer.status_prefixes.sort();
        }
        for registrar in &mut self.registrars {
            registrar.keys.sort_by_cached_key(|key| KeyId::of(&key.key));
        }
    }

    pub(super) fn check(&self) -> Result<(), PayloadError> {
        if self.next_update <= self.issued_at {
            let (from, until) = (self.issued_at, self.next_update);
            return Err(PayloadError::EmptyInterval { what: "trust list", from, until });
        }
        at_most("issuers", MAX_ISSUERS, self.issuers.len())?;
        wire::ascending("issuers", self.issuers.iter().map(|issuer| &issuer.id))?;
        self.issuers.iter().try_for_each(Issuer::check)?;
        at_most("registrars", MAX_REGISTRARS, self.registrars.len())?;
        wire::ascending("registrars", self.registrars.iter().map(|registrar| &registrar.id))?;
        self.registrars.iter().try_for_each(Registrar::check)
    }
}

/// What travels: the list, and the rotations that lead to its root.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct TrustListFile {
    #[n(0)]
    pub(super) transitions: Vec<ByteVec>,
    #[n(1)]
    pub(super) list: ByteVec,
    /// The key that signed `list`. Only a reader without a root of its own learns something from it.
    #[cbor(n(2), with = "public_key")]
    pub(super) root: PublicKey,
}

/// A trust list that waits for the root's signature.
#[derive(Debug)]
pub struct UnsignedTrustList {
    root: PublicKey,
    transitions: Vec<Vec<u8>>,
    list: cose::Unsigned,
}

impl UnsignedTrustList {
    /// The bytes for the root to sign.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.list.to_be_signed()
    }

    /// The signed trust list, for [`TrustList::verify`](super::TrustList::verify).
    #[must_use]
    pub fn finish(self, signature: &Signature) -> Vec<u8> {
        let transitions = self.transitions.into_iter().map(ByteVec::from).collect();
        let list = self.list.finish(signature).into();
        wire::to_vec(&TrustListFile { transitions, list, root: self.root })
    }
}
