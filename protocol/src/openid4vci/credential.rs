//! Credential requests (section 8.2).

mod error;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ResponseEncryption;
use crate::message::{self, quoted, shown};
use crate::oauth::AuthorizationDetail;

pub use error::CredentialRequestError;

/// The proof type that is known here (appendix F.1).
const JWT: &str = "jwt";

/// Which credential is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// By `credential_configuration_id`, where the token came by scope or with an offer.
    Configuration(String),
    /// By `credential_identifier`, where the token response gave some.
    Identifier(String),
}

/// A request for copies of one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRequest {
    /// Which one.
    pub requested: Requested,
    /// `proofs.jwt`: one proof for each copy, to be verified with [`proof::verify_all`](super::proof::verify_all); none
    /// where `proofs` is absent.
    pub proofs: Vec<String>,
    /// How the response is to be encrypted.
    pub response_encryption: Option<ResponseEncryption>,
}

#[derive(Deserialize)]
struct Body {
    credential_identifier: Option<String>,
    credential_configuration_id: Option<String>,
    proofs: Option<Map<String, Value>>,
    credential_response_encryption: Option<Value>,
}

impl CredentialRequest {
    /// Reads the body, decrypted where it came encrypted. Unknown members are ignored (section 8.2).
    ///
    /// # Errors
    /// [`CredentialRequestError`].
    pub fn parse(text: &[u8]) -> Result<Self, CredentialRequestError> {
        let body: Body = message::read("credential request", text)?;
        let requested = match (body.credential_configuration_id, body.credential_identifier) {
            (Some(id), None) => Requested::Configuration(id),
            (None, Some(id)) => Requested::Identifier(id),
            (None, None) => return Err(CredentialRequestError::Requested { got: "neither" }),
            (Some(_), Some(_)) => return Err(CredentialRequestError::Requested { got: "both" }),
        };
        Ok(Self {
            requested,
            proofs: body.proofs.map_or(Ok(Vec::new()), jwts)?,
            response_encryption: body
                .credential_response_encryption
                .map(ResponseEncryption::read)
                .transpose()?,
        })
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut body = Map::new();
        match &self.requested {
            Requested::Configuration(id) => {
                body.insert("credential_configuration_id".to_owned(), id.as_str().into())
            }
            Requested::Identifier(id) => body.insert("credential_identifier".to_owned(), id.as_str().into()),
        };
        if !self.proofs.is_empty() {
            body.insert("proofs".to_owned(), json!({JWT: self.proofs}));
        }
        if let Some(encryption) = &self.response_encryption {
            body.insert(
                "credential_response_encryption".to_owned(),
                Value::Object(message::write(encryption)),
            );
        }
        body
    }
}

impl Requested {
    /// The id of the credential configuration, given the details that the token response held (none where it held
    /// none). Whether the token allows that configuration, and whether there is one, is for the caller.
    ///
    /// # Errors
    /// [`CredentialRequestError::UnknownIdentifier`] or [`CredentialRequestError::IdentifierRequired`].
    pub fn configuration_id<'a>(
        &'a self,
        granted: &'a [AuthorizationDetail],
    ) -> Result<&'a str, CredentialRequestError> {
        match self {
            Self::Configuration(id) if granted.is_empty() => Ok(id),
            Self::Configuration(_) => Err(CredentialRequestError::IdentifierRequired),
            Self::Identifier(id) => granted
                .iter()
                .find(|detail| detail.credential_identifiers.contains(id))
                .map(|detail| detail.credential_configuration_id.as_str())
                .ok_or_else(|| CredentialRequestError::UnknownIdentifier { got: quoted(id) }),
        }
    }
}

/// Section 8.2: "exactly one parameter named as the proof type", and "a non-empty array".
fn jwts(proofs: Map<String, Value>) -> Result<Vec<String>, CredentialRequestError> {
    let got = || {
        let types: Vec<_> = proofs.keys().map(String::as_str).collect();
        format!("`{}`", shown(&types.join(" ")))
    };
    let refused = |got: String| CredentialRequestError::Proofs { got };
    let Some(Value::Array(jwts)) = proofs.get(JWT).filter(|_| proofs.len() == 1) else {
        return Err(refused(got()));
    };
    if jwts.is_empty() {
        return Err(refused("an empty array".to_owned()));
    }
    let text = |jwt: &Value| jwt.as_str().map(str::to_owned);
    jwts.iter()
        .map(text)
        .collect::<Option<_>>()
        .ok_or_else(|| refused("an element that is no string".to_owned()))
}

#[cfg(test)]
mod tests;
