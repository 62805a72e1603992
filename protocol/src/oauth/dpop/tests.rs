use hati_formats::jws::{self, JwsError};
use hati_formats::keys::{Algorithm, SoftwareKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;

use super::*;
use crate::message::LifetimeError;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const URL: &str = "https://id.example.go.ke/credential";
const TOKEN: &str = "an-access-token";

/// RFC 9449 section 4.1, figure 2.
const TOKEN_REQUEST: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

fn key(algorithm: Algorithm) -> SoftwareKey {
    SoftwareKey::generate(algorithm, &mut ChaCha20Rng::seed_from_u64(9))
}

fn header(key: &SoftwareKey) -> Value {
    json!({"typ": TYP, "alg": key.public().algorithm().name(), "jwk": key.public().to_jwk()})
}

fn claims() -> Value {
    json!({"jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": URL, "iat": NOW.seconds(), "ath": ath(TOKEN), "nonce": "n"})
}

fn sign(key: &SoftwareKey, header: &Value, claims: &Value) -> String {
    let unsigned = jws::prepare_text(&header.to_string(), claims.to_string().as_bytes());
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn expected(is_nonce: &dyn Fn(&str) -> bool) -> Expected<'_> {
    Expected { method: "POST", url: URL, access_token: Some(TOKEN), is_nonce: Some(is_nonce), now: NOW }
}

fn check(proof: &str) -> Result<VerifiedProof, DpopError> {
    verify(proof, &expected(&|nonce| nonce == "n"))
}

fn with(claim: &str, value: Value) -> Result<VerifiedProof, DpopError> {
    let key = key(Algorithm::EdDsa);
    let mut claims = claims();
    claims[claim] = value;
    check(&sign(&key, &header(&key), &claims))
}

#[test]
fn the_token_request_of_the_rfc() {
    let expected = |now| Expected {
        method: "POST",
        url: "https://server.example.com/token",
        access_token: None,
        is_nonce: None,
        now: Timestamp::from_seconds(now),
    };
    let proof = verify(TOKEN_REQUEST, &expected(1_562_262_616)).unwrap();
    assert_eq!(proof.jti(), "-BwC3ESc6acc2lTc");
    // RFC 9449 section 6.1, figure 8.
    assert_eq!(proof.jkt(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(proof.check_bound("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"), Ok(()));
    assert!(matches!(proof.check_bound("another"), Err(DpopError::OtherKey { .. })));
    assert!(matches!(verify(TOKEN_REQUEST, &expected(1_562_263_616)), Err(DpopError::Time { .. })));
}

#[test]
fn the_access_token_digest_of_the_rfc() {
    // RFC 9449 section 7.1, figures 12 and 13.
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    assert_eq!(ath(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
}

#[test]
fn what_a_wallet_prepares_a_server_accepts() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let key = key(algorithm);
        let url = "HTTPS://id.example.go.ke:443/credential?x=y";
        let claims =
            Claims { jti: "j", method: "POST", url, now: NOW, access_token: Some(TOKEN), nonce: Some("n") };
        let unsigned = prepare(key.public(), &claims).unwrap();
        let proof = check(&unsigned.clone().finish(&key.sign(unsigned.signing_input()))).unwrap();
        assert_eq!((proof.key(), proof.jti()), (key.public(), "j"));
        assert_eq!(proof.jkt(), b64url(&key.public().thumbprint()));
        assert_eq!(proof.remember_until(), NOW.plus_seconds(WINDOW_SECONDS + 1));
    }
}

#[test]
fn each_claim_is_checked() {
    assert!(with("jti", json!("x")).is_ok());
    for jti in [json!(""), json!(1), json!("x".repeat(MAX_JTI_BYTES + 1))] {
        assert!(matches!(with("jti", jti), Err(DpopError::Claim { claim: "jti", .. })));
    }
    assert!(matches!(with("htm", json!("GET")), Err(DpopError::Method { .. })));
    assert!(matches!(with("htm", json!("post")), Err(DpopError::Method { .. })));
    assert!(matches!(with("htm", Value::Null), Err(DpopError::Claim { claim: "htm", .. })));
    assert!(matches!(with("htu", json!("https://id.example.go.ke/token")), Err(DpopError::Url { .. })));
    assert!(matches!(with("htu", json!("http://id.example.go.ke/credential")), Err(DpopError::Url { .. })));
    assert!(matches!(with("htu", json!("/credential")), Err(DpopError::Htu(_))));
    assert!(with("htu", json!(format!("{URL}?q#f"))).is_ok());
    assert!(matches!(with("iat", json!("now")), Err(DpopError::Claim { claim: "iat", .. })));
    assert!(matches!(with("ath", json!("AAAA")), Err(DpopError::AccessToken { .. })));
    assert!(matches!(with("ath", Value::Null), Err(DpopError::Claim { claim: "ath", .. })));
    assert_eq!(with("nonce", json!("old")), Err(DpopError::Nonce { got: Some("`old`".to_owned()) }));
    assert_eq!(with("nonce", Value::Null), Err(DpopError::Nonce { got: None }));
}

#[test]
fn time_is_checked_on_both_sides() {
    for off in [0, WINDOW_SECONDS, -WINDOW_SECONDS] {
        assert!(with("iat", json!(NOW.seconds() + off)).is_ok(), "{off}");
    }
    for off in [WINDOW_SECONDS + 1, -WINDOW_SECONDS - 1] {
        assert!(matches!(with("iat", json!(NOW.seconds() + off)), Err(DpopError::Time { .. })), "{off}");
    }
    for iat in [i64::MIN, i64::MAX] {
        assert!(matches!(with("iat", json!(iat)), Err(DpopError::Time { .. })), "{iat}");
    }
}

/// RFC 7519 sections 4.1.4 and 4.1.5.
#[test]
fn a_proof_is_held_to_the_lifetime_that_it_claims() {
    let now = NOW.seconds();
    for (claim, good) in [("exp", now + 1 - WINDOW_SECONDS), ("nbf", now + WINDOW_SECONDS)] {
        assert!(with(claim, json!(good)).is_ok(), "{claim}");
        for no_date in [json!("x"), Value::Null] {
            let error = with(claim, no_date).unwrap_err();
            assert_eq!(error, DpopError::Lifetime(LifetimeError::Claim { claim }));
        }
    }
    for exp in [now - WINDOW_SECONDS, now - 3_600, i64::MIN] {
        let error = with("exp", json!(exp)).unwrap_err();
        assert!(matches!(error, DpopError::Lifetime(LifetimeError::Expired { .. })), "{exp}: {error}");
    }
    for nbf in [now + WINDOW_SECONDS + 1, now + 3_600, i64::MAX] {
        let error = with("nbf", json!(nbf)).unwrap_err();
        assert!(matches!(error, DpopError::Lifetime(LifetimeError::NotYet { .. })), "{nbf}: {error}");
    }
}

#[test]
fn type_key_and_signature_are_checked() {
    let (key, other) = (key(Algorithm::EdDsa), self::key(Algorithm::Es256));
    let refused = |member: &str, value: Value| {
        let mut header = header(&key);
        header[member] = value;
        check(&sign(&key, &header, &claims())).unwrap_err()
    };
    assert!(matches!(refused("typ", json!("JWT")), DpopError::Typ { .. }));
    assert!(matches!(refused("typ", Value::Null), DpopError::Jws(JwsError::HeaderMember { member: "typ" })));
    for alg in ["none", "HS256", "RS256"] {
        assert!(matches!(refused("alg", json!(alg)), DpopError::Jws(JwsError::Algorithm { .. })));
    }
    assert!(matches!(refused("jwk", Value::Null), DpopError::Key(_)));
    let private: Value = serde_json::from_str(&key.to_jwk()).unwrap();
    assert!(refused("jwk", private).to_string().contains("private key"));
    assert!(matches!(
        refused("jwk", other.public().to_jwk()),
        DpopError::Jws(JwsError::AlgorithmOfKey { .. })
    ));
    let stranger = SoftwareKey::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(1));
    assert!(matches!(refused("jwk", stranger.public().to_jwk()), DpopError::Jws(JwsError::Signature(_))));
    assert!(matches!(check("a.b"), Err(DpopError::Jws(JwsError::Parts { .. }))));
    let got = MAX_PROOF_BYTES + 1;
    assert_eq!(check(&"a".repeat(got)), Err(DpopError::TooLong { limit: MAX_PROOF_BYTES, got }));
}

#[test]
fn a_request_has_one_proof() {
    assert_eq!(only_proof([]), Ok(None));
    assert_eq!(only_proof([b"a".as_slice()]), Ok(Some("a")));
    assert_eq!(only_proof([b"a".as_slice(), b"a"]), Err(DpopError::Count { got: 2 }));
    assert!(only_proof([b"\xff".as_slice()]).is_err());
}
