use hati_formats::encoding::b64url;
use serde_json::Value;

use crate::{Bench, NOW, refusal};

#[test]
fn a_pinned_root_is_the_only_one_believed() {
    let bench = Bench::trusting();
    let mut other = crate::country::Country::new(crate::now());
    other.types.clear();
    // A root key where a bundle belongs, and a bundle where a root key belongs.
    assert_eq!(bench.refused(&["trust", "root.jwk"]), "bundle_malformed");
    assert_eq!(bench.refused(&["trust", "nothing"]), "file_unusable");
    let fresh = Bench::new();
    fresh.write("bundle", &fresh.country.bundle(1, false));
    assert_eq!(fresh.refused(&["init", "--root", "bundle"]), "file_too_long");
    fresh.write("junk.jwk", b"{}");
    assert_eq!(fresh.refused(&["init", "--root", "junk.jwk"]), "root_key_damaged");
    assert!(!fresh.path("vault").exists(), "a refused init leaves nothing behind");

    fresh.write("other.jwk", crate::country::issuer().public().to_jwk().to_string().as_bytes());
    fresh.done(&["init", "--root", "other.jwk"]);
    assert_eq!(fresh.refused(&["trust", "bundle"]), "trust_list_other_root");
    // Another bundle of the version held is refused, whoever signed it.
    bench.write("two", &other.bundle(1, false));
    assert_eq!(bench.refused(&["trust", "two"]), "bundle_two_of_one_version");
}

#[test]
fn the_first_bundle_pins_its_root_and_says_so() {
    let bench = Bench::new();
    bench.write("bundle", &bench.country.bundle(1, false));
    bench.done(&["init"]);
    let output = bench.run(&["trust", "bundle", "--approve", "--json", "--now", NOW]);
    let thumbprint = b64url(&bench.country.root().public().thumbprint());
    assert!(String::from_utf8_lossy(&output.stderr).contains(&thumbprint), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["pinned"], &answer["root"]), (&true.into(), &thumbprint.as_str().into()));
    // From now on it is pinned.
    let again = bench.run(&["trust", "bundle", "--json", "--now", NOW]);
    assert!(again.status.success() && again.stderr.is_empty(), "{again:?}");
    assert_eq!(bench.done(&["list"])["root"], thumbprint);
}

#[test]
fn a_refused_first_bundle_pins_nothing() {
    let bench = Bench::new();
    bench.done(&["init"]);
    let mut bundle = bench.country.bundle(1, false);
    let last = bundle.len() - 1;
    bundle[last] ^= 1;
    bench.write("bundle", &bundle);
    let output = bench.run(&["trust", "bundle", "--approve", "--json"]);
    assert_eq!(refusal(&output), "bundle_signature_invalid");
    assert_eq!(bench.done(&["list"])["root"], Value::Null);
}

#[test]
fn bundles_and_deltas_lead_forward() {
    let mut bench = Bench::trusting();
    bench.country.now = crate::now().plus_seconds(3600);
    let (second, third) = (bench.country.bundle(2, false), bench.country.bundle(3, true));
    bench.write("second", &second);
    bench.write("delta", &bench.country.delta(&second, &third));
    assert_eq!(bench.refused(&["trust", "delta"]), "delta_other_version");
    assert_eq!(bench.done(&["trust", "second"])["version"], 2);
    assert_eq!(bench.done(&["trust", "delta"])["version"], 3);
    assert_eq!(bench.refused(&["trust", "bundle"]), "bundle_rollback");
    assert_eq!(bench.refused(&["trust", "delta"]), "delta_other_version");
    // The clock is behind the newest bundle.
    let request = bench.country.request(crate::country::Asker::Shop, "maisha-id", &["sex"]);
    assert_eq!(bench.refused(&["answer", &request, "--out", "a.png", "--approve"]), "clock_behind");
    assert_eq!(bench.refused(&["show-code", "--out", "a.png"]), "clock_behind");
}
