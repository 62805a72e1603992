//! Trust list, root rotation, registration, bundle, delta and status look-ups.

use hati_formats::encoding::b64url;
use hati_formats::keys::SoftwareKey;
use hati_formats::status::Status;
use hati_formats::status::compact::CompactList;
use hati_formats::trust::{Bundle, BundleContent, Registration, RootTransition, TrustList, Withdrawn};
use serde_json::{Value, json};

use super::hex;
use super::presentation::IDENTITY;
use super::world::World;
use crate::country::{DAY, ISSUER, LIST_SIZE, REVOKED, Result, SUSPENDED, VALID, at, signed};

/// Revoked only in the newer bundle.
const NEWLY_REVOKED: u32 = 500_000;

pub(super) fn valid(world: &World) -> Result<Value> {
    let base = &world.bundle;
    let next = next_bundle(world)?;
    let delta = delta(base, &next, &world.country.registrar)?;
    let uri = format!("{ISSUER}/status/1");
    let lookups = |bundle: &Bundle| -> Result<Vec<Value>> {
        [VALID, REVOKED, SUSPENDED, NEWLY_REVOKED]
            .into_iter()
            .map(|index| lookup(bundle, &uri, index))
            .collect()
    };
    Ok(json!({
        "compact_statuses": compact_statuses()?,
        "trust_list": {
            "file": hex(base.trust().as_bytes()),
            "sha256": hex(base.trust().sha256()),
            "root": "root",
            "version": base.trust().version(),
        },
        "rotated_trust_list": { "file": hex(&rotated(world)?), "pinned": "old-root", "leads_to": "root" },
        "registration": registration(world)?,
        "bundle": {
            "file": b64url(base.as_bytes()),
            "says": "base64url, because of its length",
            "root": "root",
            "version": base.content().version,
            "issued_at": base.content().issued_at.to_string(),
            "sha256": hex(base.sha256()),
            "withdrawn": base.content().withdrawn.serials().iter().map(|serial| hex(serial.as_bytes())).collect::<Vec<_>>(),
            "lookups": lookups(base)?,
        },
        "delta": {
            "file": hex(&delta),
            "base": "the bundle above",
            "leads_to": { "version": next.content().version, "sha256": hex(next.sha256()), "bytes": next.as_bytes().len() },
            "lookups": lookups(&next)?,
        },
    }))
}

fn lookup(bundle: &Bundle, uri: &str, index: u32) -> Result<Value> {
    let (status, as_of) = bundle.status(uri, index.into())?;
    Ok(json!({ "uri": uri, "index": index, "status": status.value(), "as_of": as_of.to_string() }))
}

/// Lists small enough to follow by hand (`spec/trust.md`, "Compact statuses").
fn compact_statuses() -> Result<Vec<Value>> {
    let revoked = |indices: &[u64]| indices.iter().map(|index| (*index, Status::Invalid)).collect::<Vec<_>>();
    let mixed = vec![(3, Status::Invalid), (4, Status::Suspended), (999, Status::Invalid)];
    let cases = [(10, revoked(&[1, 9])), (1, revoked(&[])), (1, revoked(&[0])), (1_000, mixed)];
    let vector = |(size, entries): (u64, Vec<(u64, Status)>)| {
        let list = CompactList::new(size, entries.iter().copied())?;
        let statuses: Vec<Value> =
            entries.iter().map(|(index, status)| json!([index, status.value()])).collect();
        Ok(json!({ "size": size, "not_valid": statuses, "cbor": hex(&list.to_bytes()) }))
    };
    cases.into_iter().map(vector).collect()
}

fn registration(world: &World) -> Result<Value> {
    let bytes = world.country.register(&world.verifier, IDENTITY)?;
    let registration = Registration::verify(&bytes, world.bundle.trust(), &Withdrawn::default(), at(0))?;
    let content = registration.content();
    Ok(json!({
        "statement": hex(&bytes),
        "now": at(0).to_string(),
        "key": "verifier",
        "names": { "en": content.names.en(), "sw": content.names.sw() },
        "place": content.place,
        "claims": content.claims.iter().map(|claim| claim.as_str()).collect::<Vec<_>>(),
        "from": content.validity.from.to_string(),
        "until": content.validity.until.to_string(),
        "serial": hex(registration.serial().as_bytes()),
        "audience": registration.audience(),
        "registrar": registration.registrar(),
    }))
}

/// The trust list of the new root, for a reader that pinned the old one.
fn rotated(world: &World) -> Result<Vec<u8>> {
    let (old, new) = (&world.old_root, &world.country.root);
    let transition = RootTransition { new_root: new.public().clone(), issued_at: at(-20 * DAY) };
    let transition = signed(transition.prepare(old.public()), old);
    let unsigned = world.country.list.clone().prepare(new.public(), vec![transition])?;
    let signature = new.sign(unsigned.to_be_signed());
    let file = unsigned.finish(&signature);
    TrustList::verify(&file, old.public())?;
    Ok(file)
}

pub(super) fn bundle(world: &World, content: BundleContent, signer: &SoftwareKey) -> Result<Vec<u8>> {
    let unsigned = content.prepare(world.bundle.trust(), world.country.registrar.public())?;
    let signature = signer.sign(unsigned.to_be_signed());
    Ok(unsigned.finish(&signature))
}

/// A day later, one more is revoked.
pub(super) fn next_bundle(world: &World) -> Result<Bundle> {
    let mut content = world.country.bundle.clone();
    (content.version, content.issued_at, content.next_update) = (2, at(DAY - 3600), at(2 * DAY));
    let entries =
        [(REVOKED, Status::Invalid), (SUSPENDED, Status::Suspended), (NEWLY_REVOKED, Status::Invalid)];
    for list in &mut content.status_lists {
        list.as_of = at(DAY - 3600);
        list.list = CompactList::new(LIST_SIZE, entries.map(|(index, status)| (index.into(), status)))?;
    }
    let file = bundle(world, content, &world.country.registrar)?;
    Ok(Bundle::verify(&file, world.country.root.public(), Some(&world.bundle.held()))?)
}

pub(super) fn delta(base: &Bundle, next: &Bundle, signer: &SoftwareKey) -> Result<Vec<u8>> {
    let unsigned = base.prepare_delta(next)?;
    let signature = signer.sign(unsigned.to_be_signed());
    Ok(unsigned.finish(&signature))
}
