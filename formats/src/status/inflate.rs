//! Deflating and, within a bound, inflating what both standards compress (RFC 1950, RFC 1952).

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};

/// The most a list may inflate to: 67 million credentials at two bits, more than one for everybody in the
/// country. DEFLATE expands up to 1,032 times, so a 1 MiB token without this bound would take 1 GiB.
pub const MAX_INFLATED_BYTES: usize = 16 << 20;

/// Why compressed bytes are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// More comes out than the bound allows.
    #[error(
        "the list inflates to more than {max} bytes, the most a device must hold; it is refused as a bomb"
    )]
    TooLarge {
        /// The bound, in bytes.
        max: usize,
    },
    /// Bytes follow the compressed stream.
    #[error("{trailing} bytes follow the {format} stream; a list is one stream and nothing else")]
    Trailing {
        /// ZLIB or GZIP.
        format: &'static str,
        /// How many bytes follow.
        trailing: usize,
    },
    /// Not a stream of that format, cut short, or its checksum is wrong.
    #[error("the list is not a whole {format} stream ({reason}); fetch it again")]
    Malformed {
        /// ZLIB or GZIP.
        format: &'static str,
        /// What the decompressor met.
        reason: String,
    },
}

/// ZLIB at the highest level, as draft-ietf-oauth-status-list-21 section 4.1 step 4 recommends.
pub(super) fn to_zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    in_memory(encoder.write_all(bytes));
    in_memory(encoder.finish())
}

/// GZIP at the highest level, without time, name or comment, so that equal lists give equal text.
pub(super) fn to_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    in_memory(encoder.write_all(bytes));
    in_memory(encoder.finish())
}

/// Inflates one ZLIB stream of at most `max` bytes.
pub(super) fn from_zlib(compressed: &[u8], max: usize) -> Result<Vec<u8>, InflateError> {
    let mut decoder = ZlibDecoder::new(compressed);
    let bytes = read_at_most(&mut decoder, max, "ZLIB")?;
    refuse_trailing(decoder.get_ref(), "ZLIB").map(|()| bytes)
}

/// Inflates one GZIP member of at most `max` bytes.
pub(super) fn from_gzip(compressed: &[u8], max: usize) -> Result<Vec<u8>, InflateError> {
    let mut decoder = GzDecoder::new(compressed);
    let bytes = read_at_most(&mut decoder, max, "GZIP")?;
    refuse_trailing(decoder.get_ref(), "GZIP").map(|()| bytes)
}

fn read_at_most(decoder: &mut impl Read, max: usize, format: &'static str) -> Result<Vec<u8>, InflateError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    decoder
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|e| InflateError::Malformed { format, reason: e.to_string() })?;
    if bytes.len() > max { Err(InflateError::TooLarge { max }) } else { Ok(bytes) }
}

fn refuse_trailing(rest: &[u8], format: &'static str) -> Result<(), InflateError> {
    if rest.is_empty() { Ok(()) } else { Err(InflateError::Trailing { format, trailing: rest.len() }) }
}

#[expect(clippy::expect_used, reason = "writing into a Vec never fails")]
fn in_memory<T>(result: std::io::Result<T>) -> T {
    result.expect("writing into a Vec never fails")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Inflate = fn(&[u8], usize) -> Result<Vec<u8>, InflateError>;
    type Deflate = fn(&[u8]) -> Vec<u8>;
    const FORMATS: [(Deflate, Inflate); 2] = [(to_zlib, from_zlib), (to_gzip, from_gzip)];

    #[test]
    fn a_bomb_is_refused_and_the_bound_itself_is_not() {
        for (deflate, inflate) in FORMATS {
            let bomb = deflate(&vec![0; 1_000_001]);
            assert!(bomb.len() < 2_000);
            assert_eq!(inflate(&bomb, 1_000_000), Err(InflateError::TooLarge { max: 1_000_000 }));
            assert_eq!(inflate(&bomb, 1_000_001).unwrap().len(), 1_000_001);
        }
    }

    #[test]
    fn a_tail_a_cut_and_a_wrong_checksum_are_refused() {
        for (deflate, inflate) in FORMATS {
            let whole = deflate(b"0123456789");
            let mut tail = whole.clone();
            tail.push(0);
            assert!(matches!(inflate(&tail, 100), Err(InflateError::Trailing { trailing: 1, .. })));
            let twice = [whole.clone(), whole.clone()].concat();
            assert!(matches!(inflate(&twice, 100), Err(InflateError::Trailing { .. })));
            for length in 0..whole.len() {
                assert!(
                    matches!(inflate(&whole[..length], 100), Err(InflateError::Malformed { .. })),
                    "cut at {length}"
                );
            }
            let mut wrong = whole.clone();
            // The last byte of both formats belongs to the checksum or the length.
            *wrong.last_mut().unwrap() ^= 1;
            assert!(matches!(inflate(&wrong, 100), Err(InflateError::Malformed { .. })));
        }
    }

    proptest! {
        #[test]
        fn inflates_what_it_deflates(bytes: Vec<u8>) {
            for (deflate, inflate) in FORMATS {
                prop_assert_eq!(&inflate(&deflate(&bytes), bytes.len()).unwrap(), &bytes);
            }
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            for (_, inflate) in FORMATS {
                let _ = inflate(&bytes, 1_000);
            }
        }
    }
}
