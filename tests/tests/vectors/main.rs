//! The test vectors of `spec/`: they are what the code makes, and the code does with each what it says is expected.
//! An altered vector that passes fails here as much as a valid one that is refused.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod answers;
mod credentials;
mod statements;

use std::collections::BTreeSet;

use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::json;
use hati_formats::keys::{PublicKey, SoftwareKey};
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, audience};
use hati_tests::vectors::{self, unhex};
use serde_json::Value;

fn read(path: &str) -> Value {
    let text = std::fs::read(vectors::folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    json::parse(&text).unwrap()["vectors"].clone()
}

fn cases(path: &str) -> Vec<Value> {
    let cases = read(path).as_array().unwrap().clone();
    let names: BTreeSet<&str> = cases.iter().map(|case| str(&case["name"])).collect();
    assert_eq!(names.len(), cases.len(), "{path}: a name stands twice");
    cases
}

fn str(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("expected a text, got {value}"))
}

fn time(value: &Value) -> Timestamp {
    Timestamp::parse_rfc3339(str(value)).unwrap()
}

fn key(name: &Value) -> PublicKey {
    let keys = cases("valid/keys.json");
    PublicKey::from_jwk(&keys.iter().find(|key| key["name"] == *name).unwrap()["public_jwk"]).unwrap()
}

fn bundle() -> Bundle {
    let bundle = &read("valid/trust.json")["bundle"];
    let file = b64url_decode(str(&bundle["file"])).unwrap();
    Bundle::verify(&file, &key(&bundle["root"]), None).unwrap()
}

#[test]
fn the_files_are_what_the_code_makes() {
    let differing = vectors::differing(&vectors::all().unwrap()).unwrap();
    assert!(differing.is_empty(), "not what is made now, run make vectors if that is meant: {differing:?}");
}

#[test]
fn keys() {
    for vector in cases("valid/keys.json") {
        let public = PublicKey::from_jwk(&vector["public_jwk"]).unwrap();
        let secret = unhex(str(&vector["secret"])).unwrap().try_into().unwrap();
        let key = SoftwareKey::from_secret_bytes(public.algorithm(), &secret).unwrap();
        assert_eq!(*key.public(), public, "{vector}");
        assert_eq!(b64url(&public.thumbprint()), vector["thumbprint"]);
        assert_eq!(audience(&public), vector["audience"]);
    }
}
