//! Making a delta between two bundles.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bundle::{Bundle, BundledList, ListWire, TypeDocument};
use super::super::key::KeyId;
use super::super::registration::Serial;
use super::super::wire;
use super::content::{DeltaFile, DeltaWire, ListChange, Seconds};
use super::error::DeltaError;
use crate::cose::{self, Kind};
use crate::keys::Signature;
use crate::status::compact::Delta;
use crate::time::Timestamp;

impl Bundle {
    /// The delta from this bundle to `next`, for the key that signed `next` to sign
    /// ([`Bundle::signer`]).
    ///
    /// # Errors
    /// If `next` is not newer than this bundle.
    pub fn prepare_delta(&self, next: &Bundle) -> Result<UnsignedDelta, DeltaError> {
        let (base_version, version) = (self.content().version, next.content().version);
        if version <= base_version {
            return Err(DeltaError::NotNewer { base: base_version, got: version });
        }
        let (_, signer) = next
            .trust()
            .registrar_key(next.signer().as_bytes())
            .ok_or_else(|| DeltaError::UnknownRegistrar { got: next.signer().to_string() })?;
        let payload = wire::to_vec(&between(self, next));
        let trust_list =
            (self.trust().sha256() != next.trust().sha256()).then(|| next.trust().as_bytes().to_vec());
        let kid = next.signer();
        let statement = cose::prepare(Kind::Delta, signer.key.algorithm(), kid.as_bytes(), payload);
        Ok(UnsignedDelta { trust_list, signer: kid, statement })
    }
}

fn between(base: &Bundle, next: &Bundle) -> DeltaWire {
    let content = next.content();
    let as_of = content.status_lists.iter().map(|list| list.as_of).max().unwrap_or(content.issued_at);
    let mut delta = DeltaWire {
        base_version: base.content().version,
        base_sha256: (*base.sha256()).into(),
        version: content.version,
        issued_at: content.issued_at,
        next_update: content.next_update,
        bundle_signature: next.signature().0.into(),
        as_of,
        changed: Vec::new(),
        removed: Vec::new(),
        added: Vec::new(),
        removed_types: Vec::new(),
        types: Vec::new(),
        reinstated: Vec::new(),
        withdrawn: Vec::new(),
    };
    lists_between(base, next, &mut delta);
    types_between(base, next, &mut delta);
    serials_between(base, next, &mut delta);
    delta
}

fn lists_between(base: &Bundle, next: &Bundle, delta: &mut DeltaWire) {
    let mut new: BTreeMap<&str, &BundledList> =
        next.content().status_lists.iter().map(|list| (list.uri.as_str(), list)).collect();
    for (position, old) in (0..).zip(&base.content().status_lists) {
        let kept = new.get(old.uri.as_str()).and_then(|list| change(position, old, list, delta.as_of));
        match kept {
            Some(change) => {
                new.remove(old.uri.as_str());
                delta.changed.extend(change);
            }
            // Gone, or changed so much that it travels whole.
            None => delta.removed.push(position),
        }
    }
    delta.added = new.into_values().map(ListWire::from).collect();
}

/// What turns `old` into `new`: nothing to say, one change, or (`None`) better the whole list.
fn change(
    position: u32,
    old: &BundledList,
    new: &BundledList,
    as_of: Timestamp,
) -> Option<Option<ListChange>> {
    let as_of = (new.as_of != as_of).then_some(Seconds(new.as_of));
    let mut delta = None;
    if old.list != new.list {
        let bytes = Delta::between(&old.list, &new.list).ok()?.to_bytes();
        delta = Some(bytes).filter(|bytes| bytes.len() < new.list.to_bytes().len() + new.uri.len());
        delta.as_ref()?;
    }
    let says_something = as_of.is_some() || delta.is_some();
    Some(says_something.then(|| ListChange { position, as_of, delta: delta.map(Into::into) }))
}

fn types_between(base: &Bundle, next: &Bundle, delta: &mut DeltaWire) {
    let (old, new) = (&base.content().types, &next.content().types);
    let gone = |document: &&TypeDocument| next.type_document(&document.id).is_none();
    delta.removed_types = old.iter().filter(gone).map(|document| document.id.clone()).collect();
    let changed = |document: &&TypeDocument| base.type_document(&document.id) != Some(document);
    delta.types = new.iter().filter(changed).cloned().collect();
}

fn serials_between(base: &Bundle, next: &Bundle, delta: &mut DeltaWire) {
    let [old, new] = [base, next]
        .map(|bundle| -> BTreeSet<Serial> { bundle.content().withdrawn.serials().iter().copied().collect() });
    delta.reinstated = old.difference(&new).copied().collect();
    delta.withdrawn = new.difference(&old).copied().collect();
}

/// A delta that waits for the registrar's signature.
#[derive(Debug)]
pub struct UnsignedDelta {
    trust_list: Option<Vec<u8>>,
    signer: KeyId,
    statement: cose::Unsigned,
}

impl UnsignedDelta {
    /// The key that must sign: the one that signed the newer bundle.
    #[must_use]
    pub fn signer(&self) -> KeyId {
        self.signer
    }

    /// The bytes for the registrar to sign.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.statement.to_be_signed()
    }

    /// The signed delta, for [`Bundle::apply`].
    #[must_use]
    pub fn finish(self, signature: &Signature) -> Vec<u8> {
        let statement = self.statement.finish(signature).into();
        wire::to_vec(&DeltaFile { trust_list: self.trust_list.map(Into::into), statement })
    }
}
