use super::*;
use crate::{
    did::{Relationship, VerificationMethod},
    keys::{Algorithm, SoftwareKey},
    time::Timestamp,
};
use proptest::prelude::*;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ISSUER: &str = "did:web:id.example";
const METHOD: &str = "did:web:id.example#di-1";

fn key() -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[3; 32]).unwrap()
}

fn method() -> VerificationMethod {
    VerificationMethod::new(METHOD, ISSUER, key().public().clone())
}

fn document() -> Map<String, Value> {
    let document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", {"given_name": "https://schema.org/givenName"}],
        "type": ["VerifiableCredential"],
        "issuer": {"id": ISSUER, "name": "Registrar"},
        "credentialSubject": {"given_name": "Wanjirũ", "height": 1.65},
    });
    document.as_object().unwrap().clone()
}

fn sign(document: &Map<String, Value>, options: &ProofOptions) -> Value {
    let unsigned = prepare(document, options).unwrap();
    let signature = key().sign(&unsigned.to_be_signed());
    Value::Object(unsigned.finish(&signature))
}

fn secured() -> Value {
    sign(&document(), &ProofOptions::assertion(METHOD, NOW))
}

fn expected() -> Expected<'static> {
    Expected::assertion(Controller::Issuer, NOW)
}

fn check(secured: &Value) -> Result<Verified, DataIntegrityError> {
    Unverified::parse(secured.as_object().unwrap())?.verify(&method(), &expected())
}

fn refused(change: impl FnOnce(&mut Value)) -> DataIntegrityError {
    let mut secured = secured();
    change(&mut secured);
    check(&secured).unwrap_err()
}

fn refused_with(options: impl FnOnce(&mut ProofOptions)) -> DataIntegrityError {
    let mut chosen = ProofOptions::assertion(METHOD, NOW);
    options(&mut chosen);
    check(&sign(&document(), &chosen)).unwrap_err()
}

#[test]
fn what_is_signed_is_verified() {
    let verified = check(&secured()).unwrap();
    assert_eq!(verified.document(), &document());
    assert_eq!(verified.proof().options(), &ProofOptions::assertion(METHOD, NOW));
}

#[test]
fn a_list_of_one_proof_is_accepted() {
    let mut secured = secured();
    secured["proof"] = json!([secured["proof"].take()]);
    assert!(check(&secured).is_ok());
}

#[test]
fn a_document_without_context_or_created_is_verified() {
    let mut document = document();
    document.remove("@context");
    let options = ProofOptions { created: None, ..ProofOptions::assertion(METHOD, NOW) };
    let secured = sign(&document, &options);
    assert_eq!(secured["proof"].get("@context"), None);
    assert_eq!(check(&secured).unwrap().document(), &document);
}

#[test]
fn every_altered_member_breaks_the_signature() {
    for (pointer, value) in [
        ("/credentialSubject/given_name", json!("Wanjiku")),
        ("/credentialSubject/height", json!(1.66)),
        ("/credentialSubject", json!({})),
        ("/type/0", json!("VerifiablePresentation")),
        ("/issuer/name", json!("Another")),
        ("/proof/created", json!("2027-01-15T07:59:59Z")),
    ] {
        let error = refused(|d| *d.pointer_mut(pointer).unwrap() = value);
        assert!(matches!(error, DataIntegrityError::Signature(_)), "{pointer}: {error}");
    }
    for (at, name) in [("", "id"), ("/proof", "id"), ("/proof", "nonce"), ("/credentialSubject", "upi")] {
        let error = refused(|d| {
            d.pointer_mut(at).unwrap()[name] = "added".into();
        });
        assert!(matches!(error, DataIntegrityError::Signature(_)), "{at}/{name}: {error}");
    }
    let error = refused(|d| {
        d["proof"].as_object_mut().unwrap().remove("created");
    });
    assert!(matches!(error, DataIntegrityError::Signature(_)));
}

proptest! {
    #[test]
    fn one_altered_byte_is_refused(at in any::<prop::sample::Index>(), to in b' '..=b'~') {
        let secured = secured();
        let mut bytes = secured.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Ok(altered) = crate::json::parse(&bytes)
            && altered.is_object()
            && altered != secured
        {
            prop_assert!(check(&altered).is_err(), "{altered}");
        }
    }
}

#[test]
fn contexts_appended_later_are_dropped_and_others_refused() {
    let mut appended = secured();
    appended["@context"].as_array_mut().unwrap().push(json!({"given_name": "https://evil.example/"}));
    assert_eq!(check(&appended).unwrap().document(), &document());
    let inserted =
        refused(|d| d["@context"].as_array_mut().unwrap().insert(1, json!("https://evil.example/")));
    assert_eq!(inserted, DataIntegrityError::Context);
    let both = refused(|d| {
        d["@context"][1] = json!("https://evil.example/");
        d["proof"]["@context"][1] = json!("https://evil.example/");
    });
    assert!(matches!(both, DataIntegrityError::Signature(_)));
}

#[test]
fn another_key_is_refused() {
    let other = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[4; 32]).unwrap();
    let unverified = Unverified::parse(secured().as_object().unwrap()).unwrap();
    let forged = VerificationMethod::new(METHOD, ISSUER, other.public().clone());
    let result = unverified.clone().verify(&forged, &expected());
    assert!(matches!(result, Err(DataIntegrityError::Signature(_))));

    let named = VerificationMethod::new("did:web:id.example#di-2", ISSUER, key().public().clone());
    let result = unverified.verify(&named, &expected());
    assert!(matches!(result, Err(DataIntegrityError::VerificationMethod { .. })));
}

#[test]
fn a_p256_key_is_refused() {
    let ec = SoftwareKey::from_secret_bytes(Algorithm::Es256, &[3; 32]).unwrap();
    let method = VerificationMethod::new(METHOD, ISSUER, ec.public().clone());
    let result = Unverified::parse(secured().as_object().unwrap()).unwrap().verify(&method, &expected());
    assert!(matches!(result, Err(DataIntegrityError::KeyType { got: Algorithm::Es256, .. })));
}

#[test]
fn a_key_of_someone_else_is_refused() {
    let unverified = Unverified::parse(secured().as_object().unwrap()).unwrap();
    let other = VerificationMethod::new(METHOD, "did:web:other.example", key().public().clone());
    let result = unverified.clone().verify(&other, &expected());
    assert!(matches!(result, Err(DataIntegrityError::Controller { expected, .. }) if expected == ISSUER));

    let named = Expected::assertion(Controller::Named("did:web:other.example"), NOW);
    assert!(unverified.clone().verify(&other, &named).is_ok());
    assert!(matches!(unverified.verify(&method(), &named), Err(DataIntegrityError::Controller { .. })));
}

#[test]
fn a_document_without_issuer_needs_a_named_controller() {
    let mut document = document();
    document.remove("issuer");
    let secured = sign(&document, &ProofOptions::assertion(METHOD, NOW));
    assert_eq!(check(&secured), Err(DataIntegrityError::NoIssuer));
    let named = Expected::assertion(Controller::Named(ISSUER), NOW);
    assert!(Unverified::parse(secured.as_object().unwrap()).unwrap().verify(&method(), &named).is_ok());
}

#[test]
fn another_purpose_is_refused() {
    let error = refused_with(|o| o.purpose = Relationship::Authentication);
    let got = "authentication".to_owned();
    assert_eq!(error, DataIntegrityError::Purpose { expected: "assertionMethod", got });
    let unknown = refused(|d| d["proof"]["proofPurpose"] = "keyAgreement".into());
    assert!(matches!(unknown, DataIntegrityError::Purpose { got, .. } if got == "keyAgreement"));
}

#[test]
fn a_proof_from_the_future_is_refused() {
    let ahead = |seconds| ProofOptions::assertion(METHOD, NOW.plus_seconds(seconds));
    assert!(check(&sign(&document(), &ahead(CLOCK_TOLERANCE))).is_ok());
    let created = NOW.plus_seconds(CLOCK_TOLERANCE + 1);
    let error = check(&sign(&document(), &ahead(CLOCK_TOLERANCE + 1)));
    assert_eq!(error, Err(DataIntegrityError::Future { created, now: NOW }));
}

#[test]
fn an_expired_proof_is_refused() {
    let error = refused_with(|o| o.expires = Some(NOW));
    assert_eq!(error, DataIntegrityError::Expired { expires: NOW, now: NOW });
    let options = ProofOptions { expires: Some(NOW.plus_seconds(1)), ..ProofOptions::assertion(METHOD, NOW) };
    assert!(check(&sign(&document(), &options)).is_ok());
}

#[test]
fn another_challenge_or_domain_is_refused() {
    for member in ["challenge", "domain"] {
        let error = refused_with(|o| match member {
            "challenge" => o.challenge = Some("n1".to_owned()),
            _ => o.domain = Some("n1".to_owned()),
        });
        let got = Some("n1".to_owned());
        assert_eq!(error, DataIntegrityError::Binding { member, expected: None, got });
    }
    let options = ProofOptions {
        challenge: Some("n1".to_owned()),
        domain: Some("shop".to_owned()),
        ..ProofOptions::assertion(METHOD, NOW)
    };
    let secured = sign(&document(), &options);
    let verify = |challenge, domain| {
        let expected = Expected { challenge, domain, ..expected() };
        Unverified::parse(secured.as_object().unwrap()).unwrap().verify(&method(), &expected)
    };
    assert!(verify(Some("n1"), Some("shop")).is_ok());
    assert!(matches!(
        verify(Some("n2"), Some("shop")),
        Err(DataIntegrityError::Binding { member: "challenge", .. })
    ));
    assert!(matches!(verify(Some("n1"), None), Err(DataIntegrityError::Binding { member: "domain", .. })));
}

#[test]
fn anything_but_one_proof_is_refused() {
    let two = refused(|d| d["proof"] = json!([d["proof"], d["proof"]]));
    assert_eq!(two, DataIntegrityError::NotOneProof { got: 2 });
    assert_eq!(refused(|d| d["proof"] = json!([])), DataIntegrityError::NotOneProof { got: 0 });
    let none = refused(|d| {
        d.as_object_mut().unwrap().remove("proof");
    });
    assert_eq!(none, DataIntegrityError::NoProof);
    for value in [json!("z3abc"), json!(null), json!(["z3abc"])] {
        let error = refused(|d| d["proof"] = value);
        assert!(matches!(error, DataIntegrityError::Malformed { member: "value", .. }), "{error}");
    }
    let chained = refused(|d| d["proof"]["previousProof"] = "urn:uuid:1".into());
    assert!(matches!(chained, DataIntegrityError::PreviousProof { .. }));
}

#[test]
fn another_suite_is_refused_by_name() {
    let error = refused(|d| d["proof"]["cryptosuite"] = "ecdsa-jcs-2019".into());
    assert_eq!(
        error,
        DataIntegrityError::Cryptosuite {
            expected: Cryptosuite::EddsaJcs2022,
            got: "ecdsa-jcs-2019".to_owned()
        }
    );
    let error = refused(|d| d["proof"]["type"] = "Ed25519Signature2020".into());
    assert_eq!(error, DataIntegrityError::ProofType { got: "Ed25519Signature2020".to_owned() });
}

#[test]
fn members_that_are_missing_or_misshapen_are_refused() {
    for member in ["type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"] {
        let missing = refused(|d| {
            d["proof"].as_object_mut().unwrap().remove(member);
        });
        assert_eq!(missing, DataIntegrityError::Malformed { member, expected: "a string" });
    }
    for member in ["type", "created", "expires", "challenge", "domain", "proofValue"] {
        let number = refused(|d| d["proof"][member] = json!(7));
        assert_eq!(number, DataIntegrityError::Malformed { member, expected: "a string" });
    }
    for member in ["created", "expires"] {
        let no_date = refused(|d| d["proof"][member] = "2026-01-01".into());
        assert!(matches!(no_date, DataIntegrityError::Date { .. }), "{no_date}");
    }
}

#[test]
fn a_proof_value_that_is_no_signature_is_refused() {
    let short = format!("z{}", bs58::encode([1; 63]).into_string());
    for value in ["", "z", "zO0Il", "uAAAA", "Z3abc", &short, &format!("z{}", "z".repeat(89))] {
        let error = refused(|d| d["proof"]["proofValue"] = value.into());
        assert!(matches!(error, DataIntegrityError::ProofValue { .. }), "{value}: {error}");
    }
    let flipped = refused(|d| {
        let mut signature = proof::decode_value(d["proof"]["proofValue"].as_str().unwrap()).unwrap();
        signature.0[0] ^= 1;
        d["proof"]["proofValue"] = proof::encode_value(&signature).into();
    });
    assert!(matches!(flipped, DataIntegrityError::Signature(_)));
}

#[test]
fn a_document_with_a_proof_is_not_signed_again() {
    let secured = secured();
    let result = prepare(secured.as_object().unwrap(), &ProofOptions::assertion(METHOD, NOW));
    assert!(matches!(result, Err(DataIntegrityError::AlreadySecured)));
}

#[test]
fn an_inexact_number_is_neither_signed_nor_accepted() {
    let mut document = document();
    document.insert("n".to_owned(), json!(u64::MAX));
    let result = prepare(&document, &ProofOptions::assertion(METHOD, NOW));
    assert!(matches!(result, Err(DataIntegrityError::Number { .. })));
    assert!(matches!(refused(|d| d["n"] = json!(u64::MAX)), DataIntegrityError::Number { .. }));
}
