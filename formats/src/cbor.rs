//! Deterministic CBOR (RFC 8949 section 4.2) for statements of our own.

use minicbor::{Decode, Encode};

/// Why bytes are not the CBOR statement that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The bytes do not decode to the expected structure.
    #[error("the data is damaged or of another kind: {reason}")]
    Structure {
        /// What the decoder met, and where.
        reason: String,
    },
    /// The bytes decode, but another encoder's liberties are in them (RFC 8949 section 4.2.1).
    #[error("the data is not in deterministic CBOR: its {got} bytes are not the {expected} it must have")]
    NotDeterministic {
        /// Length of the one right encoding.
        expected: usize,
        /// Length of what came.
        got: usize,
    },
}

/// The one deterministic encoding of `value`.
#[must_use]
pub fn to_vec<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    // Writing into a Vec cannot fail, and the error type says so.
    let result: Result<(), minicbor::encode::Error<core::convert::Infallible>> =
        minicbor::encode(value, &mut out);
    debug_assert!(result.is_ok(), "encoding into memory does not fail");
    out
}

/// Decodes `bytes`, all of them, and refuses every encoding but the deterministic one: two readers must
/// never see two statements in the same bytes, nor two byte strings make the same statement.
///
/// # Errors
/// [`CborError`].
pub fn from_slice_strict<'b, T>(bytes: &'b [u8]) -> Result<T, CborError>
where
    T: Decode<'b, ()> + Encode<()>,
{
    let value: T = minicbor::decode(bytes).map_err(|e| CborError::Structure { reason: e.to_string() })?;
    let again = to_vec(&value);
    if again == bytes {
        Ok(value)
    } else {
        Err(CborError::NotDeterministic { expected: again.len(), got: bytes.len() })
    }
}

/// Refuses bytes in which an integer or a length is not in its shortest form, or a length is not written
/// (RFC 8949 section 4.2.1), without building anything: for readers that stream. They check the order of
/// members themselves.
///
/// # Errors
/// [`CborError`].
pub fn check_preferred(bytes: &[u8]) -> Result<(), CborError> {
    let mut again = minicbor::Encoder::new(Comparison { rest: bytes, written: 0, same: true });
    for token in minicbor::decode::Tokenizer::new(bytes) {
        let token = token.map_err(|e| CborError::Structure { reason: e.to_string() })?;
        // A comparison takes every byte.
        let written = again.encode(token).is_ok();
        debug_assert!(written, "comparing does not fail");
    }
    let again = again.into_writer();
    if again.same && again.rest.is_empty() {
        Ok(())
    } else {
        Err(CborError::NotDeterministic { expected: again.written, got: bytes.len() })
    }
}

/// Compares what is written with what is there, instead of keeping it.
struct Comparison<'b> {
    rest: &'b [u8],
    written: usize,
    same: bool,
}

impl minicbor::encode::Write for Comparison<'_> {
    type Error = core::convert::Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.written += bytes.len();
        match self.rest.strip_prefix(bytes) {
            Some(rest) => self.rest = rest,
            None => self.same = false,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Pair {
        #[n(0)]
        a: u64,
        #[n(1)]
        b: Option<String>,
    }

    #[test]
    fn refuses_all_but_the_deterministic_encoding() {
        let bytes = to_vec(&Pair { a: 7, b: None });
        assert_eq!(bytes, [0xa1, 0x00, 0x07]);
        assert!(from_slice_strict::<Pair>(&bytes).is_ok());
        // A longer integer, an indefinite map, an unknown member, a tail.
        for bad in [
            &[0xa1, 0x00, 0x18, 0x07][..],
            &[0xbf, 0x00, 0x07, 0xff],
            &[0xa2, 0x00, 0x07, 0x09, 0x01],
            &[0xa1, 0x00, 0x07, 0x00],
            &[0xa2, 0x00, 0x07, 0x00, 0x07],
        ] {
            assert!(
                matches!(from_slice_strict::<Pair>(bad), Err(CborError::NotDeterministic { .. })),
                "{bad:02x?}"
            );
        }
        assert!(matches!(from_slice_strict::<Pair>(&[0xa1, 0x00]), Err(CborError::Structure { .. })));
    }
}
