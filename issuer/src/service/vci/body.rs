//! The body of a request to the credential endpoints: JSON, or JSON in a JWE.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

use super::encryption::{Encryption, EncryptionFailed};

/// JSON, and whether it came encrypted.
pub(super) struct Body<'a> {
    pub(super) json: Cow<'a, [u8]>,
    pub(super) was_encrypted: bool,
}

impl<'a> Body<'a> {
    /// OpenID4VCI 1.0 section 10: an encrypted request has the media type `application/jwt`.
    pub(super) fn read(
        headers: &HeaderMap,
        bytes: &'a Bytes,
        encryption: &Encryption,
    ) -> Result<Self, EncryptionFailed> {
        if !has_type(headers, "application/jwt") {
            return Ok(Self { json: Cow::Borrowed(bytes), was_encrypted: false });
        }
        Ok(Self { json: Cow::Owned(encryption.decrypt(bytes)?), was_encrypted: true })
    }
}

/// Whether the media type is this one, whatever its parameters.
pub(super) fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let got = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    got.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}
