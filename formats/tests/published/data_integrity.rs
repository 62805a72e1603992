//! The vectors of W3C vc-di-eddsa. Their key is not bound to their issuer: the proof is checked, and the
//! binding is seen to be refused.

use hati_formats::{
    data_integrity::{self, Controller, DataIntegrityError, Expected, ProofOptions, Unverified, jcs},
    did::{self, Relationship, VerificationMethod},
    keys::{Algorithm, SoftwareKey},
    time::Timestamp,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::vectors::{hex, object, text};

const CREATED: &str = "2023-02-24T23:36:38Z";

fn jcs_text(name: &str) -> String {
    text(&format!("vc-di-eddsa/eddsa-jcs-2022/{name}"), 1).unwrap().trim_end().to_owned()
}

fn key() -> Option<SoftwareKey> {
    let pair = object("vc-di-eddsa/keyPair.json")?;
    let private = pair["privateKeyMultibase"].as_str().unwrap().strip_prefix('z').unwrap();
    let private = bs58::decode(private).into_vec().unwrap();
    // `ed25519-priv` (0x1300) as an unsigned varint, then the seed.
    let seed = private.strip_prefix(&[0x80, 0x26]).unwrap().try_into().unwrap();
    let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, seed).unwrap();
    assert_eq!(pair["publicKeyMultibase"], did::multikey::encode(key.public()));
    Some(key)
}

fn unsigned(method: &str) -> data_integrity::Unsigned {
    let document = object("vc-di-eddsa/unsigned.json").unwrap();
    let created = Timestamp::parse_rfc3339(CREATED).unwrap();
    data_integrity::prepare(&document, &ProofOptions::assertion(method, created)).unwrap()
}

fn method(secured: &Map<String, Value>) -> VerificationMethod {
    let id = secured["proof"]["verificationMethod"].as_str().unwrap();
    let document = did::expand(did::controller_of(id)).unwrap();
    document.method(id, Relationship::AssertionMethod, now()).unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse_rfc3339(CREATED).unwrap()
}

#[test]
fn every_step_of_signing_is_as_published() {
    let Some(key) = key() else { return };
    let signed = object("vc-di-eddsa/eddsa-jcs-2022/signedJCS.json").unwrap();
    let unsigned = unsigned(method(&signed).id());

    assert_eq!(unsigned.canonical_document(), jcs_text("canonDocJCS.txt"));
    assert_eq!(unsigned.canonical_proof_config(), jcs_text("proofCanonJCS.txt"));
    let config = object("vc-di-eddsa/eddsa-jcs-2022/proofConfigJCS.json").unwrap();
    assert_eq!(jcs::canonicalize(&config).as_deref(), Ok(unsigned.canonical_proof_config()));
    let hash = |text: &str| Sha256::digest(text).to_vec();
    assert_eq!(hash(unsigned.canonical_document()), hex(&jcs_text("docHashJCS.txt")));
    assert_eq!(hash(unsigned.canonical_proof_config()), hex(&jcs_text("proofHashJCS.txt")));
    assert_eq!(unsigned.to_be_signed().to_vec(), hex(&jcs_text("combinedHashJCS.txt")));

    let signature = key.sign(&unsigned.to_be_signed());
    assert_eq!(signature.0.to_vec(), hex(&jcs_text("sigHexJCS.txt")));
    let secured = unsigned.finish(&signature);
    assert_eq!(secured["proof"]["proofValue"], jcs_text("sigBTC58JCS.txt"));
    assert_eq!(secured, signed);
}

#[test]
fn the_signed_document_is_verified() {
    let Some(signed) = object("vc-di-eddsa/eddsa-jcs-2022/signedJCS.json") else { return };
    let method = method(&signed);
    let verify = |controller| {
        Unverified::parse(&signed).unwrap().verify(&method, &Expected::assertion(controller, now()))
    };
    let verified = verify(Controller::Named(method.controller())).unwrap();
    assert_eq!(verified.document(), &object("vc-di-eddsa/unsigned.json").unwrap());
    let unbound = verify(Controller::Issuer);
    assert!(
        matches!(unbound, Err(DataIntegrityError::Controller { expected, .. }) if expected == "https://vc.example/issuers/5678")
    );
}

/// The contexts of the second document are not bundled.
#[cfg(feature = "rdfc")]
mod rdfc {
    use hati_formats::data_integrity::{Cryptosuite, RdfcError};

    use super::*;

    fn rdfc_text(name: &str) -> String {
        text(&format!("vc-di-eddsa/eddsa-rdfc-2022/{name}"), 1).unwrap()
    }

    #[test]
    fn every_step_of_signing_is_as_published() {
        let Some(key) = key() else { return };
        let signed = object("vc-di-eddsa/eddsa-rdfc-2022/signedDataInt.json").unwrap();
        let options = ProofOptions {
            cryptosuite: Cryptosuite::EddsaRdfc2022,
            ..ProofOptions::assertion(method(&signed).id(), now())
        };
        let document = object("vc-di-eddsa/unsigned.json").unwrap();
        let unsigned = data_integrity::prepare(&document, &options).unwrap();

        assert_eq!(unsigned.canonical_document(), rdfc_text("canonDocDataInt.txt"));
        assert_eq!(unsigned.canonical_proof_config(), rdfc_text("proofCanonDataInt.txt"));
        let hash = |text: &str| Sha256::digest(text).to_vec();
        assert_eq!(hash(unsigned.canonical_document()), hex(rdfc_text("docHashDataInt.txt").trim_end()));
        assert_eq!(
            hash(unsigned.canonical_proof_config()),
            hex(rdfc_text("proofHashDataInt.txt").trim_end())
        );
        assert_eq!(unsigned.to_be_signed().to_vec(), hex(rdfc_text("combinedHashDataInt.txt").trim_end()));

        let signature = key.sign(&unsigned.to_be_signed());
        assert_eq!(signature.0.to_vec(), hex(rdfc_text("sigHexDataInt.txt").trim_end()));
        let secured = unsigned.finish(&signature);
        assert_eq!(secured["proof"]["proofValue"], rdfc_text("sigBTC58DataInt.txt").trim_end());
        assert_eq!(secured, signed);
    }

    #[test]
    fn the_signed_document_is_verified() {
        let Some(signed) = object("vc-di-eddsa/eddsa-rdfc-2022/signedDataInt.json") else { return };
        let method = method(&signed);
        let expected = Expected::assertion(Controller::Named(method.controller()), now());
        let verified = Unverified::parse(&signed).unwrap().verify(&method, &expected).unwrap();
        assert_eq!(verified.document(), &object("vc-di-eddsa/unsigned.json").unwrap());
    }

    #[test]
    fn a_document_with_a_context_that_is_not_bundled_is_refused() {
        let Some(signed) = object("vc-di-eddsa/eddsa-rdfc-2022/employ/signedDataInt.json") else { return };
        let method = method(&signed);
        let expected = Expected::assertion(Controller::Named(method.controller()), now());
        let got = "https://w3id.org/citizenship/v4rc1".to_owned();
        assert_eq!(
            Unverified::parse(&signed).unwrap().verify(&method, &expected).unwrap_err(),
            DataIntegrityError::Rdfc(RdfcError::UnknownContext { got })
        );
    }
}
