//! Applying a delta.

use std::collections::BTreeMap;

use super::super::bundle::{Bundle, BundleFile, BundledList, ContentWire, ListWire, MAX_BYTES, TypeDocument};
use super::super::list::TrustList;
use super::super::registration::Serial;
use super::super::wire::{self, PayloadError};
use super::content::{DeltaFile, DeltaWire, ListChange};
use super::error::DeltaError;
use crate::cose::{self, Kind};
use crate::keys::Signature;
use crate::status::compact;
use crate::time::Timestamp;

impl Bundle {
    /// The newer bundle that a delta leads to, byte for byte the one that the registrar signed.
    ///
    /// 1. bounds the size and takes the file apart, refusing a format it does not know;
    /// 2. checks a trust list in it against this bundle's root;
    /// 3. requires the signature of a registrar in that trust list, else in this bundle's;
    /// 4. requires that this bundle is the one the delta starts from;
    /// 5. rebuilds the newer bundle and verifies it like any other.
    ///
    /// # Errors
    /// If the delta was not signed by a registrar, starts from another bundle, or does not lead to the bundle
    /// that its registrar signed.
    pub fn apply(&self, delta: &[u8]) -> Result<Bundle, DeltaError> {
        if delta.len() > MAX_BYTES {
            return Err(DeltaError::TooLong { expected: MAX_BYTES, got: delta.len() });
        }
        let file: DeltaFile = wire::from_slice("delta file", delta)?;
        let newer = file.trust_list.map(|list| TrustList::verify(&list, self.trust().root())).transpose()?;
        let trust = newer.as_ref().unwrap_or_else(|| self.trust());
        let statement = cose::Unverified::parse(&file.statement)?;
        let kid = statement.kid().to_vec();
        let (_, signer) = trust.registrar_key(&kid).ok_or_else(|| {
            let got = kid.iter().map(|byte| format!("{byte:02x}")).collect();
            DeltaError::UnknownRegistrar { got }
        })?;
        let verified = statement.verify(Kind::Delta, &signer.key)?;
        let delta: DeltaWire = wire::from_slice("delta", verified.payload())?;
        self.check_base(&delta)?;
        let signature = Signature(*delta.bundle_signature);
        let payload = wire::to_vec(&self.rebuild(delta, trust)?);
        let statement = cose::prepare(Kind::Bundle, signer.key.algorithm(), &kid, payload).finish(&signature);
        let trust_list = trust.as_bytes().to_vec().into();
        let file = wire::to_vec(&BundleFile { trust_list, statement: statement.into() });
        Ok(Bundle::verify(&file, self.trust().root(), Some(&self.held()))?)
    }

    fn check_base(&self, delta: &DeltaWire) -> Result<(), DeltaError> {
        let held = self.content().version;
        if delta.base_version != held {
            return Err(DeltaError::OtherBase { expected: delta.base_version, got: held });
        }
        if *delta.base_sha256 != *self.sha256() {
            return Err(DeltaError::OtherBaseContent { version: held });
        }
        Ok(())
    }

    fn rebuild(&self, delta: DeltaWire, trust: &TrustList) -> Result<ContentWire, DeltaError> {
        let base = self.content();
        Ok(ContentWire {
            version: delta.version,
            issued_at: delta.issued_at,
            next_update: delta.next_update,
            trust_list_sha256: (*trust.sha256()).into(),
            status_lists: rebuild_lists(
                &base.status_lists,
                &delta.changed,
                &delta.removed,
                delta.added,
                delta.as_of,
            )?,
            types: rebuild_types(&base.types, &delta.removed_types, delta.types)?,
            withdrawn: rebuild_serials(base.withdrawn.serials(), &delta.reinstated, delta.withdrawn)?,
        })
    }
}

fn rebuild_lists(
    base: &[BundledList],
    changed: &[ListChange],
    removed: &[u32],
    added: Vec<ListWire>,
    as_of: Timestamp,
) -> Result<Vec<ListWire>, DeltaError> {
    wire::ascending("changed status lists", changed.iter().map(|change| change.position))?;
    wire::ascending("removed status lists", removed)?;
    let last = changed.last().map(|change| change.position).max(removed.last().copied());
    if let Some(got) = last.filter(|last| usize::try_from(*last).is_ok_and(|last| last >= base.len())) {
        return Err(DeltaError::NoSuchList { expected: base.len(), got });
    }
    let mut lists = added;
    for (position, old) in (0..).zip(base) {
        if removed.binary_search(&position).is_ok() {
            continue;
        }
        let change = changed.binary_search_by_key(&position, |change| change.position);
        let change = change.ok().and_then(|at| changed.get(at));
        lists.push(rebuild_list(old, change, as_of)?);
    }
    lists.sort_by(|a, b| a.uri.cmp(&b.uri));
    Ok(lists)
}

fn rebuild_list(
    old: &BundledList,
    change: Option<&ListChange>,
    as_of: Timestamp,
) -> Result<ListWire, DeltaError> {
    let mut list = ListWire { as_of, ..ListWire::from(old) };
    let Some(change) = change else { return Ok(list) };
    list.as_of = change.as_of.map_or(as_of, |seconds| seconds.0);
    if let Some(bytes) = &change.delta {
        let refused = |source| DeltaError::StatusList { uri: old.uri.clone(), source };
        let delta = compact::Delta::from_bytes(bytes).map_err(refused)?;
        list.list = delta.apply(&old.list).map_err(refused)?.to_bytes().into();
    }
    Ok(list)
}

fn rebuild_types(
    base: &[TypeDocument],
    removed: &[String],
    new: Vec<TypeDocument>,
) -> Result<Vec<TypeDocument>, PayloadError> {
    wire::ascending("removed types", removed)?;
    let kept = base.iter().filter(|document| removed.binary_search(&document.id).is_err()).cloned();
    // What comes later replaces what has the same id.
    let by_id: BTreeMap<_, _> = kept.chain(new).map(|document| (document.id.clone(), document)).collect();
    Ok(by_id.into_values().collect())
}

fn rebuild_serials(
    base: &[Serial],
    reinstated: &[Serial],
    new: Vec<Serial>,
) -> Result<Vec<Serial>, PayloadError> {
    wire::ascending("reinstated registrations", reinstated)?;
    let kept = base.iter().filter(|serial| reinstated.binary_search(serial).is_err()).copied();
    let mut serials: Vec<_> = kept.chain(new).collect();
    serials.sort_unstable();
    Ok(serials)
}
