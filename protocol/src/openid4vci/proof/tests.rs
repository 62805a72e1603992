use hati_formats::did::{did_jwk, did_key};
use hati_formats::jws::JwsError;
use hati_formats::keys::{Algorithm, SoftwareKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::message::LifetimeError;
use crate::oauth::ErrorResponse;
use crate::openid4vci::CredentialErrorCode;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ISSUER: &str = "https://id.example.go.ke";
const EXPECTED: Expected<'_> =
    Expected { audience: ISSUER, client_id: Some("hati-wallet"), batch_size: 3, now: NOW };

/// OpenID4VCI 1.0 appendix F.1.
const OF_THE_STANDARD: &str = "eyJ0eXAiOiJvcGVuaWQ0dmNpLXByb29mK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiblVXQW9BdjNYWml0aDhFN2kxOU9kYXhPTFlGT3dNLVoyRXVNMDJUaXJUNCIsInkiOiJIc2tIVThCalVpMVU5WHFpN1N3bWo4Z3dBS18weGtjRGpFV183MVNvc0VZIn19.eyJhdWQiOiJodHRwczovL2NyZWRlbnRpYWwtaXNzdWVyLmV4YW1wbGUuY29tIiwiaWF0IjoxNzAxOTYwNDQ0LCJub25jZSI6IkxhclJHU2JtVVBZdFJZTzZCUTR5bjgifQ.-a3EDsxClUB4O3LeDD5DVGEnNMT01FCQW4P6-2-BNBqc_Zxf0Qw4CWayLEpqkAomlkLb9zioZoipdP-jvh1WlA";

fn key(seed: u64, algorithm: Algorithm) -> SoftwareKey {
    SoftwareKey::generate(algorithm, &mut ChaCha20Rng::seed_from_u64(seed))
}

fn claims() -> Value {
    json!({"iss": "hati-wallet", "aud": ISSUER, "iat": NOW.seconds(), "nonce": "n"})
}

fn sign(key: &SoftwareKey, header: &Value, claims: &Value) -> String {
    let unsigned = jws::prepare_text(&header.to_string(), claims.to_string().as_bytes());
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn prepared(key: &SoftwareKey, nonce: &str) -> String {
    let claims = Claims { audience: ISSUER, client_id: Some("hati-wallet"), nonce, now: NOW };
    let unsigned = prepare(key.public(), &claims);
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn with_claim(claim: &str, value: Value) -> Result<VerifiedProofs, ProofError> {
    let key = key(1, Algorithm::EdDsa);
    let mut claims = claims();
    claims[claim] = value;
    verify_all(
        &[sign(&key, &json!({"typ": TYP, "alg": "EdDSA", "jwk": key.public().to_jwk()}), &claims)],
        &EXPECTED,
    )
}

fn with_header(change: impl FnOnce(&mut Value)) -> Result<VerifiedProofs, ProofError> {
    let key = key(1, Algorithm::EdDsa);
    let mut header = json!({"typ": TYP, "alg": "EdDSA", "jwk": key.public().to_jwk()});
    change(&mut header);
    verify_all(&[sign(&key, &header, &claims())], &EXPECTED)
}

#[test]
fn the_proof_of_the_standard_is_valid() {
    let now = Timestamp::from_seconds(1_701_960_444);
    let expected =
        Expected { audience: "https://credential-issuer.example.com", client_id: None, batch_size: 1, now };
    let verified = verify_all(&[OF_THE_STANDARD], &expected).unwrap();
    assert_eq!(verified.nonces().collect::<Vec<_>>(), ["LarRGSbmUPYtRYO6BQ4yn8"]);
    let keys = verified.redeem(|_| true).unwrap();
    assert_eq!(keys[0].key.to_jwk()["x"], "nUWAoAv3XZith8E7i19OdaxOLYFOwM-Z2EuM02TirT4");
    let late = Expected { now: now.plus_seconds(MAX_AGE_SECONDS + 1), ..expected };
    assert!(matches!(verify_all(&[OF_THE_STANDARD], &late), Err(ProofError::Time { .. })));
}

#[test]
fn a_batch_gives_its_keys_in_order_once_its_nonces_are_redeemed() {
    let keys = [key(1, Algorithm::EdDsa), key(2, Algorithm::Es256), key(3, Algorithm::EdDsa)];
    let proofs: Vec<_> = keys.iter().zip(["a", "b", "a"]).map(|(key, nonce)| prepared(key, nonce)).collect();
    let verified = verify_all(&proofs, &EXPECTED).unwrap();
    assert_eq!(verified.nonces().collect::<Vec<_>>(), ["a", "b"]);
    let error = verified.clone().redeem(|nonce| nonce == "a").unwrap_err();
    assert_eq!(error, ProofError::Nonce { got: "`b`".to_owned() });
    assert_eq!(ErrorResponse::from(error).code, CredentialErrorCode::InvalidNonce);
    let redeemed = verified.redeem(|nonce| ["a", "b"].contains(&nonce)).unwrap();
    assert!(
        redeemed.iter().zip(&keys).all(|(holder, key)| &holder.key == key.public() && holder.did.is_none())
    );
}

#[test]
fn too_many_none_and_the_same_key_twice_are_refused() {
    let key = key(1, Algorithm::EdDsa);
    let proof = prepared(&key, "n");
    assert_eq!(verify_all::<&str>(&[], &EXPECTED), Err(ProofError::Count { limit: 3, got: 0 }));
    let four = vec![proof.clone(); 4];
    assert_eq!(verify_all(&four, &EXPECTED), Err(ProofError::Count { limit: 3, got: 4 }));
    let by_did = json!({"typ": TYP, "alg": "EdDSA", "kid": format!("{}#0", did_jwk(key.public()))});
    let again = sign(&key, &by_did, &claims());
    let error = verify_all(&[proof, again], &EXPECTED).unwrap_err();
    assert_eq!(error, ProofError::SameKey);
    assert_eq!(ErrorResponse::from(error).code, CredentialErrorCode::InvalidProof);
}

#[test]
fn a_key_may_be_named_by_did() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let key = key(1, algorithm);
        let did_key = did_key(key.public());
        let multikey = did_key.trim_start_matches("did:key:").to_owned();
        for (did, fragment) in [(did_jwk(key.public()), "0".to_owned()), (did_key, multikey)] {
            let header = json!({"typ": TYP, "alg": algorithm.name(), "kid": format!("{did}#{fragment}")});
            let keys =
                verify_all(&[sign(&key, &header, &claims())], &EXPECTED).unwrap().redeem(|_| true).unwrap();
            assert_eq!(keys, [HolderKey { key: key.public().clone(), did: Some(did) }]);
        }
    }
}

#[test]
fn each_claim_is_checked() {
    assert!(with_claim("more", json!(1)).is_ok());
    assert!(matches!(with_claim("aud", json!("https://evil.example")), Err(ProofError::Audience { .. })));
    assert!(matches!(with_claim("aud", json!([ISSUER])), Err(ProofError::Claim { claim: "aud", .. })));
    let missing = with_claim("nonce", Value::Null).unwrap_err();
    assert!(matches!(missing, ProofError::Claim { claim: "nonce", .. }));
    assert_eq!(ErrorResponse::from(missing).code, CredentialErrorCode::InvalidProof);
    assert!(matches!(with_claim("iss", json!("another")), Err(ProofError::Issuer { .. })));
    assert!(matches!(with_claim("iss", json!(1)), Err(ProofError::Issuer { .. })));
    assert!(matches!(with_claim("iat", json!("now")), Err(ProofError::Claim { claim: "iat", .. })));
    let anonymous = Expected { client_id: None, ..EXPECTED };
    let error = verify_all(&[prepared(&key(1, Algorithm::EdDsa), "n")], &anonymous).unwrap_err();
    assert_eq!(error.to_string(), "a proof's iss must be absent, got \"hati-wallet\"");
}

#[test]
fn time_is_checked_on_both_sides() {
    for off in [0, CLOCK_SKEW_SECONDS, -MAX_AGE_SECONDS] {
        assert!(with_claim("iat", json!(NOW.seconds() + off)).is_ok(), "{off}");
    }
    for iat in
        [NOW.seconds() + CLOCK_SKEW_SECONDS + 1, NOW.seconds() - MAX_AGE_SECONDS - 1, i64::MIN, i64::MAX]
    {
        assert!(matches!(with_claim("iat", json!(iat)), Err(ProofError::Time { .. })), "{iat}");
    }
}

/// RFC 7519 sections 4.1.4 and 4.1.5.
#[test]
fn a_proof_is_held_to_the_lifetime_that_it_claims() {
    let now = NOW.seconds();
    for (claim, good) in [("exp", now + 1 - CLOCK_SKEW_SECONDS), ("nbf", now + CLOCK_SKEW_SECONDS)] {
        assert!(with_claim(claim, json!(good)).is_ok(), "{claim}");
        for no_date in [json!("x"), Value::Null, json!([good])] {
            let error = with_claim(claim, no_date).unwrap_err();
            assert_eq!(error, ProofError::Lifetime(LifetimeError::Claim { claim }));
            assert_eq!(ErrorResponse::from(error).code, CredentialErrorCode::InvalidProof);
        }
    }
    for exp in [now - CLOCK_SKEW_SECONDS, now - 3_600, i64::MIN] {
        let error = with_claim("exp", json!(exp)).unwrap_err();
        assert!(matches!(error, ProofError::Lifetime(LifetimeError::Expired { .. })), "{exp}: {error}");
    }
    for nbf in [now + CLOCK_SKEW_SECONDS + 1, now + 3_600, i64::MAX] {
        let error = with_claim("nbf", json!(nbf)).unwrap_err();
        assert!(matches!(error, ProofError::Lifetime(LifetimeError::NotYet { .. })), "{nbf}: {error}");
    }
}

#[test]
fn type_key_and_signature_are_checked() {
    assert!(with_header(|_| ()).is_ok());
    assert!(matches!(with_header(|it| it["typ"] = json!("JWT")), Err(ProofError::Typ { .. })));
    for alg in ["none", "HS256", "RS256"] {
        assert!(matches!(
            with_header(|it| it["alg"] = json!(alg)),
            Err(ProofError::Jws(JwsError::Algorithm { .. }))
        ));
    }
    let crit = with_header(|it| it["crit"] = json!(["x"]));
    assert!(matches!(crit, Err(ProofError::Jws(JwsError::Critical { .. }))));
    let key_reference = |change: fn(&mut Value)| match with_header(change) {
        Err(ProofError::KeyReference { got }) => got,
        other => panic!("{other:?}"),
    };
    assert_eq!(key_reference(|it| it["kid"] = json!("did:jwk:e30#0")), r#"["jwk", "kid"]"#);
    assert_eq!(key_reference(|it| it["x5c"] = json!([])), r#"["jwk", "x5c"]"#);
    assert_eq!(key_reference(|it| *it = json!({"typ": TYP, "alg": "EdDSA"})), "[]");
    assert_eq!(key_reference(|it| *it = json!({"typ": TYP, "alg": "EdDSA", "x5c": []})), r#"["x5c"]"#);
    let kid = |kid: &str| with_header(|it| *it = json!({"typ": TYP, "alg": "EdDSA", "kid": kid}));
    for name in ["key-1", "did:jwk:e30#0", &did_key(key(1, Algorithm::EdDsa).public())] {
        assert!(matches!(kid(name), Err(ProofError::Did(_))), "{name}");
    }
    let remote = kid("did:web:wallet.example#0").unwrap_err().to_string();
    let expected = "the kid of a proof must hold its key itself, as did:key and did:jwk do, got `did:web:wallet.example`";
    assert_eq!(remote, expected);
    let private: Value = serde_json::from_str(&key(1, Algorithm::EdDsa).to_jwk()).unwrap();
    assert!(matches!(with_header(|it| it["jwk"] = private), Err(ProofError::Key(_))));
    let other = key(2, Algorithm::EdDsa).public().to_jwk();
    assert!(matches!(with_header(|it| it["jwk"] = other), Err(ProofError::Jws(JwsError::Signature(_)))));
    let got = MAX_PROOF_BYTES + 1;
    let long = verify_all(&["a".repeat(got)], &EXPECTED);
    assert_eq!(long, Err(ProofError::TooLong { limit: MAX_PROOF_BYTES, got }));
}
