//! RFC 7515, RFC 7520 ("the cookbook"), RFC 8037 and RFC 9449: JWS, keys and thumbprints.

use hati_formats::{
    encoding::b64url,
    jws::{self, JwsError, Unverified},
    keys::{KeyError, PublicKey, SoftwareKey},
};
use serde_json::{Map, Value, json};

use crate::vectors;

fn public(jwk: &Value) -> Value {
    let mut public = jwk.clone();
    public.as_object_mut().unwrap().remove("d");
    public
}

#[test]
fn ed25519_signs_and_verifies_as_in_rfc_8037() {
    let Some(vector) = vectors::json("jose-cookbook/curve25519/jws.json", 1) else { return };
    let jwk = &vector["input"]["key"];
    let key = SoftwareKey::from_jwk(jwk).unwrap();
    let payload = vector["input"]["payload"].as_str().unwrap();
    let unsigned = jws::prepare(vector["signing"]["protected"].as_object().unwrap(), payload.as_bytes());
    assert_eq!(unsigned.signing_input(), vector["signing"]["sig-input"].as_str().unwrap().as_bytes());
    let signature = key.sign(unsigned.signing_input());
    assert_eq!(vector["signing"]["sig"], b64url(&signature.0));
    let token = unsigned.finish(&signature);
    assert_eq!(vector["output"]["compact"], token.as_str());
    let verified = Unverified::parse(&token).unwrap();
    let verified = verified.verify(&PublicKey::from_jwk(&public(jwk)).unwrap()).unwrap();
    assert_eq!(verified.payload(), payload.as_bytes());
}

/// RFC 7515, A.3.
#[test]
fn es256_verifies_as_in_rfc_7515() {
    const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let key = PublicKey::from_jwk(&json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }));
    let verified = Unverified::parse(TOKEN).unwrap().verify(&key.unwrap()).unwrap();
    assert_eq!(verified.claims().unwrap()["iss"], "joe");
}

/// RFC 7515, A.5.
#[test]
fn a_token_without_signature_is_refused() {
    let token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    assert!(Unverified::parse(token).is_err());
    let with_signature = format!("{token}{}", b64url(&[0; 64]));
    let refused = Unverified::parse(&with_signature).unwrap_err();
    assert_eq!(refused, JwsError::Algorithm { got: "none".to_owned() });
}

#[test]
fn other_algorithms_of_the_cookbook_are_refused() {
    for (name, vector) in vectors::all("jose-cookbook/jws", 8) {
        let Some(token) = vector["output"].get("compact").and_then(Value::as_str) else {
            // The JSON serialisations, which this profile does not read.
            let text = vector["output"]["json"].to_string();
            assert!(Unverified::parse(&text).is_err(), "{name}");
            continue;
        };
        let (header, rest) = token.split_once('.').unwrap();
        let (payload, _) = rest.rsplit_once('.').unwrap();
        // RSA's, P-521's and HMAC's signatures are not of 64 bytes, so one that is comes in their place:
        // what is refused is the algorithm.
        let sized = format!("{header}.{payload}.{}", b64url(&[0; 64]));
        let got = vector["input"]["alg"].as_str().unwrap().to_owned();
        assert_eq!(Unverified::parse(&sized).unwrap_err(), JwsError::Algorithm { got }, "{name}");
        assert!(Unverified::parse(token).is_err(), "{name}");
    }
}

#[test]
fn other_keys_of_the_cookbook_are_refused() {
    for (name, jwk) in vectors::all("jose-cookbook/jwk", 6) {
        assert!(SoftwareKey::from_jwk(&jwk).is_err(), "{name}");
        match PublicKey::from_jwk(&jwk).unwrap_err() {
            KeyError::Unsupported { got } => {
                assert!(got.starts_with(jwk["kty"].as_str().unwrap()), "{name}: {got}")
            }
            KeyError::Jwk { .. } => assert!(jwk.get("d").is_some(), "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn thumbprints_are_as_published() {
    let thumbprint = |jwk: Value| b64url(&PublicKey::from_jwk(&jwk).unwrap().thumbprint());
    // RFC 8037, A.3; what else a key says about itself does not count (RFC 7638, 3.1).
    let ed25519 = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "k", "use": "sig"});
    assert_eq!(thumbprint(ed25519), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    // RFC 9449, 4.2 and 6.1.
    let p256 = json!({
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "crv": "P-256",
        "kty": "EC",
    });
    assert_eq!(thumbprint(p256), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

/// RFC 7515, 4.1.11 and RFC 7797: an extension that changes what is signed.
#[test]
fn an_unencoded_payload_is_refused() {
    let header = json!({"alg": "EdDSA", "b64": false, "crit": ["b64"]});
    let header: Map<String, Value> = header.as_object().unwrap().clone();
    let token = jws::prepare(&header, b"$.02");
    let text = token.finish(&hati_formats::keys::Signature([0; 64]));
    assert!(matches!(Unverified::parse(&text), Err(JwsError::Critical { .. })));
}
