//! Asking again for what was not ready (section 9). The answer is a [`CredentialResponse`](super::CredentialResponse).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CredentialRequestError, ResponseEncryption};
use crate::message;

/// A request to the deferred credential endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeferredRequest {
    /// From the response that deferred it.
    pub transaction_id: String,
    /// How this response is to be encrypted, whatever was sent before.
    pub response_encryption: Option<ResponseEncryption>,
}

#[derive(Deserialize)]
struct Body {
    transaction_id: String,
    credential_response_encryption: Option<Value>,
}

impl DeferredRequest {
    /// Reads the body, decrypted where it came encrypted. Unknown members are ignored (section 9.1).
    ///
    /// # Errors
    /// [`CredentialRequestError`].
    pub fn parse(text: &[u8]) -> Result<Self, CredentialRequestError> {
        let body: Body = message::read("deferred credential request", text)?;
        let response_encryption =
            body.credential_response_encryption.map(ResponseEncryption::read).transpose()?;
        Ok(Self { transaction_id: body.transaction_id, response_encryption })
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("transaction_id".to_owned(), self.transaction_id.as_str().into());
        if let Some(encryption) = &self.response_encryption {
            body.insert(
                "credential_response_encryption".to_owned(),
                Value::Object(message::write(encryption)),
            );
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::ErrorResponse;
    use crate::openid4vci::CredentialErrorCode;

    #[test]
    fn requests_survive() {
        let encryption = r#","credential_response_encryption":{"jwk":{"kty":"EC"},"enc":"A128GCM"}"#;
        for more in ["", encryption] {
            let text = format!(r#"{{"transaction_id":"8xLOxBtZp8"{more}}}"#);
            let read = DeferredRequest::parse(text.as_bytes()).unwrap();
            assert_eq!(Value::Object(read.to_json()).to_string(), text);
        }
    }

    #[test]
    fn each_refusal_has_its_code() {
        let code =
            |text: &str| ErrorResponse::from(DeferredRequest::parse(text.as_bytes()).unwrap_err()).code;
        assert_eq!(code("{}"), CredentialErrorCode::InvalidCredentialRequest);
        assert_eq!(code(r#"{"transaction_id":1}"#), CredentialErrorCode::InvalidCredentialRequest);
        let encryption = r#"{"transaction_id":"a","credential_response_encryption":[]}"#;
        assert_eq!(code(encryption), CredentialErrorCode::InvalidEncryptionParameters);
    }
}
