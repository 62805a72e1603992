//! Codes become tokens: RFC 6749 sections 4.1.3, 5 and 6, OpenID4VCI 1.0 section 6.

mod error;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use error::TokenRequestError;
pub use request::{Grant, GrantType, TokenRequest, check_tx_code};
pub use response::TokenResponse;
