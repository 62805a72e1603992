//! JSON Web Keys (RFC 7517, RFC 8037, RFC 7518 section 6.2) and their thumbprints (RFC 7638).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Algorithm, Inner, KeyError, PublicKey};
use crate::encoding::{b64url, b64url_append, b64url_decode_array};

impl PublicKey {
    /// Reads a public JWK. A member `alg` must fit the key; a private member is refused, because a secret
    /// that arrives where a public key belongs has already leaked.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        if jwk.get("d").is_some() {
            return Err(KeyError::Jwk {
                reason: "it holds a private key (`d`); give only the public one".into(),
            });
        }
        read_public(jwk)
    }

    /// The public JWK with only the members RFC 7638 requires, in the order it fixes (lexicographic).
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        match &self.0 {
            Inner::Ed25519(key) => json!({"crv": "Ed25519", "kty": "OKP", "x": b64url(key.as_bytes())}),
            Inner::P256(key) => {
                json!({"crv": "P-256", "kty": "EC", "x": b64url(key.x()), "y": b64url(key.y())})
            }
        }
    }

    /// The SHA-256 thumbprint of RFC 7638.
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        let mut text = String::with_capacity(160);
        self.append_jwk_text(&mut text);
        Sha256::digest(text.as_bytes()).into()
    }
}

/// A key whose public JWK can be written, as [`PublicKey::to_jwk`] writes it.
pub trait JwkText {
    /// Appends the JWK's text to `out`: exactly the hash input of RFC 7638 section 3.
    fn append_jwk_text(&self, out: &mut String);
}

impl JwkText for PublicKey {
    fn append_jwk_text(&self, out: &mut String) {
        match &self.0 {
            Inner::Ed25519(key) => append_ed25519(key.as_bytes(), out),
            Inner::P256(key) => {
                out.push_str(r#"{"crv":"P-256","kty":"EC","x":""#);
                b64url_append(key.x(), out);
                out.push_str(r#"","y":""#);
                b64url_append(key.y(), out);
                out.push_str("\"}");
            }
        }
    }
}

/// A key of which no more has been checked than its JWK's text takes: for writing a token again, whose verifier
/// will read the key out of that text.
pub(crate) enum UncheckedKey {
    Ed25519([u8; 32]),
    /// The text holds y, which only the point gives.
    P256(PublicKey),
}

impl UncheckedKey {
    /// From the bytes of [`PublicKey::to_bytes`].
    pub(crate) fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        match (algorithm, bytes.try_into()) {
            (Algorithm::EdDsa, Ok(bytes)) => Ok(Self::Ed25519(bytes)),
            _ => PublicKey::from_bytes(algorithm, bytes).map(Self::P256),
        }
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::EdDsa,
            Self::P256(_) => Algorithm::Es256,
        }
    }
}

impl JwkText for UncheckedKey {
    fn append_jwk_text(&self, out: &mut String) {
        match self {
            Self::Ed25519(bytes) => append_ed25519(bytes, out),
            Self::P256(key) => key.append_jwk_text(out),
        }
    }
}

fn append_ed25519(bytes: &[u8; 32], out: &mut String) {
    out.push_str(r#"{"crv":"Ed25519","kty":"OKP","x":""#);
    b64url_append(bytes, out);
    out.push_str("\"}");
}

/// Reads the public half of a JWK, whether or not a private one stands beside it.
pub(super) fn read_public(jwk: &Value) -> Result<PublicKey, KeyError> {
    let (algorithm, bytes) = match (member(jwk, "kty")?, member(jwk, "crv")) {
        ("OKP", Ok("Ed25519")) => (Algorithm::EdDsa, coordinate(jwk, "x")?.to_vec()),
        ("EC", Ok("P-256")) => {
            let mut point = Vec::with_capacity(65);
            point.push(4);
            point.extend_from_slice(&coordinate(jwk, "x")?);
            point.extend_from_slice(&coordinate(jwk, "y")?);
            (Algorithm::Es256, point)
        }
        (kty, crv) => {
            return Err(KeyError::Unsupported { got: format!("{kty} {}", crv.unwrap_or("without a curve")) });
        }
    };
    match jwk.get("alg").map(|alg| alg.as_str().and_then(Algorithm::from_name)) {
        Some(alg) if alg != Some(algorithm) => {
            Err(KeyError::Jwk { reason: format!("its `alg` is not {algorithm}, the algorithm of its curve") })
        }
        _ => PublicKey::from_bytes(algorithm, &bytes),
    }
}

fn member<'j>(jwk: &'j Value, name: &str) -> Result<&'j str, KeyError> {
    jwk.get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| KeyError::Jwk { reason: format!("member `{name}` is missing or not a string") })
}

pub(super) fn coordinate(jwk: &Value, name: &str) -> Result<[u8; 32], KeyError> {
    b64url_decode_array(member(jwk, name)?)
        .map_err(|e| KeyError::Jwk { reason: format!("member `{name}`: {e}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SoftwareKey;

    #[test]
    fn thumbprint_of_rfc_8037_a_3() {
        let key = PublicKey::from_jwk(&json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        }));
        assert_eq!(b64url(&key.unwrap().thumbprint()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_text_is_the_compact_form_of_the_value() {
        let mut rng = <rand_chacha::ChaCha20Rng as rand_core::SeedableRng>::seed_from_u64(1);
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let key = SoftwareKey::generate(algorithm, &mut rng);
            let mut text = String::new();
            key.public().append_jwk_text(&mut text);
            assert_eq!(text, key.public().to_jwk().to_string());
            assert_eq!(PublicKey::from_jwk(&key.public().to_jwk()).as_ref(), Ok(key.public()));
        }
    }

    #[test]
    fn refusals_say_what_came() {
        let refused = |jwk: Value| PublicKey::from_jwk(&jwk).unwrap_err().to_string();
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        assert!(refused(json!({"kty": "RSA", "n": "AQAB"})).contains("RSA without a curve"));
        assert!(refused(json!({"kty": "EC", "crv": "P-384"})).contains("EC P-384"));
        assert!(refused(json!({"kty": "OKP", "crv": "Ed25519"})).contains("`x`"));
        assert!(
            refused(json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}))
                .contains("expected 32 bytes, got 3")
        );
        assert!(
            refused(json!({"kty": "OKP", "crv": "Ed25519", "x": x, "alg": "ES256"})).contains("not EdDSA")
        );
        assert!(refused(json!({"kty": "OKP", "crv": "Ed25519", "x": x, "d": x})).contains("private key"));
        assert!(refused(json!({"kty": "EC", "crv": "P-256", "x": x, "y": x})).contains("not a point"));
        assert!(refused(json!("text")).contains("`kty`"));
    }
}
