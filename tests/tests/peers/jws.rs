//! JWS (RFC 7515) and thumbprints (RFC 7638), EdDSA and ES256.

use hati_formats::encoding::b64url;
use hati_formats::jws::{self, JwsError, Unverified};
use hati_formats::keys::{Algorithm, PublicKey};
use serde_json::{Map, Value, json};

use crate::client::Peer;
use crate::{ALGORITHMS, key, private_jwk};

const PAYLOAD: &str = r#"{"iss":"https://issuer.example","name":"Wanjikũ"}"#;

#[test]
fn peers_verify_what_we_sign() {
    for mut peer in Peer::all() {
        for algorithm in ALGORITHMS {
            let token = ours(algorithm);
            let key = key(algorithm, 1).public().to_jwk();

            let answer = peer.ask(&json!({"op": "jws_verify", "key": key, "token": token}));
            let header = json!({"alg": algorithm.name(), "typ": "JWT", "kid": "k1"});
            assert_eq!(answer, Ok(json!({"header": header, "payload": PAYLOAD})), "{}", peer.name);

            let tampered = json!({"op": "jws_verify", "key": key, "token": tampered(&token)});
            assert!(peer.ask(&tampered).is_err(), "{} takes a tampered token", peer.name);
        }
    }
}

#[test]
fn we_verify_what_peers_sign() {
    for mut peer in Peer::all() {
        for algorithm in ALGORITHMS {
            let key = key(algorithm, 1);
            let command = json!({"op": "jws_sign", "key": private_jwk(&key), "header": {"typ": "JWT"}, "payload": PAYLOAD});
            let token = peer.ask_text(&command);

            let verified = verify(&token, key.public()).expect(peer.name);
            assert_eq!(verified.payload(), PAYLOAD.as_bytes());
            assert_eq!(verified.header().typ.as_deref(), Some("JWT"));
            assert!(matches!(verify(&tampered(&token), key.public()), Err(JwsError::Signature { .. })));
        }
    }
}

#[test]
fn a_token_of_one_algorithm_is_refused_with_a_key_of_the_other() {
    for mut peer in Peer::all() {
        let token = ours(Algorithm::EdDsa);
        let wrong = key(Algorithm::Es256, 1);
        let command = json!({"op": "jws_verify", "key": wrong.public().to_jwk(), "token": token});
        assert!(peer.ask(&command).is_err(), "{}", peer.name);
        assert!(matches!(verify(&token, wrong.public()), Err(JwsError::AlgorithmOfKey { .. })));
    }
}

#[test]
fn thumbprints_agree() {
    for mut peer in Peer::all() {
        for algorithm in ALGORITHMS {
            let key = key(algorithm, 1);
            let theirs = peer.ask_text(&json!({"op": "thumbprint", "key": key.public().to_jwk()}));
            assert_eq!(theirs, b64url(&key.public().thumbprint()), "{}", peer.name);
        }
    }
}

fn ours(algorithm: Algorithm) -> String {
    let members = [("alg", algorithm.name()), ("typ", "JWT"), ("kid", "k1")];
    let header: Map<String, Value> =
        members.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
    let unsigned = jws::prepare(&header, PAYLOAD.as_bytes());
    let signature = key(algorithm, 1).sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn verify(token: &str, key: &PublicKey) -> Result<jws::Verified, JwsError> {
    Unverified::parse(token)?.verify(key)
}

/// The same token with another payload.
fn tampered(token: &str) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let [header, _, signature] = parts.as_slice() else { panic!("three parts") };
    format!("{header}.{}.{signature}", b64url(PAYLOAD.replace("Wanjik", "Wanjig").as_bytes()))
}
