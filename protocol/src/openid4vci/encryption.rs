//! What is agreed about encryption (sections 8.2, 10 and 12.2.4). The JWE itself is made where its library is.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::message::{non_empty, quoted};

/// What the issuer encrypts responses with: `credential_response_encryption` of its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportedEncryption {
    /// JWE `alg` values.
    #[serde(deserialize_with = "non_empty")]
    pub alg_values_supported: Vec<String>,
    /// JWE `enc` values.
    #[serde(deserialize_with = "non_empty")]
    pub enc_values_supported: Vec<String>,
    /// JWE `zip` values; none means no compression.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub zip_values_supported: Vec<String>,
    /// Whether every response is encrypted.
    pub encryption_required: bool,
}

/// What the issuer decrypts requests with: `credential_request_encryption` of its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestEncryption {
    /// The issuer's keys, each with its `kid` and `alg`.
    pub jwks: Jwks,
    /// JWE `enc` values.
    #[serde(deserialize_with = "non_empty")]
    pub enc_values_supported: Vec<String>,
    /// JWE `zip` values; none means no compression.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub zip_values_supported: Vec<String>,
    /// Whether every request has to be encrypted.
    pub encryption_required: bool,
}

/// A set of public keys for encryption, as JWKs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys.
    #[serde(deserialize_with = "non_empty")]
    pub keys: Vec<Map<String, Value>>,
}

/// How a wallet wants its response encrypted: `credential_response_encryption` of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseEncryption {
    /// The wallet's public key, with its `alg`.
    pub jwk: Map<String, Value>,
    /// JWE `enc`
    pub enc: String,
    /// JWE `zip`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
}

/// Why encryption parameters are refused: `invalid_encryption_parameters`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// The parameters do not have their shape.
    #[error("credential_response_encryption does not have its shape: {reason}")]
    Shape {
        /// Which member, what was expected and what came.
        reason: String,
    },
    /// The issuer answers encrypted only.
    #[error("this issuer encrypts every response: send credential_response_encryption")]
    Missing,
    /// The issuer does not encrypt.
    #[error("this issuer does not encrypt responses: send no credential_response_encryption")]
    Unsupported,
    /// Section 8.2: so that nobody on the way puts another key in.
    #[error("a request with credential_response_encryption must itself be encrypted")]
    RequestInTheClear,
    /// The key is none to encrypt to.
    #[error("credential_response_encryption.jwk {reason}")]
    Key {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An algorithm that the issuer's metadata do not list.
    #[error("{member} must be one of {expected}, got {got}")]
    Algorithm {
        /// `alg`, `enc` or `zip`.
        member: &'static str,
        /// What the metadata list.
        expected: String,
        /// What came.
        got: String,
    },
}

impl ResponseEncryption {
    /// Reads the parameters out of a request that was parsed strictly.
    pub(super) fn read(value: Value) -> Result<Self, EncryptionError> {
        let shape =
            |e: serde_json::Error| EncryptionError::Shape { reason: crate::message::shown(&e.to_string()) };
        serde_json::from_value(value).map_err(shape)
    }
}

impl SupportedEncryption {
    /// Whether a request agrees with the issuer's metadata; `supported` is `None` where the issuer does not encrypt.
    ///
    /// # Errors
    /// [`EncryptionError`].
    pub fn check(
        supported: Option<&Self>,
        asked: Option<&ResponseEncryption>,
        request_was_encrypted: bool,
    ) -> Result<(), EncryptionError> {
        let (supported, asked) = match (supported, asked) {
            (Some(supported), None) if supported.encryption_required => return Err(EncryptionError::Missing),
            (_, None) => return Ok(()),
            (None, Some(_)) => return Err(EncryptionError::Unsupported),
            (Some(supported), Some(asked)) => (supported, asked),
        };
        if !request_was_encrypted {
            return Err(EncryptionError::RequestInTheClear);
        }
        if asked.jwk.contains_key("d") || asked.jwk.contains_key("k") {
            return Err(EncryptionError::Key { reason: "holds a secret key; give only the public one" });
        }
        // Section 10: "The `alg` parameter MUST be present."
        let alg = asked.jwk.get("alg").and_then(Value::as_str);
        let alg = alg.ok_or(EncryptionError::Key { reason: "must have the member alg" })?;
        one_of("alg", &supported.alg_values_supported, alg)?;
        one_of("enc", &supported.enc_values_supported, &asked.enc)?;
        asked.zip.as_ref().map_or(Ok(()), |zip| one_of("zip", &supported.zip_values_supported, zip))
    }
}

fn one_of(member: &'static str, supported: &[String], got: &str) -> Result<(), EncryptionError> {
    if supported.iter().any(|name| name == got) {
        return Ok(());
    }
    Err(EncryptionError::Algorithm { member, expected: format!("{supported:?}"), got: quoted(got) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn supported(encryption_required: bool) -> SupportedEncryption {
        SupportedEncryption {
            alg_values_supported: vec!["ECDH-ES".to_owned()],
            enc_values_supported: vec!["A128GCM".to_owned()],
            zip_values_supported: Vec::new(),
            encryption_required,
        }
    }

    fn asked(member: &str, value: Value) -> ResponseEncryption {
        let mut asked = json!({"jwk": {"kty": "EC", "crv": "P-256", "alg": "ECDH-ES"}, "enc": "A128GCM"});
        asked[member] = value;
        ResponseEncryption::read(asked).unwrap()
    }

    #[test]
    fn a_request_has_to_agree_with_the_metadata() {
        let check = |asked: &ResponseEncryption| {
            SupportedEncryption::check(Some(&supported(false)), Some(asked), true)
        };
        let good = asked("enc", json!("A128GCM"));
        assert_eq!(check(&good), Ok(()));
        let error = check(&asked("enc", json!("A256CBC"))).unwrap_err();
        assert_eq!(error.to_string(), r#"enc must be one of ["A128GCM"], got `A256CBC`"#);
        assert!(matches!(
            check(&asked("zip", json!("DEF"))),
            Err(EncryptionError::Algorithm { member: "zip", .. })
        ));
        let alg = asked("jwk", json!({"kty": "RSA", "alg": "RSA1_5"}));
        assert!(matches!(check(&alg), Err(EncryptionError::Algorithm { member: "alg", .. })));
        assert!(matches!(check(&asked("jwk", json!({"kty": "EC"}))), Err(EncryptionError::Key { .. })));
        for secret in ["d", "k"] {
            let key = asked("jwk", json!({"alg": "ECDH-ES", secret: "AAAA"}));
            assert!(check(&key).unwrap_err().to_string().contains("secret key"));
        }
    }

    #[test]
    fn required_unsupported_and_unprotected_are_told_apart() {
        let good = asked("enc", json!("A128GCM"));
        let check = SupportedEncryption::check;
        assert_eq!(check(Some(&supported(true)), None, true), Err(EncryptionError::Missing));
        assert_eq!(check(Some(&supported(false)), None, false), Ok(()));
        assert_eq!(check(None, None, false), Ok(()));
        assert_eq!(check(None, Some(&good), true), Err(EncryptionError::Unsupported));
        assert_eq!(
            check(Some(&supported(false)), Some(&good), false),
            Err(EncryptionError::RequestInTheClear)
        );
    }
}
