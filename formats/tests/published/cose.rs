//! The COSE working group's examples: COSE_Sign1 with ES256 and EdDSA is verified, everything else refused.

use hati_formats::{
    cose::{CoseError, Unverified},
    encoding::b64url,
    keys::PublicKey,
};
use serde_json::{Map, Value};

use crate::vectors::{all, hex};

/// Where this profile refuses what its vector accepts.
const STRICTER: [(&str, &str); 1] =
    [("sign-pass-01.json", "the algorithm stands in the unprotected header alone, so nobody signed it")];

/// COSE_Sign1's tag, which is known from where the bytes were found (RFC 9052, 2).
const SIGN1_TAG: u8 = 0xd2;

/// Verifies a vector's output under the key of its input.
fn verify(vector: &Value) -> Result<Vec<u8>, CoseError> {
    let bytes = hex(vector["output"]["cbor"].as_str().unwrap());
    let untagged = bytes.strip_prefix(&[SIGN1_TAG]).unwrap_or(&bytes);
    let unverified = Unverified::parse(untagged)?;
    let signer = &vector["input"]["sign0"];
    let external_aad = signer.get("external").map(|aad| hex(aad.as_str().unwrap())).unwrap_or_default();
    let key = PublicKey::from_jwk(&public_jwk(&signer["key"])).expect("a key of our curves");
    Ok(unverified.verify_with_aad(&external_aad, &key)?.payload().to_vec())
}

/// The working group writes keys as JWK, or as one whose members are in hexadecimal.
fn public_jwk(key: &Value) -> Value {
    let mut jwk = Map::new();
    for (name, value) in key.as_object().unwrap() {
        let text = value.as_str().unwrap();
        match name.as_str() {
            "d" | "d_hex" => {}
            "x_hex" | "y_hex" => {
                jwk.insert(name.trim_end_matches("_hex").to_owned(), b64url(&hex(text)).into());
            }
            _ => {
                jwk.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(jwk)
}

fn payload(vector: &Value) -> Vec<u8> {
    let input = &vector["input"];
    match input.get("plaintext") {
        Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
        None => hex(input["plaintext_hex"].as_str().unwrap()),
    }
}

#[test]
fn sign1_vectors_decide_as_published() {
    for (name, vector) in all("cose/sign1-tests", 9) {
        let stricter = STRICTER.iter().any(|(listed, _)| *listed == name);
        let must_pass = vector.get("fail").is_none() && !stricter;
        match verify(&vector) {
            Ok(verified) => {
                assert!(must_pass, "{name} passes and must not");
                assert_eq!(verified, payload(&vector), "{name}");
            }
            Err(error) => assert!(!must_pass, "{name}: {error}"),
        }
    }
}

#[test]
fn the_external_data_is_bound() {
    for (name, mut vector) in all("cose/sign1-tests", 9) {
        if name == "sign-pass-02.json" {
            vector["input"]["sign0"]["external"] = "11aa22bb33cc44dd55006698".into();
            assert!(matches!(verify(&vector), Err(CoseError::Signature(_))));
        }
    }
}

/// What each example must come to: nothing for its payload, or how it is refused.
type Outcome = Option<fn(&CoseError) -> bool>;

const STRUCTURE: Outcome = Some(|error| matches!(error, CoseError::Structure { .. }));
const ALGORITHM: Outcome = Some(|error| matches!(error, CoseError::Algorithm { .. }));

fn check(folder: &str, expected: &[(&str, Outcome)]) {
    let vectors = all(folder, expected.len());
    for ((name, vector), (listed, outcome)) in vectors.iter().zip(expected) {
        assert_eq!(name.trim_end_matches(".json"), *listed);
        match (verify(vector), outcome) {
            (Ok(verified), None) => assert_eq!(verified, payload(vector), "{name}"),
            (Err(error), Some(refusal)) => assert!(refusal(&error), "{name}: {error}"),
            (Ok(_), Some(_)) => panic!("{name} passes and must not"),
            (Err(error), None) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn ecdsa_examples_decide_as_the_profile_does() {
    check(
        "cose/ecdsa-examples",
        &[
            // COSE_Sign, with a list of signers.
            ("ecdsa-01", STRUCTURE),
            ("ecdsa-02", STRUCTURE),
            ("ecdsa-03", STRUCTURE),
            ("ecdsa-04", STRUCTURE),
            ("ecdsa-sig-01", None),
            // ES384 and ES512.
            ("ecdsa-sig-02", ALGORITHM),
            ("ecdsa-sig-03", ALGORITHM),
            ("ecdsa-sig-04", ALGORITHM),
        ],
    );
}

#[test]
fn eddsa_examples_decide_as_the_profile_does() {
    check(
        "cose/eddsa-examples",
        &[
            // COSE_Sign, with a list of signers.
            ("eddsa-01", STRUCTURE),
            ("eddsa-02", STRUCTURE),
            ("eddsa-sig-01", None),
            // Ed448: the same algorithm number, a signature of 114 bytes.
            ("eddsa-sig-02", STRUCTURE),
        ],
    );
}

#[test]
fn cwt_examples_decide_as_the_profile_does() {
    check(
        "cose/CWT",
        &[
            ("A_3", None),
            // COSE_Mac0 and COSE_Encrypt0.
            ("A_4", STRUCTURE),
            ("A_5", STRUCTURE),
            ("A_6", STRUCTURE),
            ("A_7", STRUCTURE),
        ],
    );
}
