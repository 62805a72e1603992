use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::form::write;
use super::super::{AuthorizationErrorCode, ErrorBody, ErrorCode, ErrorResponse, Form, Secret};
use super::RedirectUri;
use crate::message::{self, MessageError, quoted, refused};

/// The answer to a push (RFC 9126 section 2.2); its HTTP status is 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedAuthorizationResponse {
    /// What the browser brings.
    pub request_uri: String,
    /// For how many seconds.
    pub expires_in: u64,
}

impl PushedAuthorizationResponse {
    /// Reads the body.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &[u8]) -> Result<Self, MessageError> {
        let message = "pushed authorization response";
        let read: Self = message::read(message, text)?;
        match read.expires_in {
            0 => Err(refused(message, "expires_in", "a positive number of seconds", 0)),
            _ => Ok(read),
        }
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        message::write(self)
    }
}

/// What the browser carries back to the wallet, with the server's name (RFC 9207).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// The code, or why there is none.
    pub outcome: Result<Secret, ErrorResponse<AuthorizationErrorCode>>,
    /// The request's own.
    pub state: Option<String>,
    /// The server's identifier.
    pub iss: String,
}

/// Why a wallet takes no code out of a redirect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationRefused {
    /// RFC 9207 section 2.4: another server's answer, or nobody's.
    #[error("the answer must come from {expected}, got {got}")]
    Issuer {
        /// The server that was asked.
        expected: String,
        /// `iss`
        got: String,
    },
    /// RFC 6749 section 10.12: the answer to another request.
    #[error("the answer belongs to another request; start again")]
    State,
    /// The server refused.
    #[error("the server refused: {}", .0.error)]
    Refused(ErrorBody),
    /// Neither code nor error.
    #[error("the answer holds neither `code` nor `error`; start again")]
    Empty,
}

impl AuthorizationResponse {
    /// The address that the browser is sent to.
    #[must_use]
    pub fn to_url(&self, redirect_uri: &RedirectUri) -> String {
        let (code, error) = match &self.outcome {
            Ok(code) => (Some(code.as_str()), None),
            Err(error) => (None, Some(error)),
        };
        redirect_uri.with(&write([
            ("code", code),
            ("error", error.map(|error| error.code.name())),
            ("error_description", error.map(|error| error.description())),
            ("state", self.state.as_deref()),
            ("iss", Some(self.iss.as_str())),
        ]))
    }

    /// The wallet's side: the code in the query of the redirect, if it answers this request to this server.
    ///
    /// # Errors
    /// [`AuthorizationRefused`].
    pub fn code(query: &Form, state: Option<&str>, issuer: &str) -> Result<Secret, AuthorizationRefused> {
        if query.get("iss") != Some(issuer) {
            let got = query.get("iss").map_or("none".to_owned(), quoted);
            return Err(AuthorizationRefused::Issuer { expected: issuer.to_owned(), got });
        }
        if query.get("state") != state {
            return Err(AuthorizationRefused::State);
        }
        match (query.get("code"), ErrorBody::of_redirect(query)) {
            (_, Some(error)) => Err(AuthorizationRefused::Refused(error)),
            (Some(code), None) => Ok(code.into()),
            (None, None) => Err(AuthorizationRefused::Empty),
        }
    }
}
