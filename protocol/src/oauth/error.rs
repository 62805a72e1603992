//! The errors of the OAuth endpoints, by their registered codes.

use core::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::dpop::DpopError;
use super::{Form, Scheme};
use crate::message::{self, MessageError};

/// More than any description here; RFC 6749 sets no limit, headers do.
const MAX_DESCRIPTION: usize = 400;

/// A registered error code of one kind of endpoint.
pub trait ErrorCode: Copy + fmt::Debug + PartialEq + 'static {
    /// Every code.
    const ALL: &'static [Self];

    /// Its name in the registry.
    fn name(self) -> &'static str;

    /// The HTTP status that goes with it.
    fn status(self) -> u16;

    /// The code of a name.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

/// Declares the codes of one kind of endpoint: name and status in one place.
macro_rules! registered_codes {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $code:ident = $text:literal, $status:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $code,)+
        }

        impl $crate::oauth::ErrorCode for $name {
            const ALL: &'static [Self] = &[$(Self::$code),+];

            fn name(self) -> &'static str {
                match self { $(Self::$code => $text,)+ }
            }

            fn status(self) -> u16 {
                match self { $(Self::$code => $status,)+ }
            }
        }
    };
}
pub(crate) use registered_codes;

registered_codes! {
    /// Errors of the token endpoint (RFC 6749 section 5.2).
    TokenErrorCode {
        /// A parameter is missing, repeated or malformed.
        InvalidRequest = "invalid_request", 400;
        /// The client is not known, or has to be (OpenID4VCI section 6.3).
        InvalidClient = "invalid_client", 401;
        /// Code, transaction code, refresh token or verifier is wrong, used or expired.
        InvalidGrant = "invalid_grant", 400;
        /// The client may not use this grant.
        UnauthorizedClient = "unauthorized_client", 400;
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
        /// The client is not known (pushed requests alone).
        InvalidClient = "invalid_client", 401;
        /// The client may not ask for a code.
        UnauthorizedClient = "unauthorized_client", 400;
        /// The person or the server said no.
        AccessDenied = "access_denied", 400;
        /// Something else than `code`.
        UnsupportedResponseType = "unsupported_response_type", 400;
        /// The scope is unknown or malformed.
        InvalidScope = "invalid_scope", 400;
        /// The server failed.
        ServerError = "server_error", 500;
        /// The server has too much to do.
        TemporarilyUnavailable = "temporarily_unavailable", 503;
        /// RFC 9101 section 6.3: a request object (`request`) is not supported.
        RequestNotSupported = "request_not_supported", 400;
        /// RFC 9101 section 6.3, RFC 9126 section 2.2: the `request_uri` is unknown, used or expired.
        InvalidRequestUri = "invalid_request_uri", 400;
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

/// An error as an endpoint answers it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", .code.name())]
pub struct ErrorResponse<C: ErrorCode> {
    /// The registered code.
    pub code: C,
    /// What to do, for developers; in the characters that RFC 6749 section 5.2 allows.
    pub description: String,
}

impl<C: ErrorCode> ErrorResponse<C> {
    /// An error; what `description` may not contain is replaced.
    #[must_use]
    pub fn new(code: C, description: impl fmt::Display) -> Self {
        Self { code, description: describe(&description.to_string()) }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.status()
    }

    /// The body: `application/json`, never to be cached.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"error": self.code.name(), "error_description": self.description})
    }
}

impl ErrorResponse<ResourceErrorCode> {
    /// The `WWW-Authenticate` header (RFC 6750 section 3, RFC 9449 section 7.1). `scheme` is the one that was used, or
    /// the one to use.
    #[must_use]
    pub fn www_authenticate(&self, scheme: Scheme) -> String {
        let algorithms = match scheme {
            Scheme::Dpop => ", algs=\"EdDSA ES256\"",
            Scheme::Bearer => "",
        };
        let (name, error) = (scheme.name(), self.code.name());
        // The description has neither quote nor backslash.
        format!("{name} error=\"{error}\", error_description=\"{}\"{algorithms}", self.description)
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

/// An error as a wallet receives it: the code may be one that is not known here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ErrorBody {
    /// `error`
    pub error: String,
    /// `error_description`
    pub error_description: Option<String>,
}

impl ErrorBody {
    /// Reads the body of an error response.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &[u8]) -> Result<Self, MessageError> {
        message::read("error response", text)
    }

    /// Reads the error out of the query of a redirect (RFC 6749 section 4.1.2.1).
    #[must_use]
    pub fn of_redirect(query: &Form) -> Option<Self> {
        let text = |name| query.get(name).map(str::to_owned);
        Some(Self { error: text("error")?, error_description: text("error_description") })
    }

    /// The code, where the endpoint's kind has it.
    #[must_use]
    pub fn code<C: ErrorCode>(&self) -> Option<C> {
        C::from_name(&self.error)
    }
}

/// Text in the characters that `error_description` and `event_description` allow: `%x20-21 / %x23-5B / %x5D-7E`.
#[must_use]
pub fn describe(text: &str) -> String {
    let allowed = |c: char| match c {
        '"' | '`' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    text.replace('…', "...").chars().take(MAX_DESCRIPTION).map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survive<C: ErrorCode>() {
        for code in C::ALL {
            assert_eq!(C::from_name(code.name()), Some(*code));
            let body = ErrorResponse::new(*code, "x").to_json().to_string();
            assert_eq!(ErrorBody::parse(body.as_bytes()).unwrap().code::<C>(), Some(*code));
        }
        assert_eq!(C::from_name("no_such_code"), None);
    }

    #[test]
    fn codes_survive_and_have_the_status_of_their_endpoint() {
        survive::<TokenErrorCode>();
        survive::<AuthorizationErrorCode>();
        survive::<ResourceErrorCode>();
        assert_eq!(
            (TokenErrorCode::InvalidClient.status(), TokenErrorCode::UseDpopNonce.status()),
            (401, 400)
        );
        assert_eq!(ResourceErrorCode::UseDpopNonce.status(), 401);
        assert_eq!(ResourceErrorCode::InsufficientScope.status(), 403);
    }

    #[test]
    fn descriptions_keep_to_the_characters_they_may_have() {
        let error = ErrorResponse::new(TokenErrorCode::InvalidGrant, "expected \"a\\b\", got `é`\n…");
        assert_eq!(error.description, "expected 'a/b', got '?'?...");
        assert_eq!(describe(&"x".repeat(1000)).len(), MAX_DESCRIPTION);
        assert_eq!(error.to_string(), "invalid_grant: expected 'a/b', got '?'?...");
    }

    #[test]
    fn the_challenge_names_scheme_error_and_algorithms() {
        let error = ErrorResponse::new(ResourceErrorCode::InvalidToken, "expired");
        let dpop = r#"DPoP error="invalid_token", error_description="expired", algs="EdDSA ES256""#;
        assert_eq!(error.www_authenticate(Scheme::Dpop), dpop);
        let bearer = r#"Bearer error="invalid_token", error_description="expired""#;
        assert_eq!(error.www_authenticate(Scheme::Bearer), bearer);
    }

    #[test]
    fn dpop_errors_have_the_code_of_the_endpoint() {
        let other = || DpopError::OtherKey { expected: "a".to_owned(), got: "b".to_owned() };
        assert_eq!(ErrorResponse::<TokenErrorCode>::from(other()).code, TokenErrorCode::InvalidGrant);
        assert_eq!(ErrorResponse::<ResourceErrorCode>::from(other()).code, ResourceErrorCode::InvalidToken);
        let nonce = || DpopError::Nonce { got: None };
        assert_eq!(ErrorResponse::<TokenErrorCode>::from(nonce()).code, TokenErrorCode::UseDpopNonce);
        assert_eq!(ErrorResponse::<ResourceErrorCode>::from(nonce()).code, ResourceErrorCode::UseDpopNonce);
        let missing = ErrorResponse::<AuthorizationErrorCode>::from(DpopError::Count { got: 2 });
        assert_eq!(missing.code, AuthorizationErrorCode::InvalidDpopProof);
    }

    #[test]
    fn a_redirect_carries_the_error_in_its_query() {
        let query = Form::parse(b"error=access_denied&error_description=no&state=s").unwrap();
        let body = ErrorBody::of_redirect(&query).unwrap();
        assert_eq!(body.code(), Some(AuthorizationErrorCode::AccessDenied));
        assert_eq!(ErrorBody::of_redirect(&Form::parse(b"code=x").unwrap()), None);
        assert!(ErrorBody::parse(b"{}").is_err());
    }
}
