//! Public keys and signatures: Ed25519 (RFC 8032) and P-256 (FIPS 186-5), and nothing else.
//!
//! A key knows its one algorithm. Whoever verifies asks the key, never the token: `alg` in a header is
//! compared with the key's own (RFC 8725 section 3.1).

mod ed25519;
mod jwk;
#[cfg(not(target_arch = "wasm32"))]
mod p256_field;
mod p256_key;
mod software;

use core::fmt;

use ed25519_dalek::VerifyingKey;

pub use jwk::JwkText;
pub(crate) use jwk::UncheckedKey;
use p256_key::P256Key;
pub use software::SoftwareKey;

/// Length of a signature of either algorithm: R || S or r || s.
pub const SIGNATURE_BYTES: usize = 64;

/// A signature algorithm, by its JOSE name (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// EdDSA over Ed25519.
    EdDsa,
    /// ECDSA over P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    /// The JOSE name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }

    /// The COSE number (RFC 9053 sections 2.1 and 2.2).
    #[must_use]
    pub const fn cose_number(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
        }
    }

    /// The algorithm of a JOSE name; `None` for every other, `none` among them.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "EdDSA" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a key could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A key type or curve that Hati does not use.
    #[error("this key is {got}; expected Ed25519 (OKP) or P-256 (EC)")]
    Unsupported {
        /// Type and curve that came.
        got: String,
    },
    /// The right type, but not a point of the curve, or a weak one.
    #[error("this {algorithm} key is not usable: {reason}")]
    Invalid {
        /// What the key is for.
        algorithm: Algorithm,
        /// What is wrong with it.
        reason: String,
    },
    /// Not a JWK of RFC 7517.
    #[error("not a JSON Web Key: {reason}")]
    Jwk {
        /// The member that is missing or wrong.
        reason: String,
    },
}

/// The signature does not belong to this key and these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match the {algorithm} key: the data was altered, or another key signed it")]
pub struct SignatureInvalid {
    /// The key's algorithm.
    pub algorithm: Algorithm,
}

/// A signature's 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; SIGNATURE_BYTES]);

impl Signature {
    /// Takes a signature from a slice of exactly 64 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; SIGNATURE_BYTES]>::try_from(bytes).ok().map(Self)
    }
}

/// A public key that has been checked to be a usable point of its curve.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Inner);

#[derive(Clone, PartialEq, Eq)]
enum Inner {
    Ed25519(VerifyingKey),
    P256(P256Key),
}

impl PublicKey {
    /// The one algorithm this key verifies.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Inner::Ed25519(_) => Algorithm::EdDsa,
            Inner::P256(_) => Algorithm::Es256,
        }
    }

    /// Reads a key from its short form: 32 bytes of Ed25519 (RFC 8032 section 5.1.5), or 33 of P-256
    /// (compressed, SEC 1 section 2.3.4). P-256's 65 uncompressed bytes are read too.
    ///
    /// # Errors
    /// [`KeyError::Invalid`] for a wrong length, a point off the curve, or a point of small order.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let invalid = |reason: String| KeyError::Invalid { algorithm, reason };
        match algorithm {
            Algorithm::EdDsa => {
                let array = <&[u8; 32]>::try_from(bytes)
                    .map_err(|_| invalid(format!("expected 32 bytes, got {}", bytes.len())))?;
                let key = ed25519::public_key(array).map_err(|reason| invalid(reason.into()))?;
                Ok(Self(Inner::Ed25519(key)))
            }
            Algorithm::Es256 => P256Key::from_sec1(bytes).map(|key| Self(Inner::P256(key))).map_err(invalid),
        }
    }

    /// The short form: 32 bytes of Ed25519 or 33 of P-256.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Inner::Ed25519(key) => key.to_bytes().to_vec(),
            Inner::P256(key) => key.compressed().to_vec(),
        }
    }

    /// Checks a signature over `message`.
    ///
    /// Ed25519 is checked strictly: canonical S, and no R of small order, so that what one verifier
    /// accepts every verifier accepts.
    ///
    /// # Errors
    /// [`SignatureInvalid`].
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureInvalid> {
        let matches = match &self.0 {
            Inner::Ed25519(key) => ed25519::verify_strict(key, message, signature),
            Inner::P256(key) => key.verify(message, signature),
        };
        if matches { Ok(()) } else { Err(SignatureInvalid { algorithm: self.algorithm() }) }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm(), crate::encoding::b64url(&self.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn both_algorithms_sign_and_refuse() {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let key = SoftwareKey::generate(algorithm, &mut rng);
            let other = SoftwareKey::generate(algorithm, &mut rng);
            let mut signature = key.sign(b"message");
            assert_eq!(key.public().verify(b"message", &signature), Ok(()));
            assert_eq!(key.public().verify(b"massage", &signature), Err(SignatureInvalid { algorithm }));
            assert_eq!(other.public().verify(b"message", &signature), Err(SignatureInvalid { algorithm }));
            signature.0[40] ^= 1;
            assert_eq!(key.public().verify(b"message", &signature), Err(SignatureInvalid { algorithm }));
            assert_eq!(PublicKey::from_bytes(algorithm, &key.public().to_bytes()).as_ref(), Ok(key.public()));
        }
    }

    #[test]
    fn weak_and_foreign_points_are_refused() {
        let mut identity = [0u8; 32];
        identity[0] = 1;
        let weak = PublicKey::from_bytes(Algorithm::EdDsa, &identity).unwrap_err();
        assert!(weak.to_string().contains("small order"), "{weak}");
        for bad in [&[2u8; 33][..32], &[0u8; 33], &[4u8; 65], &[]] {
            assert!(PublicKey::from_bytes(Algorithm::Es256, bad).is_err());
        }
        assert!(
            PublicKey::from_bytes(Algorithm::EdDsa, &[9; 31]).unwrap_err().to_string().contains("got 31")
        );
    }
}
