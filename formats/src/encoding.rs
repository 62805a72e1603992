//! Base64url without padding (RFC 4648 section 5), as every JOSE format uses it.

use core::fmt;

use base64::{DecodeSliceError, Engine};

/// What encodes and decodes. Where the processor has instructions for it, several times as fast as without.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static ENGINE: std::sync::LazyLock<base64::engine::Simd> =
    std::sync::LazyLock::new(|| base64::engine::Simd::url_safe(base64::engine::general_purpose::NO_PAD));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static ENGINE: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

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
    ENGINE.encode(bytes)
}

/// Appends the base64url text of `bytes` to `out`, for callers that build a long text in one buffer.
pub fn b64url_append(bytes: &[u8], out: &mut String) {
    ENGINE.encode_string(bytes, out);
}

/// Writes the base64url text of `bytes` to the start of `out`, and gives its length, or `None` if it does not fit.
pub fn b64url_to_slice(bytes: &[u8], out: &mut [u8]) -> Option<usize> {
    ENGINE.encode_slice(bytes, out).ok()
}

/// The bytes behind a base64url text. Padding, foreign symbols and non-zero trailing bits are refused, so
/// that one byte string has one text (RFC 4648 section 3.5).
///
/// # Errors
/// [`EncodingError`] with what was met.
pub fn b64url_decode(text: &str) -> Result<Vec<u8>, EncodingError> {
    ENGINE.decode(text).map_err(|e| EncodingError { reason: e.to_string() })
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
    match ENGINE.decode_slice(text, &mut room) {
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
        /// As without the processor's help, what is refused too.
        #[test]
        fn every_engine_is_alike(bytes: Vec<u8>, text in "[A-Za-z0-9_=+-]{0,80}") {
            let plain = base64::engine::general_purpose::URL_SAFE_NO_PAD;
            prop_assert_eq!(b64url(&bytes), plain.encode(&bytes));
            prop_assert_eq!(b64url_decode(&text).ok(), plain.decode(&text).ok());
        }

        #[test]
        fn round_trip(bytes: Vec<u8>) {
            prop_assert_eq!(b64url_decode(&b64url(&bytes)).unwrap(), bytes);
        }
    }
}
