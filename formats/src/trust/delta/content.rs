//! What a delta says.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use super::super::bundle::{ListWire, TypeDocument};
use super::super::registration::Serial;
use super::super::wire::timestamp;
use crate::time::Timestamp;

/// What is signed.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct DeltaWire {
    #[n(0)]
    pub(super) base_version: u64,
    /// SHA-256 of the base's signed payload: a version alone could name two bundles.
    #[n(1)]
    pub(super) base_sha256: ByteArray<32>,
    #[n(2)]
    pub(super) version: u64,
    #[cbor(n(3), with = "timestamp")]
    pub(super) issued_at: Timestamp,
    #[cbor(n(4), with = "timestamp")]
    pub(super) next_update: Timestamp,
    /// The signature of the newer bundle, by the key that signs this delta.
    #[n(5)]
    pub(super) bundle_signature: ByteArray<64>,
    /// The time of every kept list that `changed` gives no other.
    #[cbor(n(6), with = "timestamp")]
    pub(super) as_of: Timestamp,
    #[cbor(n(7), skip_if = "Vec::is_empty")]
    pub(super) changed: Vec<ListChange>,
    /// Positions in the base's list of lists, ascending.
    #[cbor(n(8), skip_if = "Vec::is_empty")]
    pub(super) removed: Vec<u32>,
    #[cbor(n(9), skip_if = "Vec::is_empty")]
    pub(super) added: Vec<ListWire>,
    #[cbor(n(10), skip_if = "Vec::is_empty")]
    pub(super) removed_types: Vec<String>,
    /// New documents, and new texts of known ones.
    #[cbor(n(11), skip_if = "Vec::is_empty")]
    pub(super) types: Vec<TypeDocument>,
    #[cbor(n(12), skip_if = "Vec::is_empty")]
    pub(super) reinstated: Vec<Serial>,
    #[cbor(n(13), skip_if = "Vec::is_empty")]
    pub(super) withdrawn: Vec<Serial>,
}

/// What happens to one list. The base is fixed, so its position names it: 3 bytes instead of a URI.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct ListChange {
    #[n(0)]
    pub(super) position: u32,
    #[n(1)]
    pub(super) as_of: Option<Seconds>,
    /// `bstr .cbor compact-delta`
    #[n(2)]
    pub(super) delta: Option<ByteVec>,
}

/// A time in an optional place.
#[derive(Clone, Copy, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct Seconds(#[cbor(n(0), with = "timestamp")] pub(super) Timestamp);

/// What travels: the newer trust list where it changed, and the statement that the registrar signed.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct DeltaFile {
    #[n(0)]
    pub(super) trust_list: Option<ByteVec>,
    #[n(1)]
    pub(super) statement: ByteVec,
}
