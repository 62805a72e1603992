//! Statements that a device refuses: bundles and deltas.

use hati_formats::trust::{Bundle, BundleContent};
use serde_json::{Value, json};

use super::hex;
use super::trust::{bundle, delta, next_bundle};
use super::world::World;
use crate::country::{DAY, Result, at};

/// Every file is checked with `pinned`, by a device that `holds` the bundle of `valid/trust.json` where it says so.
pub(super) fn invalid(world: &World) -> Result<Value> {
    let (registrar, thief) = (&world.country.registrar, &world.thief);
    // Without lists and types, so that the files stay short.
    let small = BundleContent { status_lists: Vec::new(), types: Vec::new(), ..world.country.bundle.clone() };
    let older = BundleContent { version: 0, ..small.clone() };
    let earlier = BundleContent { version: 2, issued_at: at(-7200), ..small.clone() };
    let next = next_bundle(world)?;
    let good_delta = delta(&world.bundle, &next, registrar)?;
    let other_base =
        Bundle::verify(&bundle(world, small.clone(), registrar)?, world.country.root.public(), None)?;
    let cut = |bytes: &[u8]| bytes.get(..bytes.len() - 1).unwrap_or_default().to_vec();
    let (none, holds, root) = (false, true, "root");
    let stranger = bundle(world, small.clone(), thief)?;
    let plain = bundle(world, small, registrar)?;
    let cases = [
        (
            "bundle",
            "bundle_signature_invalid",
            "signed by another than the registrar it names",
            stranger,
            none,
            root,
        ),
        (
            "bundle",
            "trust_list_other_root",
            "for a device that pinned another root",
            plain.clone(),
            none,
            "old-root",
        ),
        ("bundle", "bundle_malformed", "its last byte missing", cut(&plain), none, root),
        ("bundle", "bundle_two_of_one_version", "another bundle of the version held", plain, holds, root),
        (
            "bundle",
            "bundle_rollback",
            "an older bundle than the one held",
            bundle(world, older, registrar)?,
            holds,
            root,
        ),
        (
            "bundle",
            "bundle_issued_earlier",
            "a newer version, issued earlier",
            bundle(world, earlier, registrar)?,
            holds,
            root,
        ),
        (
            "delta",
            "delta_signature_invalid",
            "signed by another than the registrar",
            delta(&world.bundle, &next, thief)?,
            holds,
            root,
        ),
        ("delta", "delta_malformed", "its last byte missing", cut(&good_delta), holds, root),
        (
            "delta",
            "delta_other_base",
            "from another bundle of this version",
            delta(&other_base, &next, registrar)?,
            holds,
            root,
        ),
        (
            "delta",
            "delta_other_version",
            "onto the bundle that it leads to",
            delta(&next, &later(world)?, registrar)?,
            holds,
            root,
        ),
    ];
    let cases = cases.into_iter().enumerate().map(|(number, case)| refused(number, case));
    Ok(cases.collect())
}

/// Kind of statement, code, what is wrong, the file, whether the device holds a bundle, the root it pinned.
type Refused<'a> = (&'a str, &'a str, &'a str, Vec<u8>, bool, &'a str);

fn refused(number: usize, (kind, code, says, file, holds, pinned): Refused<'_>) -> Value {
    json!({
        "name": format!("{code}-{number}"), "says": says, "kind": kind, "file": hex(&file),
        "pinned": pinned, "holds": holds, "expect": { "refused": code },
    })
}

/// The bundle after the next one.
fn later(world: &World) -> Result<Bundle> {
    let mut content = world.country.bundle.clone();
    (content.version, content.issued_at, content.next_update) = (3, at(2 * DAY - 3600), at(3 * DAY));
    let file = bundle(world, content, &world.country.registrar)?;
    Ok(Bundle::verify(&file, world.country.root.public(), Some(&world.bundle.held()))?)
}
