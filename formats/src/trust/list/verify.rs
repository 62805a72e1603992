//! Checking a trust list, and looking things up in a checked one.

use minicbor::bytes::ByteVec;
use sha2::{Digest, Sha256};

use super::super::key::KeyId;
use super::super::root;
use super::super::wire::{self, PayloadError};
use super::content::{TrustListContent, TrustListFile};
use super::party::{Issuer, Registrar, RegistrarKey};
use crate::cose::{self, CoseError, Kind};
use crate::keys::PublicKey;
use crate::time::Timestamp;

/// The longest trust list with its rotations: 1,024 issuers at 1 kB each.
const MAX_BYTES: usize = 1 << 20;

/// A trust list that the root signed.
///
/// [`TrustList::verify`], the only way to one,
/// 1. bounds the size and takes the file apart, refusing a format it does not know;
/// 2. follows the rotations from the pinned root to the newest (at most [`MAX_TRANSITIONS`](super::super::MAX_TRANSITIONS));
/// 3. requires that this root signed the list;
/// 4. reads the content, deterministic CBOR without unknown keys;
/// 5. checks bounds, order, texts and intervals, and that no identifier or key stands for two parties.
#[derive(Clone, Debug)]
pub struct TrustList {
    content: TrustListContent,
    root: PublicKey,
    /// Where in `content.issuers` a DID's issuer stands, in ascending order of the DID.
    by_did: Vec<(String, usize)>,
    /// Where in `content.registrars` and its `keys` a key stands, in ascending order of the id.
    by_key: Vec<(KeyId, usize, usize)>,
    transitions: Vec<ByteVec>,
    bytes: Vec<u8>,
    sha256: [u8; 32],
}

impl TrustList {
    /// Checks a trust list against the root that the reader pinned.
    ///
    /// # Errors
    /// If it was not signed by the pinned root or one that the pinned root leads to, or breaks a rule.
    pub fn verify(bytes: &[u8], pinned_root: &PublicKey) -> Result<Self, TrustListError> {
        let file = read(bytes)?;
        let root = root::follow(pinned_root, &file.transitions)?;
        let statement = cose::Unverified::parse(&file.list)?;
        let expected = KeyId::of(&root);
        if KeyId::from_kid(statement.kid()) != Some(expected) {
            let got = statement.kid().iter().map(|byte| format!("{byte:02x}")).collect();
            return Err(TrustListError::UnknownRoot { expected, got });
        }
        if file.root != root {
            return Err(TrustListError::UnknownRoot { expected, got: KeyId::of(&file.root).to_string() });
        }
        let verified = statement.verify(Kind::TrustList, &root)?;
        let content: TrustListContent = wire::from_slice("trust list", verified.payload())?;
        content.check()?;
        let (by_did, by_key) = (index_dids(&content)?, index_keys(&content)?);
        let sha256 = Sha256::digest(bytes).into();
        let transitions = file.transitions;
        Ok(Self { content, root, by_did, by_key, transitions, bytes: bytes.to_vec(), sha256 })
    }

    /// The root that a file says it is from, for a reader that was shipped without one: whoever made the file chose
    /// it, so a person has to compare its thumbprint with a published one before it is pinned.
    ///
    /// # Errors
    /// If the bytes are not a trust list file.
    pub fn root_unverified(bytes: &[u8]) -> Result<PublicKey, TrustListError> {
        Ok(read(bytes)?.root)
    }

    /// The issuer with this `iss` URL or DID. Neither parses nor allocates.
    #[must_use]
    pub fn issuer(&self, id: &str) -> Option<&Issuer> {
        let issuers = &self.content.issuers;
        let at = match self.by_did.binary_search_by(|(did, _)| did.as_str().cmp(id)) {
            Ok(found) => self.by_did.get(found)?.1,
            Err(_) => issuers.binary_search_by(|issuer| issuer.id.as_str().cmp(id)).ok()?,
        };
        issuers.get(at)
    }

    /// The registrar's key that a COSE header names, and whose it is.
    #[must_use]
    pub fn registrar_key(&self, kid: &[u8]) -> Option<(&Registrar, &RegistrarKey)> {
        let kid = KeyId::from_kid(kid)?;
        let found = self.by_key.binary_search_by(|(known, ..)| known.cmp(&kid)).ok()?;
        let (_, registrar, key) = self.by_key.get(found)?;
        let registrar = self.content.registrars.get(*registrar)?;
        Some((registrar, registrar.keys.get(*key)?))
    }

    /// What the list says.
    #[must_use]
    pub fn content(&self) -> &TrustListContent {
        &self.content
    }

    /// The version, which rises with every list.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.content.version
    }

    /// Whether the next list is due. Whether to rely on this one nevertheless is the caller's policy.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        now >= self.content.next_update
    }

    /// The root that signed this list: the one to pin from now on.
    #[must_use]
    pub fn root(&self) -> &PublicKey {
        &self.root
    }

    /// The rotations that lead to this root from earlier ones, oldest first: the next list repeats them.
    pub fn transitions(&self) -> impl Iterator<Item = &[u8]> {
        self.transitions.iter().map(|statement| statement.as_slice())
    }

    /// The signed list as it came.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of [`as_bytes`](Self::as_bytes).
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

fn read(bytes: &[u8]) -> Result<TrustListFile, TrustListError> {
    if bytes.len() > MAX_BYTES {
        return Err(TrustListError::TooLong { expected: MAX_BYTES, got: bytes.len() });
    }
    Ok(wire::from_slice("trust list file", bytes)?)
}

fn index_dids(content: &TrustListContent) -> Result<Vec<(String, usize)>, PayloadError> {
    let with_did = content.issuers.iter().enumerate();
    let mut index: Vec<_> = with_did.filter_map(|(at, issuer)| Some((issuer.did.clone()?, at))).collect();
    index.sort();
    // An id cannot equal a DID: one begins with `https:`, the other with `did:`.
    wire::ascending("DIDs of issuers", index.iter().map(|(did, _)| did))?;
    Ok(index)
}

fn index_keys(content: &TrustListContent) -> Result<Vec<(KeyId, usize, usize)>, PayloadError> {
    let mut index = Vec::new();
    for (at, registrar) in content.registrars.iter().enumerate() {
        index
            .extend(registrar.keys.iter().enumerate().map(|(key_at, key)| (KeyId::of(&key.key), at, key_at)));
    }
    index.sort();
    wire::ascending("keys of all registrars", index.iter().map(|(id, ..)| id))?;
    Ok(index)
}

/// Why a trust list was refused.
#[derive(Debug, thiserror::Error)]
pub enum TrustListError {
    /// Longer than any trust list.
    #[error("the trust list has {got} bytes where at most {expected} are allowed; fetch it again")]
    TooLong {
        /// The most that is allowed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Signed by a root that the pinned one does not lead to.
    #[error(
        "the trust list is signed by root {got}, not by {expected} or one it leads to; fetch it from its publisher"
    )]
    UnknownRoot {
        /// The newest root that the pinned one leads to.
        expected: KeyId,
        /// The root that the list names.
        got: String,
    },
    /// More rotations than [`MAX_TRANSITIONS`](super::super::MAX_TRANSITIONS).
    #[error(
        "the trust list has {got} root transitions where at most {expected} are allowed; pin a newer root"
    )]
    ChainTooLong {
        /// The most that is allowed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A bad signature, or no COSE_Sign1 at all.
    #[error("the trust list is not the root's: {0}")]
    Signature(#[from] CoseError),
    /// The content breaks a rule.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

crate::error_codes!(TrustListError {
    Self::TooLong { .. } => "trust_list_too_long",
    Self::UnknownRoot { .. } => "trust_list_other_root",
    Self::ChainTooLong { .. } => "trust_list_chain_too_long",
    Self::Payload(PayloadError::UnknownVersion { .. }) => "trust_list_too_new",
    Self::Payload(_)
    | Self::Signature(CoseError::Structure { .. } | CoseError::TooLong { .. } | CoseError::Detached) => "trust_list_malformed",
    Self::Signature(_) => "trust_list_signature_invalid",
});
