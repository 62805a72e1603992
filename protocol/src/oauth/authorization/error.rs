use super::{REQUEST_URI_PREFIX, RESPONSE_MODE};
use crate::oauth::pkce::PkceError;
use crate::oauth::{AuthorizationDetailsError, AuthorizationErrorCode, ErrorResponse, FormError, ScopeError};

/// Why an authorization request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationRequestError {
    /// A parameter is missing, repeated or malformed.
    #[error(transparent)]
    Form(#[from] FormError),
    /// No PKCE, or not with S256.
    #[error(transparent)]
    Pkce(#[from] PkceError),
    /// The scope is malformed.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The details are malformed or of an unknown type.
    #[error(transparent)]
    Details(#[from] AuthorizationDetailsError),
    /// RFC 6749 section 4.1.1.
    #[error("response_type must be code, got `{got}`")]
    ResponseType {
        /// What came.
        got: String,
    },
    /// Answers come in the query.
    #[error("response_mode must be {RESPONSE_MODE}, or left out, got `{got}`")]
    ResponseMode {
        /// What came.
        got: String,
    },
    /// RFC 9101: a request object.
    #[error("request objects are not supported: send the parameters themselves, without `request`")]
    RequestObject,
    /// RFC 9126 section 2.1: a pushed request must not refer to another.
    #[error("request_uri must not be among the parameters of the request itself")]
    NestedReference,
    /// The reference is none of this server's.
    #[error("request_uri must begin with {REQUEST_URI_PREFIX}, got `{got}`")]
    Reference {
        /// What came.
        got: String,
    },
}

impl From<AuthorizationRequestError> for ErrorResponse<AuthorizationErrorCode> {
    fn from(error: AuthorizationRequestError) -> Self {
        use AuthorizationRequestError as E;
        let code = match error {
            E::Form(_)
            | E::Pkce(_)
            | E::ResponseMode { .. }
            | E::NestedReference
            // Nobody is told by this code: who opens a reference of no wallet's is a browser, and sees a page.
            | E::Reference { .. } => AuthorizationErrorCode::InvalidRequest,
            E::Scope(_) => AuthorizationErrorCode::InvalidScope,
            E::Details(_) => AuthorizationErrorCode::InvalidAuthorizationDetails,
            E::ResponseType { .. } => AuthorizationErrorCode::UnsupportedResponseType,
            E::RequestObject => AuthorizationErrorCode::RequestNotSupported,
        };
        Self::new(code, error)
    }
}
