//! A refusal by its standard's code: body, status and headers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hati_program::system::NoRandomness;
use hati_protocol::oauth::{ErrorCode, ErrorResponse, ResourceErrorCode, Scheme, TokenErrorCode};
use hati_protocol::openid4vci::{CredentialErrorCode, CredentialRequestError, NotificationErrorCode};
use hati_store::StoreError;

use super::super::Problem;
use super::super::for_log::ForLog;
use super::json;
use crate::grants::GrantError;

/// Why a request was not carried out.
pub(super) enum Refusal {
    /// The token endpoint.
    Token(ErrorResponse<TokenErrorCode>),
    /// No access token came, or another scheme's secret (RFC 6750 section 3.1: then no error is named).
    NoToken,
    /// The access token is refused; by which scheme it was, or should be, shown.
    Resource(Scheme, ErrorResponse<ResourceErrorCode>),
    /// The credential and deferred credential endpoints.
    Credential(ErrorResponse<CredentialErrorCode>),
    /// The notification endpoint.
    Notification(ErrorResponse<NotificationErrorCode>),
    /// What no standard has a code for.
    Problem(Problem),
}

impl Refusal {
    /// Something is wrong here, not with the request.
    pub(super) fn failed(what: &'static str, error: &impl ForLog) -> Self {
        tracing::error!(what, error = error.for_log(), "a request failed");
        let detail = "Something is wrong here, not with the request. Send it again later";
        Self::Problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail))
    }
}

impl From<ErrorResponse<TokenErrorCode>> for Refusal {
    fn from(error: ErrorResponse<TokenErrorCode>) -> Self {
        Self::Token(error)
    }
}

impl From<ErrorResponse<CredentialErrorCode>> for Refusal {
    fn from(error: ErrorResponse<CredentialErrorCode>) -> Self {
        Self::Credential(error)
    }
}

impl From<CredentialRequestError> for Refusal {
    fn from(error: CredentialRequestError) -> Self {
        Self::Credential(error.into())
    }
}

impl From<ErrorResponse<NotificationErrorCode>> for Refusal {
    fn from(error: ErrorResponse<NotificationErrorCode>) -> Self {
        Self::Notification(error)
    }
}

impl From<GrantError> for Refusal {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Refused(refused) => Self::Token(refused),
            GrantError::Store(error) => error.into(),
            many @ GrantError::TooManyWaiting { .. } => {
                Self::Credential(ErrorResponse::new(CredentialErrorCode::CredentialRequestDenied, many))
            }
            withdrawn @ GrantError::Withdrawn => {
                let error = ErrorResponse::new(ResourceErrorCode::InvalidToken, withdrawn);
                Self::Resource(Scheme::Bearer, error)
            }
            damaged @ GrantError::Damaged { .. } => Self::failed("a ticket", &damaged),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::failed("the store", &error)
    }
}

impl From<NoRandomness> for Refusal {
    fn from(error: NoRandomness) -> Self {
        Self::failed("randomness", &error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Token(error) => body(&error),
            Self::Credential(error) => body(&error),
            Self::Notification(error) => body(&error),
            Self::Problem(problem) => problem.into_response(),
            Self::NoToken => {
                let challenges = [Scheme::Dpop, Scheme::Bearer].map(Scheme::challenge).join(", ");
                challenged(json(StatusCode::UNAUTHORIZED, &serde_json::json!({})), &challenges)
            }
            Self::Resource(scheme, error) => challenged(body(&error), &error.www_authenticate(scheme)),
        }
    }
}

fn body<C: ErrorCode>(error: &ErrorResponse<C>) -> Response {
    json(StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST), &error.to_json())
}

fn challenged(mut response: Response, challenge: &str) -> Response {
    // A description holds only what a header may.
    if let Ok(challenge) = HeaderValue::from_str(challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
