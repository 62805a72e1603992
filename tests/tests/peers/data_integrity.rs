//! Data Integrity with `eddsa-rdfc-2022`: npm's `@digitalbazaar/vc` over its own JSON-LD and RDF canonicalization.

use hati_formats::credential::{
    CredentialType, Envelope, Format, HATI_CONTEXT, StatusPlace, context_url, issuer_did, multikey_kid,
    short_kid,
};
use hati_formats::data_integrity::{
    Controller, Cryptosuite, DataIntegrityError, Expected, Unverified, Verified,
};
use hati_formats::did::{Document, KeyForm, Relationship};
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::{Date, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value, json};

use crate::client::Peer;
use crate::{key, private_jwk};

const ISSUER: &str = "https://id.example.go.ke";
const NOW: &str = "2026-11-22T09:30:17Z";

#[test]
fn npm_verifies_what_we_issue() {
    let (mut peer, issuer) = (Peer::node(), key(Algorithm::EdDsa, 1));
    for index in 0..2 {
        let secured = ours(index, &issuer);
        assert_eq!(verified_by(&mut peer, &secured, &issuer), Ok(true.into()), "{secured}");
        for (what, tampered) in tampered(&secured) {
            assert!(verified_by(&mut peer, &tampered, &issuer).is_err(), "npm takes {what}");
            assert!(verified(&tampered, &issuer).is_err(), "{what}");
        }
        assert!(verified_by(&mut peer, &secured, &key(Algorithm::EdDsa, 2)).is_err());
    }
}

#[test]
fn we_verify_what_npm_issues() {
    let (mut peer, issuer) = (Peer::node(), key(Algorithm::EdDsa, 1));
    for index in 0..2 {
        let mut credential = ours(index, &issuer);
        let ours = credential.as_object_mut().expect("an object").remove("proof").expect("a proof");
        let command = json!({
            "op": "vc_issue", "credential": credential, "key": private_jwk(&issuer), "method": method(&issuer),
            "documents": documents(&issuer), "created": ours["created"],
        });
        let theirs = peer.ask(&command).expect("npm issues");
        // One canonical form, and a signature that draws no randomness: the same bytes.
        assert_eq!(theirs["proof"]["proofValue"], ours["proofValue"]);
        let verified = verified(&theirs, &issuer).expect("npm's proof holds");
        assert_eq!(Value::Object(verified.document().clone()), credential);
        for (what, tampered) in tampered(&theirs) {
            assert!(self::verified(&tampered, &issuer).is_err(), "{what}");
        }
    }
}

/// Each type that ships, with every claim that it has.
fn ours(index: u32, issuer: &SoftwareKey) -> Value {
    let kind = CredentialType::shipped().expect("types ship").remove(index as usize);
    let envelope = Envelope {
        format: Format::LdpVc,
        algorithm: Algorithm::EdDsa,
        cryptosuite: Cryptosuite::EddsaRdfc2022,
        issuer: ISSUER.into(),
        kid: short_kid(issuer.public()).into(),
        type_name: kind.vc_type.as_str().into(),
        valid_from: Date::parse("2026-11-22").expect("a date"),
        valid_until: Date::parse("2028-11-21").expect("a date"),
        status: StatusPlace { list: 0, index },
        holder: key(Algorithm::Es256, 3).public().clone(),
        holder_did: None,
    };
    let unsigned = kind
        .template(subject(&kind))
        .expect("a value for every claim")
        .prepare(&envelope, &mut ChaCha20Rng::seed_from_u64(1))
        .expect("the type's own context defines its claims");
    let text = unsigned.clone().finish(&issuer.sign(unsigned.signing_input()));
    serde_json::from_str(&text).expect("a credential is JSON")
}

/// A value for every claim, with characters that N-Quads escape.
fn subject(kind: &CredentialType) -> Map<String, Value> {
    let mut subject = json!({});
    for claim in kind.claims.iter().filter(|claim| claim.source.is_some()) {
        let pointer = format!("/{}", claim.path.join("/"));
        let value = match claim.path.first().map(String::as_str) {
            Some("age_equal_or_over") => json!(true),
            _ if claim.path.ends_with(&["nationalities".to_owned()]) => json!(["KE", "UG"]),
            _ => json!(format!("Wanjirũ \"{}\"\t\\ \u{1}\u{7f} 😀", claim.path.join("."))),
        };
        let mut place = &mut subject;
        for name in pointer.split('/').skip(1) {
            place = &mut place[name];
        }
        *place = value;
    }
    subject.as_object().expect("an object").clone()
}

fn tampered(secured: &Value) -> Vec<(&'static str, Value)> {
    let age = "/credentialSubject/age_equal_or_over";
    let change = |pointer: &str, member: &str, value: Value| {
        let mut secured = secured.clone();
        secured.pointer_mut(pointer).expect("it is there")[member] = value;
        secured
    };
    let remote = json!(["https://www.w3.org/ns/credentials/v2", "https://evil.example/contexts/hati-v1"]);
    vec![
        ("another claim", change(age, "18", false.into())),
        ("an undefined term", change("/credentialSubject", "rank", "general".into())),
        ("an undefined term of the proof", change("/proof", "rank", "general".into())),
        ("another place in the status list", change("/credentialStatus/0", "statusListIndex", "99".into())),
        ("another time of the proof", change("/proof", "created", "2026-11-21T00:00:00Z".into())),
        ("another context", change("", "@context", json!(["https://www.w3.org/ns/credentials/v2"]))),
        ("a remote context", change("", "@context", remote)),
    ]
}

fn method(issuer: &SoftwareKey) -> String {
    format!("{}#{}", did(), multikey_kid(issuer.public()))
}

fn did() -> String {
    issuer_did(ISSUER).expect("the issuer has a DID")
}

fn did_document(issuer: &SoftwareKey) -> Document {
    let use_of_key = [Relationship::AssertionMethod];
    let name = multikey_kid(issuer.public());
    Document::new(&did()).with_key(&name, issuer.public(), KeyForm::Multikey, &use_of_key)
}

/// What the issuer publishes: its context, its DID document, and the key in it.
fn documents(issuer: &SoftwareKey) -> Value {
    let context: Value = serde_json::from_str(HATI_CONTEXT).expect("the context is JSON");
    let document = Value::Object(did_document(issuer).to_json());
    let key = document.pointer("/verificationMethod/0").and_then(Value::as_object).expect("the key");
    let mut key = key.clone();
    key.insert("@context".to_owned(), "https://w3id.org/security/multikey/v1".into());
    json!({context_url(ISSUER): context, did(): document, method(issuer): key})
}

fn verified_by(peer: &mut Peer, secured: &Value, issuer: &SoftwareKey) -> Result<Value, String> {
    let documents = documents(issuer);
    peer.ask(&json!({"op": "vc_verify", "credential": secured, "documents": documents, "now": NOW}))
}

fn verified(secured: &Value, issuer: &SoftwareKey) -> Result<Verified, DataIntegrityError> {
    let now = Timestamp::parse_rfc3339(NOW).expect("a time");
    let unverified = Unverified::parse(secured.as_object().expect("an object"))?;
    let purpose = Relationship::AssertionMethod;
    let method = did_document(issuer).method(unverified.verification_method(), purpose, now);
    let method = method.expect("the key is the issuer's");
    unverified.verify(&method, &Expected::assertion(Controller::Issuer, now))
}
