use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::super::{AuthorizationDetail, AuthorizationDetailsError, Scheme, Secret};
use crate::message::{self, MessageError, refused};

const MESSAGE: &str = "token response";

/// The answer of the token endpoint (RFC 6749 section 5.1, OpenID4VCI section 6.2); never to be cached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The token.
    pub access_token: Secret,
    /// How it is presented.
    #[serde(serialize_with = "write_type", deserialize_with = "read_type")]
    pub token_type: Scheme,
    /// For how many seconds it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// For later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// What was granted, where it is not what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What was granted: required where the request had details, each with its `credential_identifiers`.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "read_details")]
    pub authorization_details: Vec<AuthorizationDetail>,
    /// Credential configurations to ask for again, because what was issued of them was revoked: a member of the Hati
    /// profile (`spec/reissue.md`).
    #[serde(default, rename = "hati_reissue", skip_serializing_if = "Vec::is_empty")]
    pub reissue: Vec<String>,
}

impl TokenResponse {
    /// Reads the body. Unknown members are ignored (section 6.2).
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &[u8]) -> Result<Self, MessageError> {
        let read: Self = message::read(MESSAGE, text)?;
        // Section 6.2: REQUIRED in a token response.
        if read.authorization_details.iter().any(|detail| detail.credential_identifiers.is_empty()) {
            let expected = "objects with credential_identifiers";
            return Err(refused(MESSAGE, "authorization_details", expected, "one without"));
        }
        Ok(read)
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        message::write(self)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn write_type<S: Serializer>(scheme: &Scheme, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(scheme.name())
}

fn read_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scheme, D::Error> {
    let name = String::deserialize(deserializer)?;
    let expected = || de::Error::invalid_value(de::Unexpected::Str(&name), &"DPoP or Bearer");
    Scheme::from_name(&name).ok_or_else(expected)
}

fn read_details<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<AuthorizationDetail>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    AuthorizationDetail::read_all(value).map_err(|error: AuthorizationDetailsError| de::Error::custom(error))
}
