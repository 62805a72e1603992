//! OAuth 2.0 as OpenID4VCI 1.0 uses it: what travels between a wallet and an authorization server.
//!
//! - A form becomes a [`TokenRequest`] or an [`AuthorizationRequest`] (pushed, RFC 9126), or is refused with the
//!   registered code: [`ErrorResponse`].
//! - [`pkce`] (RFC 7636, S256 alone) and [`dpop`] (RFC 9449) bind codes and tokens to whoever asked for them.
//! - [`AuthorizationDetail`] (RFC 9396) names the credentials, [`ServerMetadata`] (RFC 8414) the endpoints.
//!
//! What needs memory is the caller's: whether a code, nonce, `jti` or token is known and unused.

mod authorization;
mod authorization_details;
pub mod dpop;
mod error;
mod form;
mod htu;
pub mod pkce;
mod resource;
mod scope;
mod secret;
mod server;
mod token;

pub use authorization::{
    AuthorizationRefused, AuthorizationRequest, AuthorizationRequestError, AuthorizationResponse,
    PushedAuthorizationResponse, PushedReference, REQUEST_URI_PREFIX, RESPONSE_MODE, RedirectUri,
};
pub use authorization_details::{
    AuthorizationDetail, AuthorizationDetailsError, MAX_DETAILS, OPENID_CREDENTIAL, RequestedClaim,
};
pub(crate) use error::registered_codes;
pub use error::{
    AuthorizationErrorCode, ErrorBody, ErrorCode, ErrorResponse, ResourceErrorCode, TokenErrorCode, describe,
};
pub use form::{Form, FormError, MAX_FIELDS, MAX_FORM_BYTES};
pub use htu::{HtuError, normalize_htu};
pub use resource::{Authorization, AuthorizationError, Scheme};
pub use scope::{Scope, ScopeError};
pub use secret::Secret;
pub use server::{SERVER_METADATA, ServerMetadata};
pub use token::{Grant, GrantType, TokenRequest, TokenRequestError, TokenResponse, check_tx_code};
