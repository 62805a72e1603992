//! Credential requests (section 8.2).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{CredentialErrorCode, EncryptionError, ResponseEncryption};
use crate::message::{self, MessageError, quoted, shown};
use crate::oauth::{AuthorizationDetail, ErrorResponse};

/// The proof type that is known here (appendix F.1).
const JWT: &str = "jwt";

/// Why a request to the credential or deferred credential endpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialRequestError {
    /// Not the JSON that the standard asks for.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Section 8.2: exactly one of the two.
    #[error("expected either credential_configuration_id or credential_identifier, got {got}")]
    Requested {
        /// Neither or both.
        got: &'static str,
    },
    /// Section 8.2: the token response gave identifiers, so one of them has to be used.
    #[error("the token response gave credential_identifiers: send one of them as credential_identifier")]
    IdentifierRequired,
    /// Not among the identifiers of the token response.
    #[error("credential_identifier must be one that the token response gave, got {got}")]
    UnknownIdentifier {
        /// What came.
        got: String,
    },
    /// The issuer's metadata have no such configuration.
    #[error("credential_configuration_id must be a key of credential_configurations_supported, got {got}")]
    UnknownConfiguration {
        /// What came.
        got: String,
    },
    /// `proofs` has not exactly one proof type, or one without proofs.
    #[error("proofs must have one member `jwt` with an array of JWTs, got {got}")]
    Proofs {
        /// What came.
        got: String,
    },
    /// The encryption parameters are malformed, or do not agree with the issuer's metadata.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
}

impl From<CredentialRequestError> for ErrorResponse<CredentialErrorCode> {
    fn from(error: CredentialRequestError) -> Self {
        use CredentialErrorCode as Code;
        use CredentialRequestError as E;
        let code = match error {
            E::Message(_) | E::Requested { .. } | E::IdentifierRequired => Code::InvalidCredentialRequest,
            E::UnknownIdentifier { .. } => Code::UnknownCredentialIdentifier,
            E::UnknownConfiguration { .. } => Code::UnknownCredentialConfiguration,
            E::Proofs { .. } => Code::InvalidProof,
            E::Encryption(_) => Code::InvalidEncryptionParameters,
        };
        Self::new(code, error)
    }
}

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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> CredentialErrorCode {
        ErrorResponse::from(CredentialRequest::parse(text.as_bytes()).unwrap_err()).code
    }

    #[test]
    fn each_refusal_has_its_code() {
        use CredentialErrorCode as Code;
        for (text, expected) in [
            ("{", Code::InvalidCredentialRequest),
            ("{}", Code::InvalidCredentialRequest),
            (r#"{"credential_configuration_id":1}"#, Code::InvalidCredentialRequest),
            (
                r#"{"credential_configuration_id":"a","credential_configuration_id":"a"}"#,
                Code::InvalidCredentialRequest,
            ),
            (
                r#"{"credential_configuration_id":"a","credential_identifier":"b"}"#,
                Code::InvalidCredentialRequest,
            ),
            (r#"{"format":"dc+sd-jwt","vct":"a"}"#, Code::InvalidCredentialRequest),
            (r#"{"credential_configuration_id":"a","proofs":{}}"#, Code::InvalidProof),
            (r#"{"credential_configuration_id":"a","proofs":{"jwt":[]}}"#, Code::InvalidProof),
            (r#"{"credential_configuration_id":"a","proofs":{"jwt":"x"}}"#, Code::InvalidProof),
            (r#"{"credential_configuration_id":"a","proofs":{"jwt":[1]}}"#, Code::InvalidProof),
            (r#"{"credential_configuration_id":"a","proofs":{"di_vp":[{}]}}"#, Code::InvalidProof),
            (
                r#"{"credential_configuration_id":"a","proofs":{"jwt":["x"],"attestation":["y"]}}"#,
                Code::InvalidProof,
            ),
            (
                r#"{"credential_configuration_id":"a","credential_response_encryption":{}}"#,
                Code::InvalidEncryptionParameters,
            ),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn unknown_members_are_ignored() {
        let text = br#"{"credential_configuration_id":"a","proof":{"proof_type":"jwt"},"format":"x"}"#;
        let read = CredentialRequest::parse(text).unwrap();
        assert_eq!(read.requested, Requested::Configuration("a".to_owned()));
        assert!(read.proofs.is_empty() && read.response_encryption.is_none());
    }

    #[test]
    fn what_is_asked_for_is_found_in_what_was_granted() {
        let mut detail = AuthorizationDetail::new("maisha-id.vc-sd-jwt");
        detail.credential_identifiers = vec!["one".to_owned(), "two".to_owned()];
        let details = [detail];
        let identifier = |id: &str| Requested::Identifier(id.to_owned());
        assert_eq!(identifier("two").configuration_id(&details), Ok("maisha-id.vc-sd-jwt"));
        let unknown = identifier("three").configuration_id(&details).unwrap_err();
        assert_eq!(ErrorResponse::from(unknown).code, CredentialErrorCode::UnknownCredentialIdentifier);
        assert!(identifier("two").configuration_id(&[]).is_err());
        let by_configuration = Requested::Configuration("a".to_owned());
        assert_eq!(by_configuration.configuration_id(&[]), Ok("a"));
        assert_eq!(
            by_configuration.configuration_id(&details),
            Err(CredentialRequestError::IdentifierRequired)
        );
        let unknown = CredentialRequestError::UnknownConfiguration { got: "`a`".to_owned() };
        assert_eq!(ErrorResponse::from(unknown).code, CredentialErrorCode::UnknownCredentialConfiguration);
    }

    proptest! {
        #[test]
        fn every_request_survives(id in "\\PC{0,20}", by_id: bool, proofs in prop::collection::vec("\\PC{0,20}", 0..4), encrypted: bool) {
            let requested = if by_id { Requested::Identifier(id) } else { Requested::Configuration(id) };
            let response_encryption = encrypted.then(|| ResponseEncryption {
                jwk: Map::new(), enc: "A128GCM".to_owned(), zip: Some("DEF".to_owned()),
            });
            let request = CredentialRequest { requested, proofs, response_encryption };
            let text = Value::Object(request.to_json()).to_string();
            prop_assert_eq!(CredentialRequest::parse(text.as_bytes()), Ok(request));
        }

        #[test]
        fn hostile_requests_never_panic(text: Vec<u8>) {
            let _ = CredentialRequest::parse(&text);
        }
    }
}
