//! `bundle`, `trust-list` and `rotate-root`.

use hati_formats::credential::multikey_kid;
use hati_formats::data_integrity::{self, Controller, Expected};
use hati_formats::did::{Document, Relationship};
use hati_formats::keys::PublicKey;
use hati_formats::sd_jwt::Parts;
use hati_formats::status::bitstring::{BitstringStatusListCredential, BitstringStatusListEntry};
use hati_formats::status::{Status, token};
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, TrustList};
use hati_formats::{encoding, json};
use hati_protocol::issued::IssuedCredentials;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::{ADULT, NOW, code_of, error_of, issue, json_of, office, run, run_text};

const URI: &str = "https://id.example.go.ke/status/0";

fn bundle(folder: &TempDir, out: &str, options: &[&str]) -> Value {
    let command = ["bundle", "--dir", "issuer", "--out", out];
    let now = if options.contains(&"--now") { &[][..] } else { &["--now", NOW][..] };
    json_of(&run(folder, &[&command[..], options, now].concat()))
}

fn read(folder: &TempDir, path: &str) -> Vec<u8> {
    std::fs::read(folder.path().join(path)).unwrap()
}

fn object(folder: &TempDir, path: &str) -> Map<String, Value> {
    json::parse_object(&read(folder, path)).unwrap()
}

fn root(folder: &TempDir) -> PublicKey {
    PublicKey::from_jwk(&object(folder, "issuer/root.jwk").into()).unwrap()
}

fn verified(folder: &TempDir, file: &str) -> Bundle {
    Bundle::verify(&read(folder, file), &root(folder), None).unwrap()
}

/// The index of the first copy in a file of issued credentials.
fn index(folder: &TempDir, file: &str) -> u64 {
    let issued = IssuedCredentials::parse(&read(folder, file)).unwrap();
    let copy = &issued.credentials[0];
    if copy.starts_with('{') {
        let copy = json::parse_object(copy.as_bytes()).unwrap();
        return copy["credentialStatus"][0]["statusListIndex"].as_str().unwrap().parse().unwrap();
    }
    let payload = Parts::split(copy).unwrap().issuer_jwt.split('.').nth(1).unwrap();
    let payload = json::parse_object(&encoding::b64url_decode(payload).unwrap()).unwrap();
    payload["status"]["status_list"]["idx"].as_u64().unwrap()
}

#[test]
fn a_bundle_tells_every_status_and_a_delta_leads_from_one_to_the_next() {
    let folder = office();
    assert_eq!(bundle(&folder, "b0", &[])["status_lists"], 1);
    json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"));
    json_of(&issue(&folder, "proof-of-age", "dc+sd-jwt", "age.json"));
    let (id, age) = (index(&folder, "id.json"), index(&folder, "age.json"));
    let first = bundle(&folder, "b1", &[]);
    assert_eq!((&first["version"], &first["delta"]), (&json!(2), &json!(false)));
    assert_eq!((&first["next_update"], &first["types"]), (&json!("2026-11-23T09:00:00Z"), &json!(2)));
    let first = verified(&folder, "b1");
    assert_eq!(first.status(URI, id).unwrap().0, Status::Valid);

    for (command, kind) in [("suspend", "maisha-id"), ("revoke", "proof-of-age")] {
        json_of(&run(&folder, &[command, "--dir", "issuer", "--upi", ADULT, "--type", kind]));
    }
    let later = "2026-11-22T18:00:00Z";
    let delta = bundle(&folder, "d2", &["--since", "b1", "--now", later, "--days", "3"]);
    assert_eq!((&delta["version"], &delta["delta"]), (&json!(3), &json!(true)));
    let delta = read(&folder, "d2");
    let second = first.apply(&delta).unwrap();
    assert_eq!(second.as_bytes(), read(&folder, "issuer/public/bundle"));
    assert_eq!(second.status(URI, id), Ok((Status::Suspended, Timestamp::parse_rfc3339(later).unwrap())));
    assert_eq!(second.status(URI, age).unwrap().0, Status::Invalid);
    assert_eq!(second.content().next_update.to_string(), "2026-11-25T18:00:00Z");
    assert!(delta.len() < second.as_bytes().len() / 4, "{} bytes", delta.len());
}

#[test]
fn what_goes_online_says_the_same_as_the_bundle() {
    let folder = office();
    json_of(&issue(&folder, "maisha-id", "ldp_vc", "id.json"));
    json_of(&run(&folder, &["suspend", "--dir", "issuer", "--upi", ADULT]));
    bundle(&folder, "b", &[]);
    let (index, now) = (index(&folder, "id.json"), Timestamp::parse_rfc3339(NOW).unwrap());

    let metadata = object(&folder, "issuer/public/.well-known/jwt-vc-issuer");
    assert_eq!(metadata["issuer"], "https://id.example.go.ke");
    let key = PublicKey::from_jwk(&metadata["jwks"]["keys"][0]).unwrap();
    let jwt = String::from_utf8(read(&folder, "issuer/public/status/0.jwt")).unwrap();
    assert_eq!(token::verify(&jwt, &key, URI, now).unwrap().status(index), Ok(Status::Suspended));

    let did = "did:web:id.example.go.ke";
    let document = Document::parse(&object(&folder, "issuer/public/.well-known/did.json"), did).unwrap();
    let purpose = Relationship::AssertionMethod;
    let issued = IssuedCredentials::parse(&read(&folder, "id.json")).unwrap();
    let credential = json::parse_object(issued.credentials[0].as_bytes()).unwrap();
    let expected = Expected::assertion(Controller::Issuer, now);
    let check = |secured: &Map<String, Value>| {
        let unverified = data_integrity::Unverified::parse(secured).unwrap();
        let method = document.method(unverified.verification_method(), purpose, now).unwrap();
        unverified.verify(&method, &expected).unwrap()
    };
    check(&credential);
    for (entry, purpose, valid) in [(0, "revocation", true), (1, "suspension", false)] {
        let entry = credential["credentialStatus"][entry].as_object().unwrap();
        let entry = BitstringStatusListEntry::from_json(entry).unwrap();
        let secured = object(&folder, &format!("issuer/public/status/0.{purpose}.json"));
        let list = BitstringStatusListCredential::from_json(check(&secured).document()).unwrap();
        assert_eq!(list.check(&entry, now).unwrap().valid(), valid, "{purpose}");
    }
    // A JWT's `kid` finds the same key in its other form.
    let kid = multikey_kid(&key);
    let jwk = document.method(
        kid.strip_suffix("-multikey").map(|kid| format!("#{kid}")).as_deref().unwrap(),
        purpose,
        now,
    );
    assert_eq!(jwk.unwrap().key(), &key);

    let trust = TrustList::verify(&read(&folder, "issuer/public/trust-list"), &root(&folder)).unwrap();
    assert_eq!(trust.version(), 1);
    let kind = object(&folder, "issuer/public/types/maisha-id.json");
    assert_eq!(kind["vct"], "urn:hati:maisha-id:1");
}

#[test]
fn a_bundle_of_another_registrar_or_none_at_all_is_no_base() {
    let (folder, other) = (office(), office());
    bundle(&other, "theirs", &[]);
    std::fs::copy(other.path().join("theirs"), folder.path().join("theirs")).unwrap();
    bundle(&folder, "b", &[]);
    for (since, expected) in [
        ("theirs", "Name one that this issuer made"),
        ("people.csv", "people.csv: "),
        ("nothing", "Name a file that is there"),
    ] {
        let refused =
            run(&folder, &["bundle", "--dir", "issuer", "--out", "d", "--since", since, "--now", NOW]);
        let error = error_of(&refused);
        assert!(error.contains(expected), "{error}");
        assert!(!folder.path().join("d").exists());
    }
    // Nothing was published either.
    assert_eq!(verified(&folder, "issuer/public/bundle").content().version, 1);
}

#[test]
fn devices_follow_a_new_root_with_the_next_delta() {
    let folder = office();
    bundle(&folder, "b1", &[]);
    let first = verified(&folder, "b1");
    let old = root(&folder);
    let rotated = json_of(&run(&folder, &["rotate-root", "--dir", "issuer", "--now", NOW]));
    assert_eq!(rotated["version"], 2);
    let new = root(&folder);
    assert_ne!(old, new);
    bundle(&folder, "d2", &["--since", "b1"]);
    let second = first.apply(&read(&folder, "d2")).unwrap();
    assert_eq!(second.trust().root(), &new);
    for pinned in [&old, &new] {
        assert!(Bundle::verify(second.as_bytes(), pinned, None).is_ok());
    }
    // The new root signs from now on, and a credential is still issued.
    assert_eq!(json_of(&run(&folder, &["trust-list", "--dir", "issuer", "--now", NOW]))["version"], 3);
    json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"));
}

#[test]
fn a_trust_list_needs_its_root() {
    let folder = office();
    let key = folder.path().join("issuer/keys/root.jwk");
    let safe = folder.path().join("safe.jwk");
    std::fs::rename(&key, &safe).unwrap();
    json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"));
    bundle(&folder, "b", &[]);
    let command = ["trust-list", "--dir", "issuer", "--now", NOW];
    let error = error_of(&run(&folder, &command));
    assert!(error.contains("root.jwk") && error.contains("hati-issuer trust request"), "{error}");
    std::fs::copy(folder.path().join("issuer/keys/registrar.jwk"), &key).unwrap();
    let error = error_of(&run(&folder, &command));
    assert!(error.contains("expected the root key"), "{error}");
    std::fs::rename(&safe, &key).unwrap();
    assert!(run_text(&folder, &command).starts_with("Trust list "));
}

#[test]
fn an_overdue_trust_list_is_told() {
    let folder = office();
    let late = bundle(&folder, "b", &["--now", "2027-11-22T09:00:00Z"]);
    assert_eq!(late["trust_list_overdue"], true);
    let text =
        run_text(&folder, &["bundle", "--dir", "issuer", "--out", "b", "--now", "2027-11-22T09:00:00Z"]);
    assert!(text.contains("Sign the next: hati-issuer trust-list"), "{text}");
}

#[test]
fn nothing_is_signed_that_a_reader_of_the_newest_would_refuse() {
    let folder = office();
    bundle(&folder, "b1", &["--now", "2026-11-25T09:00:00Z"]);
    let refused = |command: &[&str], now| {
        let output = run(&folder, &[command, &["--dir", "issuer", "--now", now]].concat());
        let said = error_of(&output);
        assert!(said.contains("Set the clock"), "{said}");
        code_of(&output)
    };
    let next = ["bundle", "--out", "b2"];
    assert_eq!(refused(&next, NOW), "publication_issued_earlier");
    assert_eq!(refused(&next, "9999-12-31T09:00:00Z"), "date_beyond_calendar");
    assert!(!folder.path().join("b2").exists());
    for command in ["trust-list", "rotate-root"] {
        assert_eq!(refused(&[command], "2020-01-01T00:00:00Z"), "publication_issued_earlier");
        assert_eq!(refused(&[command], "9999-12-31T09:00:00Z"), "date_beyond_calendar");
    }
    assert_eq!(verified(&folder, "issuer/public/bundle").content().version, 1);
    assert_eq!(json_of(&run(&folder, &["trust-list", "--dir", "issuer", "--now", NOW]))["version"], 2);
}

#[test]
fn a_bundle_knows_the_list_that_is_opened_next() {
    let folder = office();
    bundle(&folder, "b1", &[]);
    assert_eq!(json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"))["needs_bundle"], false);
    let before = verified(&folder, "b1");
    assert_eq!(before.status(URI, index(&folder, "id.json")).unwrap().0, Status::Valid);
    // The lists of the next one are those that were opened, and one more.
    assert_eq!(bundle(&folder, "b2", &[])["status_lists"], 2);
}
