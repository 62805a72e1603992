//! The body of a request to the credential endpoints: JSON, or JSON in a JWE.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

use hati_protocol::oauth::ErrorResponse;
use hati_protocol::openid4vci::CredentialErrorCode;

use super::super::json::MEDIA_TYPE;
use super::Refusal;
use super::encryption::Encryption;

/// JSON, and whether it came encrypted.
pub(super) struct Body<'a> {
    pub(super) json: Cow<'a, [u8]>,
    pub(super) was_encrypted: bool,
}

impl<'a> Body<'a> {
    /// OpenID4VCI 1.0 sections 8.2 and 9.1: JSON says that it is JSON; section 10: an encrypted request has the media type
    /// `application/jwt`.
    pub(super) fn read(
        headers: &HeaderMap,
        bytes: &'a Bytes,
        encryption: &Encryption,
    ) -> Result<Self, Refusal> {
        if has_type(headers, "application/jwt") {
            return Ok(Self { json: Cow::Owned(encryption.decrypt(bytes)?), was_encrypted: true });
        }
        if !has_type(headers, MEDIA_TYPE) {
            let reason = "send JSON with Content-Type application/json, or encrypted with application/jwt";
            let error = ErrorResponse::new(CredentialErrorCode::InvalidCredentialRequest, reason);
            return Err(Refusal::Credential(error));
        }
        Ok(Self { json: Cow::Borrowed(bytes), was_encrypted: false })
    }
}

/// Whether the media type is this one, whatever its parameters.
pub(super) fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let got = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    got.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}
