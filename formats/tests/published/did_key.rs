//! The vectors of W3C CCG did:key: keys of our curves are read and written back, others refused by name.

use hati_formats::{
    did::{self, DidError, Relationship, multikey},
    keys::{Algorithm, PublicKey, SoftwareKey},
    time::Timestamp,
};
use serde_json::Value;

use crate::vectors::{hex, json};

/// The start of a Multikey, by key type, of those that the profile refuses.
const REFUSED: [(&str, &str); 3] = [("z6LS", "X25519"), ("z82", "P-384"), ("z2J9", "P-521")];

/// Checks one DID and its document; true if its key is of our curves.
fn check(did: &str, entry: &Value) -> bool {
    let multikey = did.strip_prefix("did:key:").unwrap();
    if let Some((_, name)) = REFUSED.iter().find(|(start, _)| multikey.starts_with(start)) {
        assert_eq!(did::expand(did), Err(DidError::UnsupportedKeyType { got: (*name).to_owned() }));
        return false;
    }
    let document = did::expand(did).expect(did);
    let published = &entry["didDocument"];
    for relationship in Relationship::ALL {
        let id = published[relationship.name()][0].as_str().unwrap();
        let method = document.method(id, relationship, Timestamp::from_seconds(0)).unwrap();
        assert_eq!(method.key(), &published_key(&published["verificationMethod"][0]), "{did}");
        assert_eq!(method.controller(), did);
        assert_eq!(did::did_key(method.key()), did);
        if let Some(private) = private_key(entry) {
            assert_eq!(private.public(), method.key());
        }
    }
    true
}

fn published_key(method: &Value) -> PublicKey {
    match method.get("publicKeyBase58") {
        None => PublicKey::from_jwk(&method["publicKeyJwk"]).unwrap(),
        Some(base58) => {
            let algorithm = if method["type"] == "P256Key2021" { Algorithm::Es256 } else { Algorithm::EdDsa };
            let bytes = bs58::decode(base58.as_str().unwrap()).into_vec().unwrap();
            PublicKey::from_bytes(algorithm, &bytes).unwrap()
        }
    }
}

fn private_key(entry: &Value) -> Option<SoftwareKey> {
    let seed = entry.get("seed").map(|seed| {
        let seed = hex(seed.as_str().unwrap()).try_into().unwrap();
        SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &seed).unwrap()
    });
    let jwk = || entry.get("verificationMethod")?.get("privateKeyJwk");
    seed.or_else(|| jwk().map(|jwk| SoftwareKey::from_jwk(jwk).unwrap()))
}

#[test]
fn keys_of_our_curves_are_read_and_others_refused() {
    for (file, ours, others) in [("ed25519-x25519", 5, 0), ("nist-curves", 3, 4), ("x25519", 0, 4)] {
        let Some(vectors) = json(&format!("did-key/{file}.json"), ours + others) else { continue };
        // The file of X25519 keys has its documents below one member.
        let vectors = vectors.get("didDocument").unwrap_or(&vectors).as_object().unwrap();
        let read = vectors.iter().filter(|(did, entry)| check(did, entry)).count();
        assert_eq!((read, vectors.len()), (ours, ours + others), "{file}");
    }
}

#[test]
fn the_key_agreement_keys_beside_ed25519_are_refused() {
    let Some(vectors) = json("did-key/ed25519-x25519.json", 5) else { return };
    for entry in vectors.as_object().unwrap().values() {
        let id = entry["didDocument"]["keyAgreement"][0].as_str().unwrap();
        let (_, fragment) = id.split_once('#').unwrap();
        assert_eq!(
            multikey::decode(fragment),
            Err(DidError::UnsupportedKeyType { got: "X25519".to_owned() })
        );
    }
}
