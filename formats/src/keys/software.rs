//! Private keys that live in memory: for files, tests and the native wallet. HSMs and phone keystores
//! never come here; they take the bytes of *prepare* and give a [`Signature`] back.

use core::fmt;

use p256::ecdsa::signature::Signer as _;
use rand_core::CryptoRng;
use serde_json::Value;
use zeroize::Zeroizing;

use super::ed25519::SigningKey;
use super::p256_key::P256Key;
use super::{Algorithm, Inner, JwkText, KeyError, PublicKey, Signature, jwk};
use crate::encoding::b64url;

/// A private key in memory. Wiped when dropped, and never shown by `Debug`.
pub struct SoftwareKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    Ed25519(Box<SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

impl SoftwareKey {
    /// A new key from `rng`.
    #[must_use]
    pub fn generate(algorithm: Algorithm, rng: &mut impl CryptoRng) -> Self {
        loop {
            let mut seed = Zeroizing::new([0u8; 32]);
            rng.fill_bytes(seed.as_mut());
            // Every 32 bytes are an Ed25519 seed; about one in 2^32 is no P-256 scalar and is drawn again.
            if let Ok(key) = Self::from_secret_bytes(algorithm, &seed) {
                return key;
            }
        }
    }

    /// The key of 32 secret bytes: an Ed25519 seed (RFC 8032 section 5.1.5) or a P-256 scalar.
    ///
    /// # Errors
    /// [`KeyError::Invalid`] where the bytes are not a scalar of P-256.
    pub fn from_secret_bytes(algorithm: Algorithm, secret: &[u8; 32]) -> Result<Self, KeyError> {
        match algorithm {
            Algorithm::EdDsa => {
                let key = SigningKey::from_seed(secret);
                let public = PublicKey(Inner::Ed25519(key.verifying_key()));
                Ok(Self { secret: Secret::Ed25519(Box::new(key)), public })
            }
            Algorithm::Es256 => {
                let invalid = |reason| KeyError::Invalid { algorithm, reason };
                let key = p256::ecdsa::SigningKey::from_slice(secret)
                    .map_err(|_| invalid("its secret is not a scalar of the curve".into()))?;
                let public = PublicKey(Inner::P256(P256Key::new(*key.verifying_key()).map_err(invalid)?));
                Ok(Self { secret: Secret::P256(Box::new(key)), public })
            }
        }
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`; both algorithms are deterministic (RFC 8032, RFC 6979).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        match &self.secret {
            Secret::Ed25519(key) => key.sign(message),
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                Signature(signature.to_bytes().into())
            }
        }
    }

    /// The 32 secret bytes that [`from_secret_bytes`](Self::from_secret_bytes) takes, for a vault; wiped when dropped.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(match &self.secret {
            Secret::Ed25519(key) => key.seed(),
            Secret::P256(key) => key.to_bytes().into(),
        })
    }

    /// Reads a private JWK; its public half must belong to the private one.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_jwk(value: &Value) -> Result<Self, KeyError> {
        let public = jwk::read_public(value)?;
        let secret = Zeroizing::new(jwk::coordinate(value, "d")?);
        let key = Self::from_secret_bytes(public.algorithm(), &secret)?;
        if key.public == public {
            Ok(key)
        } else {
            Err(KeyError::Jwk { reason: "its private key `d` does not belong to its public key".into() })
        }
    }

    /// The private JWK as text, wiped when dropped.
    #[must_use]
    pub fn to_jwk(&self) -> Zeroizing<String> {
        let encoded = Zeroizing::new(b64url(self.to_secret_bytes().as_ref()));
        let mut text = Zeroizing::new(String::with_capacity(256));
        self.public.append_jwk_text(&mut text);
        text.pop();
        text.push_str(",\"d\":\"");
        text.push_str(&encoded);
        text.push_str("\"}");
        text
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareKey(secret of {:?})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;

    #[test]
    fn a_private_jwk_round_trips_and_debug_hides_it() {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(3);
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let key = SoftwareKey::generate(algorithm, &mut rng);
            let text = key.to_jwk();
            let value: Value = serde_json::from_str(&text).unwrap();
            for again in [
                SoftwareKey::from_jwk(&value).unwrap(),
                SoftwareKey::from_secret_bytes(algorithm, &key.to_secret_bytes()).unwrap(),
            ] {
                assert_eq!(again.public(), key.public());
                assert_eq!(again.sign(b"x"), key.sign(b"x"));
            }
            assert!(!format!("{key:?}").contains(value["d"].as_str().unwrap()));
        }
    }

    #[test]
    fn halves_that_do_not_belong_together_are_refused() {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(4);
        let [a, b] = [(); 2].map(|()| SoftwareKey::generate(Algorithm::EdDsa, &mut rng));
        let mut value: Value = serde_json::from_str(&a.to_jwk()).unwrap();
        value["x"] = b.public().to_jwk()["x"].clone();
        assert!(SoftwareKey::from_jwk(&value).unwrap_err().to_string().contains("does not belong"));
        assert!(SoftwareKey::from_secret_bytes(Algorithm::Es256, &[0xff; 32]).is_err());
    }
}
