//! Base64url without padding (RFC 4648 section 5), as every JOSE format uses it.

use core::fmt;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::{DecodeSliceError, Engine};

/// Why a text is not base64url.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not base64url without padding: {reason}; the text was cut or altered on its way")]
pub struct EncodingError {
    /// What the decoder met: a foreign symbol and its place, a wrong length, bits that must be zero.
    pub reason: String,
}

/// The base64url text of `bytes`, without padding.
#[must_use]
pub fn b64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends the base64url text of `bytes` to `out`, for callers that build a long text in one buffer.
pub fn b64url_append(bytes: &[u8], out: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// The bytes behind a base64url text. Padding, foreign symbols and non-zero trailing bits are refused, so
/// that one byte string has one text (RFC 4648 section 3.5).
///
/// # Errors
/// [`EncodingError`] with what was met.
pub fn b64url_decode(text: &str) -> Result<Vec<u8>, EncodingError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|e| EncodingError { reason: e.to_string() })
}

/// The bytes behind a base64url text that must give exactly `N` of them.
///
/// # Errors
/// [`EncodingError`] with what was met, or with both lengths.
pub fn b64url_decode_array<const N: usize>(text: &str) -> Result<[u8; N], EncodingError> {
    // No key, digest or signature of ours is longer; the crate wants room for whole groups of three bytes.
    const ROOM: usize = 96;
    const { assert!(N <= ROOM) };
    let mut room = [0; ROOM];
    let wrong_length =
        |got: &dyn fmt::Display| EncodingError { reason: format!("expected {N} bytes, got {got}") };
    match URL_SAFE_NO_PAD.decode_slice(text, &mut room) {
        Ok(len) => room.get(..len).and_then(|b| b.try_into().ok()).ok_or_else(|| wrong_length(&len)),
        Err(DecodeSliceError::DecodeError(e)) => Err(EncodingError { reason: e.to_string() }),
        Err(DecodeSliceError::OutputSliceTooSmall) => Err(wrong_length(&"more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_padding_foreign_symbols_and_loose_bits() {
        for bad in ["QQ==", "Q", "Q+", "Q/", "QR", "QQ\n", "Q Q", "é"] {
            assert!(b64url_decode(bad).is_err(), "{bad:?}");
        }
        assert_eq!(b64url_decode("QQ").unwrap(), b"A");
        assert!(b64url_decode_array::<2>("QQ").unwrap_err().reason.contains("expected 2 bytes, got 1"));
        let long = "A".repeat(200);
        assert!(b64url_decode_array::<2>(&long).unwrap_err().reason.contains("expected 2 bytes, got more"));
    }

    proptest! {
        #[test]
        fn round_trip(bytes: Vec<u8>) {
            prop_assert_eq!(b64url_decode(&b64url(&bytes)).unwrap(), bytes);
        }
    }
}
