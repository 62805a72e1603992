//! The bundle in CBOR (`spec/trust.cddl`). Full bundles and deltas share it.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use super::super::registration::Serial;
use super::super::wire::{self, timestamp};
use super::content::{BundleContent, BundledList, TypeDocument};
use super::error::BundleError;
use crate::status::compact::CompactList;
use crate::time::Timestamp;

/// What is signed. The digest ties the trust list beside it to it.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(in super::super) struct ContentWire {
    #[n(0)]
    pub(in super::super) version: u64,
    #[cbor(n(1), with = "timestamp")]
    pub(in super::super) issued_at: Timestamp,
    #[cbor(n(2), with = "timestamp")]
    pub(in super::super) next_update: Timestamp,
    #[n(3)]
    pub(in super::super) trust_list_sha256: ByteArray<32>,
    #[n(4)]
    pub(in super::super) status_lists: Vec<ListWire>,
    #[n(5)]
    pub(in super::super) types: Vec<TypeDocument>,
    #[n(6)]
    pub(in super::super) withdrawn: Vec<Serial>,
}

/// `status-list = {0: uri, 1: time, 2: bstr .cbor compact-list}`
#[derive(Encode, Decode)]
#[cbor(map)]
pub(in super::super) struct ListWire {
    #[n(0)]
    pub(in super::super) uri: String,
    #[cbor(n(1), with = "timestamp")]
    pub(in super::super) as_of: Timestamp,
    #[n(2)]
    pub(in super::super) list: ByteVec,
}

impl From<&BundledList> for ListWire {
    fn from(bundled: &BundledList) -> Self {
        Self { uri: bundled.uri.clone(), as_of: bundled.as_of, list: bundled.list.to_bytes().into() }
    }
}

impl TryFrom<ListWire> for BundledList {
    type Error = BundleError;

    fn try_from(wire: ListWire) -> Result<Self, BundleError> {
        let list = CompactList::from_bytes(&wire.list)
            .map_err(|source| BundleError::StatusList { uri: wire.uri.clone(), source })?;
        Ok(Self { uri: wire.uri, as_of: wire.as_of, list })
    }
}

impl TryFrom<ContentWire> for BundleContent {
    type Error = BundleError;

    fn try_from(wire: ContentWire) -> Result<Self, BundleError> {
        wire::ascending("withdrawn registrations", &wire.withdrawn)?;
        Ok(Self {
            version: wire.version,
            issued_at: wire.issued_at,
            next_update: wire.next_update,
            status_lists: wire
                .status_lists
                .into_iter()
                .map(BundledList::try_from)
                .collect::<Result<_, _>>()?,
            types: wire.types,
            withdrawn: wire.withdrawn.into_iter().collect(),
        })
    }
}

/// What travels: the trust list, which names the registrar, and the statement that the registrar signed.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(in super::super) struct BundleFile {
    #[n(0)]
    pub(in super::super) trust_list: ByteVec,
    #[n(1)]
    pub(in super::super) statement: ByteVec,
}

impl ContentWire {
    pub(super) fn new(content: &BundleContent, trust_list_sha256: &[u8; 32]) -> Self {
        Self {
            version: content.version,
            issued_at: content.issued_at,
            next_update: content.next_update,
            trust_list_sha256: (*trust_list_sha256).into(),
            status_lists: content.status_lists.iter().map(ListWire::from).collect(),
            types: content.types.clone(),
            withdrawn: content.withdrawn.serials().to_vec(),
        }
    }
}
