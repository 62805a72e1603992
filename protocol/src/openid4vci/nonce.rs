//! The nonce endpoint (section 7).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::message::{self, MessageError, refused};

/// The answer of the nonce endpoint; never to be cached (section 7.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonceResponse {
    /// What the proofs of the next credential request have to hold.
    pub c_nonce: String,
}

impl NonceResponse {
    /// Reads the body.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &[u8]) -> Result<Self, MessageError> {
        let read: Self = message::read("nonce response", text)?;
        if read.c_nonce.is_empty() {
            return Err(refused("nonce response", "c_nonce", "a nonce", "none"));
        }
        Ok(read)
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        message::write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_survives_and_an_empty_one_is_refused() {
        let text = r#"{"c_nonce":"wKI4LT17ac15ES9bw8ac4"}"#;
        let read = NonceResponse::parse(text.as_bytes()).unwrap();
        assert_eq!(Value::Object(read.to_json()).to_string(), text);
        assert!(NonceResponse::parse(br#"{"c_nonce":""}"#).is_err());
        assert!(NonceResponse::parse(b"{}").is_err());
    }
}
