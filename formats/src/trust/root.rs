//! The root key and its rotation: each old root signs the next one.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::key::KeyId;
use super::list::TrustListError;
use super::wire::{self, public_key, timestamp};
use crate::cose::{self, Kind};
use crate::keys::PublicKey;
use crate::time::Timestamp;

/// The longest chain of rotations a trust list carries. A root lives for years, so this is decades.
pub const MAX_TRANSITIONS: usize = 16;

/// The old root names the new one. `root-transition = [1, {0: key, 1: time}]`
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RootTransition {
    /// The root from now on.
    #[cbor(n(0), with = "public_key")]
    pub new_root: PublicKey,
    /// When the old root signed this.
    #[cbor(n(1), with = "timestamp")]
    pub issued_at: Timestamp,
}

impl RootTransition {
    /// The bytes for the old root to sign.
    #[must_use]
    pub fn prepare(&self, old_root: &PublicKey) -> cose::Unsigned {
        let kid = KeyId::of(old_root);
        cose::prepare(Kind::RootTransition, old_root.algorithm(), kid.as_bytes(), wire::to_vec(self))
    }
}

/// Walks from the pinned root to the newest one that the chain leads to.
///
/// `chain` is ordered from the oldest rotation to the newest. Rotations that lead up to the pinned root are
/// passed over: whoever pinned a later root need not trust an earlier one.
pub(super) fn follow(pinned: &PublicKey, chain: &[ByteVec]) -> Result<PublicKey, TrustListError> {
    if chain.len() > MAX_TRANSITIONS {
        return Err(TrustListError::ChainTooLong { expected: MAX_TRANSITIONS, got: chain.len() });
    }
    let mut root = pinned.clone();
    for statement in chain {
        let statement = cose::Unverified::parse(statement)?;
        if KeyId::from_kid(statement.kid()) == Some(KeyId::of(&root)) {
            let verified = statement.verify(Kind::RootTransition, &root)?;
            let transition: RootTransition = wire::from_slice("root transition", verified.payload())?;
            root = transition.new_root;
        }
    }
    Ok(root)
}
