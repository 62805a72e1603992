//! The root key on a machine of its own.

use std::fs;

use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::trust::TrustList;
use hati_program::files::create_secret;
use serde_json::{Value, json};

use crate::{NOW, Office, PASSPHRASE};

const LATER: &str = "2026-12-22T09:00:00Z";

/// The root's machine: a folder without an issuer.
fn take_root_away(office: &Office) {
    fs::create_dir(office.path("safe")).unwrap();
    fs::rename(office.path("issuer/keys/root.jwk"), office.path("safe/root.jwk")).unwrap();
    if office.path("issuer/keys/seal.json").exists() {
        fs::copy(office.path("issuer/keys/seal.json"), office.path("safe/seal.json")).unwrap();
    }
}

const REQUEST: [&str; 6] = ["trust", "request", "--dir", "issuer", "--out", "request.json"];
const LOOK: [&str; 6] = ["trust", "sign", "--root", "safe/root.jwk", "--request", "request.json"];
const INSTALL: [&str; 5] = ["trust", "install", "--dir", "issuer", "list.hati"];

fn sign(office: &Office, more: &[&str]) -> Value {
    office.done_at(LATER, &[&LOOK[..], &["--yes", "--out", "list.hati"], more].concat())
}

#[test]
fn every_daily_command_works_without_the_root() {
    let office = Office::new(&[], &[]);
    take_root_away(&office);
    office.issue(NOW);
    office.bundle(NOW, &office.root());
    office.done(&["revoke", "--dir", "issuer", "--upi", crate::ADULT]);
    let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[5; 32]).unwrap();
    fs::write(office.path("shop.jwk"), key.public().to_jwk().to_string()).unwrap();
    let shop = ["--key", "shop.jwk", "--claims", "age_equal_or_over.18", "--out", "shop.registration"];
    office.done(&[&["register-verifier", "--dir", "issuer", "--name", "Shop"], &shop[..]].concat());
    office.done(&["audit", "verify", "--dir", "issuer"]);
    for command in ["seal", "unseal"] {
        let mut command = office.command(&["keys", command, "--dir", "issuer"]);
        assert!(command.env(PASSPHRASE.0, PASSPHRASE.1).status().unwrap().success());
    }
    office.done(&["keys", "announce", "--dir", "issuer"]);
    office.done(&REQUEST);
    for command in [["trust-list", "--dir", "issuer"], ["rotate-root", "--dir", "issuer"]] {
        assert_eq!(office.refused(&command), "root_key_absent");
    }
    assert!(!office.path("issuer/keys/root.next.jwk").exists());
}

#[test]
fn the_root_sees_what_it_signs_and_the_list_goes_back() {
    for sealed in [&[][..], &["--seal"]] {
        let office = Office::new(&[PASSPHRASE], sealed);
        let root = office.root();
        take_root_away(&office);
        let announced =
            office.done(&["keys", "announce", "--dir", "issuer"])["id"].as_str().unwrap().to_owned();
        fs::create_dir_all(office.path("issuer/types")).unwrap();
        let kind = json!({
            "vct": "urn:example:library-card:1",
            "claims": [{"path": ["name"], "sd": "never", "x-hati-source": {"field": "given_name"}}],
            "x-hati": {"id": "library-card", "vc_type": "LibraryCard", "validity_days": 90, "decoys": 2},
        });
        fs::write(office.path("issuer/types/library-card.json"), kind.to_string()).unwrap();

        office.done_at(LATER, &REQUEST);
        let look = office.done_at(LATER, &LOOK);
        assert_eq!((&look["signed"], office.path("list.hati").exists()), (&json!(false), false));
        let changes: Vec<_> =
            look["changes"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert!(changes.iter().any(|it| it.starts_with("+ ") && it.contains(&announced)), "{changes:?}");
        assert!(changes.iter().all(|it| it.starts_with("+ ")), "{changes:?}");

        assert_eq!(sign(&office, &[])["signed"], true);
        assert_eq!(office.done_at(LATER, &INSTALL)["version"], 2);
        let list = fs::read(office.path("list.hati")).unwrap();
        let list = TrustList::verify(&list, &root).unwrap();
        assert_eq!(list.content().issuers[0].keys.len(), 2);
        office.bundle(LATER, &root);
    }
}

#[test]
fn the_root_is_replaced_on_its_own_machine() {
    let office = Office::new(&[], &[]);
    let first = office.root();
    take_root_away(&office);
    office.done_at(LATER, &REQUEST);
    sign(&office, &["--next-root", "safe/root-2.jwk"]);
    office.done_at(LATER, &INSTALL);
    let second = office.root();
    assert_ne!(second, first);
    // Whoever pinned the first root follows.
    assert_eq!(office.bundle(LATER, &first).trust().root(), &second);
    let next = SoftwareKey::from_jwk(&read(&office, "safe/root-2.jwk")).unwrap();
    assert_eq!(next.public(), &second);
    // The old root is no longer asked.
    office.done_at(LATER, &REQUEST);
    assert_eq!(office.refused_at(LATER, &LOOK), "root_key_other");
}

fn read(office: &Office, name: &str) -> Value {
    serde_json::from_slice(&fs::read(office.path(name)).unwrap()).unwrap()
}

#[test]
fn a_list_is_installed_once_and_only_if_it_serves() {
    let office = Office::new(&[], &[]);
    take_root_away(&office);
    office.done_at(LATER, &REQUEST);
    sign(&office, &[]);
    let clean = fs::read(office.path("list.hati")).unwrap();
    let mut altered = clean.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    for (bytes, expected) in [(&altered[..], "trust_list_"), (&b"text"[..], "trust_list_malformed")] {
        fs::write(office.path("list.hati"), bytes).unwrap();
        let code = office.refused_at(LATER, &INSTALL);
        assert!(code.starts_with(expected), "{code}");
    }
    fs::write(office.path("list.hati"), clean).unwrap();
    office.done_at(LATER, &INSTALL);
    assert_eq!(office.refused_at(LATER, &INSTALL), "trust_list_not_newer");

    // A list that was asked for before the keys were others.
    office.done_at(LATER, &REQUEST);
    sign(&office, &[]);
    let keys = office.path("issuer/keys");
    fs::remove_file(keys.join("issuer.jwk")).unwrap();
    let other = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[9; 32]).unwrap();
    create_secret(&keys.join("issuer.jwk"), &other.to_jwk()).unwrap();
    assert_eq!(office.refused_at(LATER, &INSTALL), "trust_list_without_key");
}

#[test]
fn a_hostile_request_is_refused() {
    let office = Office::new(&[], &[]);
    office.done_at(LATER, &REQUEST);
    let good = read(&office, "request.json");
    let refused = |request: &Value| {
        fs::write(office.path("request.json"), request.to_string()).unwrap();
        let root = ["trust", "sign", "--root", "issuer/keys/root.jwk", "--request", "request.json"];
        office.refused_at(LATER, &root)
    };
    assert_eq!(refused(&json!([])), "trust_request_refused");
    for (member, value, expected) in [
        ("hati-trust-request", json!(2), "trust_request_refused"),
        ("previous", json!("?"), "trust_request_refused"),
        ("previous", json!(""), "trust_list_malformed"),
        ("next", json!("AAAA"), "trust_list_malformed"),
        ("next", Value::Null, "trust_request_refused"),
    ] {
        let mut request = good.clone();
        request[member] = value;
        assert_eq!(refused(&request), expected, "{member}");
    }
    // A list in force that this root never signed, so that everything new would look old.
    let other = Office::new(&[], &[]);
    let mut request = good.clone();
    other.done_at(LATER, &REQUEST);
    request["previous"] = read(&other, "request.json")["previous"].clone();
    assert_eq!(refused(&request), "root_key_other");
    // A version that is not the next one: the request was already signed, and installed.
    fs::write(office.path("request.json"), good.to_string()).unwrap();
    office.done_at(LATER, &["trust-list", "--dir", "issuer"]);
    let newest = fs::read(office.path("request.json")).unwrap();
    office.done_at(LATER, &REQUEST);
    let mut request: Value = serde_json::from_slice(&newest).unwrap();
    request["previous"] = read(&office, "request.json")["previous"].clone();
    assert_eq!(refused(&request), "trust_request_refused");
}
