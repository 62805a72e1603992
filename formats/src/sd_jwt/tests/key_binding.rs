use super::*;
use crate::jws::{self, JwsError};
use crate::time::Timestamp;

const NOW: i64 = 1_800_000_000;
const EXPECTED: KeyBindingExpectation<'static> = KeyBindingExpectation {
    audience: "https://verifier.example",
    nonce: "n-0S6_WzA2Mj",
    freshness: Freshness { now: Timestamp::from_seconds(NOW), max_age: 120, max_ahead: 30 },
};

fn credential() -> String {
    let claims = json!({"name": "Amina", "sex": "F", "cnf": {"jwk": holder().public().to_jwk()}});
    issue(claims, &frame(&["name", "sex"]), 5)
}

fn present(audience: &str, nonce: &str, issued_at: i64, key: &SoftwareKey) -> String {
    let credential = credential();
    let selected = Held::parse(&credential).unwrap().select(&[path("name")]).unwrap();
    let at = Timestamp::from_seconds(issued_at);
    let unsigned = selected.prepare_key_binding(key.public().algorithm(), audience, nonce, at);
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

/// A presentation with any Key Binding JWT behind it.
fn with_key_binding(header: &Value, payload: &str) -> String {
    let credential = credential();
    let unsigned = jws::prepare(&object(header.clone()), payload.as_bytes());
    let signature = holder().sign(unsigned.signing_input());
    credential + &unsigned.finish(&signature)
}

fn check(text: &str) -> Result<KeyBinding<'_>, SdJwtError> {
    verify(text)?.verify_key_binding(&EXPECTED)
}

fn check_payload(change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), SdJwtError> {
    let sd_hash = Digest::of(&credential()).as_str().to_owned();
    let mut payload = object(json!({
        "iat": NOW, "aud": EXPECTED.audience, "nonce": EXPECTED.nonce, "sd_hash": sd_hash,
    }));
    change(&mut payload);
    let header = json!({"alg": "ES256", "typ": "kb+jwt"});
    check(&with_key_binding(&header, &Value::Object(payload).to_string())).map(drop)
}

#[test]
fn a_fresh_binding_is_accepted() {
    let text = present(EXPECTED.audience, EXPECTED.nonce, NOW, &holder());
    let binding = check(&text).unwrap();
    assert_eq!((binding.audience(), binding.nonce()), (EXPECTED.audience, EXPECTED.nonce));
    assert_eq!(binding.issued_at().seconds(), NOW);
    assert_eq!(binding.sd_hash(), Digest::of(Parts::split(&text).unwrap().sd_jwt).as_str());
    assert!(binding.others().is_empty());
    let verified = verify(&text).unwrap();
    assert_eq!(verified.disclosed(), [path("name")]);
    assert_eq!(&verified.confirmation_key().unwrap(), holder().public());
}

#[test]
fn every_byte_of_it_is_fixed() {
    let text = present("a\"b", "n\u{1}é", NOW, &holder());
    let jwt = Parts::split(&text).unwrap().key_binding.unwrap();
    let sd_hash = Digest::of(Parts::split(&text).unwrap().sd_jwt);
    let bytes = |part: &str| String::from_utf8(crate::encoding::b64url_decode(part).unwrap()).unwrap();
    let mut parts = jwt.split('.');
    assert_eq!(bytes(parts.next().unwrap()), r#"{"alg":"ES256","typ":"kb+jwt"}"#);
    let payload =
        format!(r#"{{"iat":1800000000,"aud":"a\"b","nonce":"n\u0001é","sd_hash":"{}"}}"#, sd_hash.as_str());
    assert_eq!(bytes(parts.next().unwrap()), payload);
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let header: Value = serde_json::from_str(key_binding_header(algorithm)).unwrap();
        assert_eq!(header, json!({"alg": algorithm.name(), "typ": KEY_BINDING_TYPE}));
    }
}

#[test]
fn a_missing_binding_is_refused_by_name() {
    let text = credential();
    let verified = verify(&text).unwrap();
    assert!(verified.is_holder_bound());
    assert_eq!(verified.verify_key_binding(&EXPECTED).unwrap_err(), SdJwtError::KeyBindingMissing);
    assert_eq!(verified.key_binding().unwrap_err(), SdJwtError::KeyBindingMissing);
}

#[test]
fn another_request_or_verifier_is_refused_with_both_sides() {
    let nonce = check(&present(EXPECTED.audience, "another", NOW, &holder())).unwrap_err();
    let expected = EXPECTED.nonce.to_owned();
    assert_eq!(nonce, SdJwtError::NonceMismatch { expected, got: "another".to_owned() });
    let audience = check(&present("https://other.example", EXPECTED.nonce, NOW, &holder())).unwrap_err();
    let expected = EXPECTED.audience.to_owned();
    let got = "https://other.example".to_owned();
    assert_eq!(audience, SdJwtError::AudienceMismatch { expected, got });
}

#[test]
fn the_window_has_two_ends() {
    let at = |seconds| check(&present(EXPECTED.audience, EXPECTED.nonce, seconds, &holder())).map(drop);
    let time = Timestamp::from_seconds;
    let too_old = |got| Err(SdJwtError::KeyBindingTooOld { earliest: time(NOW - 120), got: time(got) });
    let in_future = |got| Err(SdJwtError::KeyBindingInFuture { latest: time(NOW + 30), got: time(got) });
    assert_eq!(at(NOW - 120), Ok(()));
    assert_eq!(at(NOW - 121), too_old(NOW - 121));
    assert_eq!(at(1), too_old(1));
    assert_eq!(at(i64::MIN), too_old(i64::MIN));
    assert_eq!(at(NOW + 30), Ok(()));
    assert_eq!(at(NOW + 31), in_future(NOW + 31));
    assert_eq!(at(i64::MAX), in_future(i64::MAX));
}

#[test]
fn nbf_and_exp_count_where_they_are_present() {
    let with = |name: &str, seconds: i64| check_payload(|p| drop(p.insert(name.to_owned(), seconds.into())));
    assert_eq!(with("exp", NOW + 1), Ok(()));
    assert!(matches!(with("exp", NOW), Err(SdJwtError::KeyBindingTooOld { .. })));
    assert_eq!(with("nbf", NOW + 30), Ok(()));
    assert!(matches!(with("nbf", NOW + 31), Err(SdJwtError::KeyBindingInFuture { .. })));
    let text = |name: &str| check_payload(|p| drop(p.insert(name.to_owned(), "soon".into())));
    assert!(matches!(text("exp"), Err(SdJwtError::KeyBindingClaim { name: "exp", .. })));
    assert!(matches!(text("nbf"), Err(SdJwtError::KeyBindingClaim { name: "nbf", .. })));
}

#[test]
fn another_key_is_refused() {
    let thief = SoftwareKey::from_secret_bytes(Algorithm::Es256, &[9; 32]).unwrap();
    let text = present(EXPECTED.audience, EXPECTED.nonce, NOW, &thief);
    assert!(matches!(
        check(&text).unwrap_err(),
        SdJwtError::KeyBindingSignature { source: JwsError::Signature(_) }
    ));
    let other_algorithm = present(EXPECTED.audience, EXPECTED.nonce, NOW, &issuer());
    assert!(matches!(
        check(&other_algorithm).unwrap_err(),
        SdJwtError::KeyBindingSignature { source: JwsError::AlgorithmOfKey { .. } }
    ));
}

#[test]
fn another_type_is_refused() {
    for typ in [json!("JWT"), json!("KB+JWT"), json!("application/kb+jwt"), json!("dc+sd-jwt")] {
        let text = with_key_binding(&json!({"alg": "ES256", "typ": typ}), "{}");
        let got = typ.as_str().map(str::to_owned);
        assert_eq!(check(&text).unwrap_err(), SdJwtError::KeyBindingType { expected: "kb+jwt", got });
    }
    let text = with_key_binding(&json!({"alg": "ES256"}), "{}");
    assert_eq!(check(&text).unwrap_err(), SdJwtError::KeyBindingType { expected: "kb+jwt", got: None });
}

#[test]
fn every_claim_is_demanded_with_its_type() {
    assert_eq!(check_payload(|_| ()), Ok(()));
    for name in ["iat", "aud", "nonce", "sd_hash"] {
        let missing = check_payload(|payload| drop(payload.remove(name)));
        assert!(
            matches!(missing, Err(SdJwtError::KeyBindingClaim { name: got, .. }) if got == name),
            "{name}"
        );
        let wrong = check_payload(|payload| drop(payload.insert(name.to_owned(), json!(["x"]))));
        assert!(matches!(wrong, Err(SdJwtError::KeyBindingClaim { name: got, .. }) if got == name), "{name}");
    }
}

#[test]
fn a_time_may_have_a_fraction_and_other_claims_are_kept() {
    assert_eq!(
        check_payload(|payload| drop(payload.insert("iat".to_owned(), json!(NOW as f64 + 0.5)))),
        Ok(())
    );
    let huge = check_payload(|payload| drop(payload.insert("iat".to_owned(), json!(u64::MAX))));
    assert!(matches!(huge, Err(SdJwtError::KeyBindingInFuture { .. })));
    let sd_hash = Digest::of(&credential()).as_str().to_owned();
    let payload = json!({
        "nonce": EXPECTED.nonce, "aud": EXPECTED.audience, "iat": NOW, "sd_hash": sd_hash,
        "transaction_data_hashes": ["h"],
    });
    let text = with_key_binding(&json!({"alg": "ES256", "typ": "kb+jwt"}), &payload.to_string());
    assert_eq!(check(&text).unwrap().others(), &object(json!({"transaction_data_hashes": ["h"]})));
}

#[test]
fn a_disclosure_added_or_taken_away_breaks_the_binding() {
    let text = present(EXPECTED.audience, EXPECTED.nonce, NOW, &holder());
    let parts = Parts::split(&text).unwrap();
    let jwt = parts.key_binding.unwrap();
    let credential = credential();
    for other in [Parts::join(parts.issuer_jwt, []), credential] {
        let swapped = format!("{other}{jwt}");
        let expected = Digest::of(&other).as_str().to_owned();
        let got = Digest::of(parts.sd_jwt).as_str().to_owned();
        assert_eq!(check(&swapped).unwrap_err(), SdJwtError::SdHashMismatch { expected, got });
    }
}

#[test]
fn a_binding_that_is_no_jws_is_refused() {
    let credential = credential();
    for tail in ["x", "a.b", "a.b.c", "\u{e9}"] {
        let text = format!("{credential}{tail}");
        assert!(matches!(check(&text).unwrap_err(), SdJwtError::KeyBindingJwt { .. }), "{tail}");
    }
    let header = json!({"alg": "ES256", "typ": "kb+jwt"});
    for payload in ["", "[]", r#"{"aud":"a","aud":"b"}"#] {
        let text = with_key_binding(&header, payload);
        assert!(matches!(check(&text).unwrap_err(), SdJwtError::KeyBindingJson { .. }), "{payload}");
    }
}

#[test]
fn a_credential_without_a_usable_holder_key_binds_nobody() {
    let key = |claims: Value| verify(&sign(&claims, &[])).unwrap().confirmation_key().map(drop);
    assert_eq!(key(json!({})), Err(SdJwtError::ConfirmationMissing));
    let method = |got: &str| Err(SdJwtError::ConfirmationMethod { expected: "jwk", got: got.to_owned() });
    assert_eq!(key(json!({"cnf": {"kid": "1", "jku": "u"}})), method("kid, jku"));
    assert_eq!(key(json!({"cnf": "x"})), method("a string"));
    assert!(matches!(key(json!({"cnf": {"jwk": {"kty": "RSA"}}})), Err(SdJwtError::ConfirmationKey { .. })));
    let text = sign(&json!({}), &[]) + "a.b.c";
    assert!(matches!(
        verify(&text).unwrap().verify_key_binding(&EXPECTED),
        Err(SdJwtError::KeyBindingJwt { .. })
    ));
}
