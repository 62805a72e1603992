//! The public keys of a wallet, one for each copy it wants.

use std::collections::HashSet;

use hati_formats::json::{self, JsonError};
use hati_formats::keys::{KeyError, PublicKey};
use hati_protocol::issued::MAX_COPIES;
use hati_protocol::openid4vci::proof::HolderKey;
use serde_json::{Map, Value};

/// The keys of a JWK Set (RFC 7517 section 5): at least one, each once.
#[derive(Clone, Debug)]
pub struct HolderKeys {
    keys: Vec<HolderKey>,
    thumbprints: Vec<[u8; 32]>,
}

/// Why a file is not a wallet's keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HolderKeysError {
    /// Not strict JSON.
    #[error("expected a JWK Set; {0}. Make one with: hati-wallet --vault V keys --count 10 --out keys.json")]
    Json(#[from] JsonError),
    /// Not a JWK Set.
    #[error(
        "expected a JWK Set, an object with an array `keys`. Make one with: hati-wallet --vault V keys --count 10 --out keys.json"
    )]
    NotASet,
    /// None, or too many.
    #[error("expected 1 to {limit} holder keys, got {got}. {}", if *got == 0 { "Give a key for each copy" } else { "Ask for fewer copies at a time" })]
    Count {
        /// The most in one go.
        limit: usize,
        /// How many there are.
        got: usize,
    },
    /// A key that is not taken.
    #[error("holder key {number}: {source}. Give Ed25519 or P-256 public keys")]
    Key {
        /// Its place, from 1.
        number: usize,
        /// What is wrong with it.
        source: KeyError,
    },
    /// A key is there twice, which would link two copies.
    #[error("holder key {number} is there twice, and would link two copies. Give each copy a key of its own")]
    Repeated {
        /// Its place, from 1.
        number: usize,
    },
}

impl HolderKeys {
    /// Reads a JWK Set of public keys.
    ///
    /// # Errors
    ///
    /// [`HolderKeysError`].
    pub fn parse(text: &[u8]) -> Result<Self, HolderKeysError> {
        Self::of_set(&json::parse_object(text)?)
    }

    /// The same of a set that was read already.
    ///
    /// # Errors
    ///
    /// [`HolderKeysError`].
    pub fn of_set(set: &Map<String, Value>) -> Result<Self, HolderKeysError> {
        let jwks = set.get("keys").and_then(Value::as_array).ok_or(HolderKeysError::NotASet)?;
        check_count(jwks.len())?;
        let read = |(number, jwk)| match PublicKey::from_jwk(jwk) {
            Ok(key) => Ok(HolderKey { key, did: None }),
            Err(source) => Err(HolderKeysError::Key { number, source }),
        };
        Self::new((1..).zip(jwks).map(read).collect::<Result<_, _>>()?)
    }

    /// Keys that a wallet proved to have.
    ///
    /// # Errors
    ///
    /// [`HolderKeysError::Count`] or [`HolderKeysError::Repeated`].
    pub fn new(keys: Vec<HolderKey>) -> Result<Self, HolderKeysError> {
        check_count(keys.len())?;
        let thumbprints: Vec<_> = keys.iter().map(|holder| holder.key.thumbprint()).collect();
        let mut seen = HashSet::new();
        match (1..).zip(&thumbprints).find(|(_, thumbprint)| !seen.insert(*thumbprint)) {
            Some((number, _)) => Err(HolderKeysError::Repeated { number }),
            None => Ok(Self { keys, thumbprints }),
        }
    }

    /// The keys, in the order of the file.
    #[must_use]
    pub fn as_slice(&self) -> &[HolderKey] {
        &self.keys
    }

    /// The RFC 7638 thumbprint of each, in the same order.
    #[must_use]
    pub fn thumbprints(&self) -> &[[u8; 32]] {
        &self.thumbprints
    }
}

const fn check_count(got: usize) -> Result<(), HolderKeysError> {
    if got == 0 || got > MAX_COPIES {
        return Err(HolderKeysError::Count { limit: MAX_COPIES, got });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hati_formats::keys::{Algorithm, SoftwareKey};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn jwk(algorithm: Algorithm, seed: u8) -> Value {
        SoftwareKey::from_secret_bytes(algorithm, &[seed; 32]).unwrap().public().to_jwk()
    }

    fn parse(keys: &[Value]) -> Result<HolderKeys, HolderKeysError> {
        HolderKeys::parse(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn both_algorithms_of_holders_are_taken_in_their_order() {
        let jwks = [jwk(Algorithm::Es256, 1), jwk(Algorithm::EdDsa, 2)];
        let keys = parse(&jwks).unwrap();
        assert!(keys.as_slice().iter().map(|holder| holder.key.to_jwk()).eq(jwks));
    }

    #[test]
    fn refusals_name_the_key() {
        let good = jwk(Algorithm::EdDsa, 1);
        assert!(matches!(HolderKeys::parse(b"{"), Err(HolderKeysError::Json(_))));
        assert!(matches!(HolderKeys::parse(b"{}"), Err(HolderKeysError::NotASet)));
        assert!(matches!(HolderKeys::parse(good.to_string().as_bytes()), Err(HolderKeysError::NotASet)));
        assert!(matches!(parse(&[]), Err(HolderKeysError::Count { got: 0, .. })));
        assert!(matches!(parse(&vec![good.clone(); 129]), Err(HolderKeysError::Count { got: 129, .. })));
        assert!(matches!(parse(&[good.clone(), good.clone()]), Err(HolderKeysError::Repeated { number: 2 })));
        let mut private = jwk(Algorithm::EdDsa, 2);
        private["d"] = json!("c2VjcmV0");
        for bad in [private, json!({"kty": "RSA"}), json!(1)] {
            let refused = parse(&[good.clone(), bad]).unwrap_err();
            assert!(matches!(refused, HolderKeysError::Key { number: 2, .. }), "{refused}");
            assert!(!refused.to_string().contains("c2VjcmV0"));
        }
    }

    proptest! {
        #[test]
        fn hostile_files_never_panic(bytes: Vec<u8>, text in r#"\{"keys":\[[\[\]{}":,a-z0-9]{0,40}\]\}"#) {
            let _ = HolderKeys::parse(&bytes);
            let _ = HolderKeys::parse(text.as_bytes());
        }
    }
}
