use super::{ErrorResponse, registered_codes};
use crate::oauth::dpop::DpopError;
use crate::oauth::pkce::PkceError;
use crate::oauth::{AuthorizationError, AuthorizationRequestError, FormError, TokenRequestError};

registered_codes! {
    /// Errors of the token endpoint (RFC 6749 section 5.2).
    TokenErrorCode {
        /// A parameter is missing, repeated or malformed.
        InvalidRequest = "invalid_request", 400;
        /// The client is not known, or has to be (OpenID4VCI section 6.3). Clients authenticate by `none`, so there is no scheme
        /// that a 401 could ask for (RFC 9110 section 15.5.2).
        InvalidClient = "invalid_client", 400;
        /// Code, transaction code, refresh token or verifier is wrong, used or expired.
        InvalidGrant = "invalid_grant", 400;
        /// The grant type is not supported.
        UnsupportedGrantType = "unsupported_grant_type", 400;
        /// The scope is unknown, malformed, or exceeds what was granted.
        InvalidScope = "invalid_scope", 400;
        /// RFC 9396 section 5.
        InvalidAuthorizationDetails = "invalid_authorization_details", 400;
        /// RFC 9449 section 5.
        InvalidDpopProof = "invalid_dpop_proof", 400;
        /// RFC 9449 section 8: the answer's `DPoP-Nonce` header holds the nonce to use.
        UseDpopNonce = "use_dpop_nonce", 400;
    }
}

registered_codes! {
    /// Errors of the authorization endpoint (RFC 6749 section 4.1.2.1), which travel in a redirect, and of the pushed
    /// authorization request endpoint (RFC 9126 section 2.3), which answers with the status.
    AuthorizationErrorCode {
        /// A parameter is missing, repeated or malformed.
        InvalidRequest = "invalid_request", 400;
        /// The client is not known (pushed requests alone); not 401, as at the token endpoint.
        InvalidClient = "invalid_client", 400;
        /// The person or the server said no.
        AccessDenied = "access_denied", 400;
        /// Something else than `code`.
        UnsupportedResponseType = "unsupported_response_type", 400;
        /// The scope is unknown or malformed.
        InvalidScope = "invalid_scope", 400;
        /// The server failed.
        ServerError = "server_error", 500;
        /// RFC 9101 section 7: a request object (`request`) is not supported.
        RequestNotSupported = "request_not_supported", 400;
        /// RFC 9396 section 5.
        InvalidAuthorizationDetails = "invalid_authorization_details", 400;
        /// RFC 9449 section 10.1 (pushed requests alone).
        InvalidDpopProof = "invalid_dpop_proof", 400;
        /// RFC 9449 section 8 (pushed requests alone).
        UseDpopNonce = "use_dpop_nonce", 400;
    }
}

registered_codes! {
    /// Errors of a protected resource (RFC 6750 section 3.1, RFC 9449 section 7.1).
    ResourceErrorCode {
        /// The request is malformed.
        InvalidRequest = "invalid_request", 400;
        /// The access token is unknown, expired, revoked, or bound to another key.
        InvalidToken = "invalid_token", 401;
        /// The access token does not allow this.
        InsufficientScope = "insufficient_scope", 403;
        /// RFC 9449 section 7.1.
        InvalidDpopProof = "invalid_dpop_proof", 401;
        /// RFC 9449 section 9.
        UseDpopNonce = "use_dpop_nonce", 401;
    }
}

/// A DPoP proof is refused alike by every endpoint, but for a key that is not the token's.
macro_rules! refuse_dpop {
    ($($code:ident: $other_key:ident,)+) => {$(
        impl From<DpopError> for ErrorResponse<$code> {
            fn from(error: DpopError) -> Self {
                let code = match error {
                    DpopError::Nonce { .. } => $code::UseDpopNonce,
                    DpopError::OtherKey { .. } => $code::$other_key,
                    _ => $code::InvalidDpopProof,
                };
                Self::new(code, error)
            }
        }
    )+};
}
// RFC 9449: section 5 for a code or refresh token, section 10.1 for a pushed request, section 7.1 for a resource.
refuse_dpop! {
    TokenErrorCode: InvalidGrant,
    AuthorizationErrorCode: InvalidDpopProof,
    ResourceErrorCode: InvalidToken,
}

impl From<FormError> for ErrorResponse<TokenErrorCode> {
    fn from(error: FormError) -> Self {
        TokenRequestError::from(error).into()
    }
}

impl From<PkceError> for ErrorResponse<TokenErrorCode> {
    fn from(error: PkceError) -> Self {
        TokenRequestError::from(error).into()
    }
}

impl From<FormError> for ErrorResponse<AuthorizationErrorCode> {
    fn from(error: FormError) -> Self {
        AuthorizationRequestError::from(error).into()
    }
}

impl From<AuthorizationError> for ErrorResponse<ResourceErrorCode> {
    fn from(error: AuthorizationError) -> Self {
        Self::new(ResourceErrorCode::InvalidRequest, error)
    }
}
