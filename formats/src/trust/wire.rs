//! What all statements share in CBOR: the format version in front, bounds, keys and times.

use minicbor::{Decode, Decoder, Encode};

use crate::cbor::{self, CborError};

/// The format that is written and read here.
const FORMAT: u64 = 1;

/// Encodes `[format version, content]`.
pub(crate) fn to_vec<T: Encode<()>>(content: &T) -> Vec<u8> {
    cbor::to_vec(&(FORMAT, content))
}

/// Decodes `[format version, content]`, refusing another version, unknown keys, every encoding but the
/// deterministic one (RFC 8949 section 4.2), and trailing bytes.
pub(crate) fn from_slice<T>(what: &'static str, bytes: &[u8]) -> Result<T, PayloadError>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    // A newer version may look different in every other respect, so it is read by itself first.
    if let Some(got) = leading_version(bytes).filter(|got| *got != FORMAT) {
        return Err(PayloadError::UnknownVersion { what, expected: FORMAT, got });
    }
    let (_, content): (u64, T) =
        cbor::from_slice_strict(bytes).map_err(|source| PayloadError::Malformed { what, source })?;
    Ok(content)
}

fn leading_version(bytes: &[u8]) -> Option<u64> {
    let mut decoder = Decoder::new(bytes);
    decoder.array().ok()?;
    decoder.u64().ok()
}

/// Refuses more than `max` of something.
pub(crate) fn at_most(what: &'static str, max: usize, got: usize) -> Result<(), PayloadError> {
    if got > max {
        return Err(PayloadError::TooMany { what, expected: max, got });
    }
    Ok(())
}

/// Refuses an order other than strictly ascending: so there are no duplicates, one encoding for each set,
/// and a lookup may search by halves.
pub(super) fn ascending<T: Ord>(
    what: &'static str,
    items: impl IntoIterator<Item = T>,
) -> Result<(), PayloadError> {
    if items.into_iter().is_sorted_by(|a, b| a < b) {
        return Ok(());
    }
    Err(PayloadError::NotAscending { what })
}

/// Why the content of a statement was refused, or cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// A format this app does not know.
    #[error("the {what} has format {got} and this app reads format {expected}; install a newer app")]
    UnknownVersion {
        /// Which statement.
        what: &'static str,
        /// The format this app reads.
        expected: u64,
        /// The format it has.
        got: u64,
    },
    /// Not deterministic CBOR of the expected shape.
    #[error("the {what} is malformed ({source}); fetch it again from its publisher")]
    Malformed {
        /// Which statement.
        what: &'static str,
        /// What is wrong.
        source: CborError,
    },
    /// More than the bound.
    #[error("{what}: {got} where at most {expected} are allowed; publish fewer")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most that is allowed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Out of order, or twice the same.
    #[error("{what} must be in ascending order without duplicates; sort them before signing")]
    NotAscending {
        /// Of what.
        what: &'static str,
    },
    /// A text that is empty, too long, or could mislead when shown.
    #[error("{what} {got:?} is refused: it must be {expected}")]
    Text {
        /// Which text.
        what: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// The text.
        got: String,
    },
    /// An end that is not after its beginning.
    #[error("{what}: the end {until} must come after the beginning {from}")]
    EmptyInterval {
        /// Of what.
        what: &'static str,
        /// The beginning.
        from: crate::time::Timestamp,
        /// The end.
        until: crate::time::Timestamp,
    },
}

/// `time = int`: seconds since the epoch.
pub(crate) mod timestamp {
    use minicbor::decode::Error;
    use minicbor::encode::Write;
    use minicbor::{Decoder, Encoder};

    use crate::time::Timestamp;

    pub(crate) fn encode<C, W: Write>(
        time: &Timestamp,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.i64(time.seconds())?.ok()
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Timestamp, Error> {
        Ok(Timestamp::from_seconds(d.i64()?))
    }
}

/// `key = [-8, bytes .size 32] / [-7, bytes .size 33]`: the COSE algorithm (RFC 9053 section 2) and the raw
/// Ed25519 key or the compressed P-256 point (SEC 1 section 2.3.3).
pub(crate) mod public_key {
    use minicbor::decode::Error;
    use minicbor::encode::Write;
    use minicbor::{Decoder, Encoder};

    use crate::keys::{Algorithm, PublicKey};

    pub(crate) fn encode<C, W: Write>(
        key: &PublicKey,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(2)?.i64(key.algorithm().cose_number())?.bytes(&key.to_bytes())?.ok()
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<PublicKey, Error> {
        if d.array()? != Some(2) {
            return Err(Error::message("a key must be [algorithm, bytes]"));
        }
        let number = d.i64()?;
        let algorithm = [Algorithm::EdDsa, Algorithm::Es256]
            .into_iter()
            .find(|algorithm| algorithm.cose_number() == number)
            .ok_or_else(|| Error::message("a key's algorithm must be -8 (EdDSA) or -7 (ES256)"))?;
        PublicKey::from_bytes(algorithm, d.bytes()?).map_err(Error::message)
    }
}
