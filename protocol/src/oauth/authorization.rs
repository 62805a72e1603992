//! Asking for an authorization code: pushed (RFC 9126), with PKCE, for credentials (OpenID4VCI 1.0 section 5).

mod error;
mod redirect;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use error::AuthorizationRequestError;
pub use redirect::RedirectUri;
pub(super) use request::details;
pub use request::{AuthorizationRequest, PushedReference, REQUEST_URI_PREFIX, RESPONSE_MODE};
pub use response::{AuthorizationRefused, AuthorizationResponse, PushedAuthorizationResponse};
