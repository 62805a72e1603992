//! A presentation in one code: the SD-JWT+KB, transcoded without loss (`spec/qr.md`, "Presentation").
//!
//! [`compact`] looks for the shortest form that gives back exactly the same text; [`expand`] writes that
//! text again, so any SD-JWT library can check what was in a code.
//!
//! - *profile*: a token that [`Envelope`](crate::credential::Envelope) wrote. Only its fields travel; digests, salts,
//!   keys and signatures as bytes, known names as numbers, a presented disclosure's digest as its number,
//!   and `sd_hash` not at all.
//! - *parts*: another maker's token: signatures as bytes, the rest decoded from base64url and deflated.
//! - *text*: anything else that is an SD-JWT: the text, deflated.

mod foreign;
mod profile;
#[cfg(test)]
mod tests;
mod value;

use minicbor::Decoder;

use crate::cbor::{self, CborError};

/// The longest SD-JWT+KB that is compacted or expanded. A presentation with a portrait of 1,000 bytes takes
/// 4,000 characters; a sequence of codes carries at most 64 kB.
pub const MAX_TEXT: usize = 64 << 10;

/// The audience of a single scan: whoever scans it (`spec/qr.md`, "Single scan"). No verifier's audience, which
/// goes on behind the colon with 22 characters of base64url, is this.
pub const SINGLE_SCAN_AUDIENCE: &str = "hati:scan";

/// The forms, by the first item of the array.
const PROFILE: u8 = 0;
const PARTS: u8 = 1;
const TEXT: u8 = 2;

/// Why a presentation cannot go into a code, or does not come out of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresentationError {
    /// Longer than [`MAX_TEXT`].
    #[error(
        "the presentation has {got} characters; a code or sequence carries at most {limit}: disclose fewer claims"
    )]
    TooLong {
        /// Characters that came, or that came out of inflation before it was stopped.
        got: usize,
        /// The most that is carried.
        limit: usize,
    },
    /// Not an SD-JWT.
    #[error("this is not an SD-JWT: expected a signed token and disclosures with `~` between them")]
    NotAnSdJwt,
    /// The bytes in a code are not a presentation.
    #[error("the code is damaged or not a presentation: {0}")]
    Damaged(#[from] CborError),
    /// A form that this version does not know.
    #[error("the code holds a presentation of form {got}; this version reads forms 0 to 2: update the app")]
    UnknownForm {
        /// The form's number.
        got: u64,
    },
}

impl From<minicbor::decode::Error> for PresentationError {
    fn from(error: minicbor::decode::Error) -> Self {
        Self::Damaged(CborError::Structure { reason: error.to_string() })
    }
}

/// The shortest form of an SD-JWT or SD-JWT+KB that expands to the same text.
///
/// # Errors
/// [`PresentationError::TooLong`] and [`PresentationError::NotAnSdJwt`].
pub fn compact(text: &str) -> Result<Vec<u8>, PresentationError> {
    if text.len() > MAX_TEXT {
        return Err(PresentationError::TooLong { got: text.len(), limit: MAX_TEXT });
    }
    if !text.contains('~') || !text.is_ascii() {
        return Err(PresentationError::NotAnSdJwt);
    }
    // Lossless by test, not by hope: a form counts only if it expands to what came.
    let faithful = |bytes: &Vec<u8>| expand(bytes).as_deref() == Ok(text);
    Ok(profile::compact(text)
        .filter(faithful)
        .or_else(|| foreign::compact_parts(text).filter(faithful))
        .unwrap_or_else(|| foreign::compact_text(text)))
}

/// The text of the SD-JWT or SD-JWT+KB in a code, byte for byte as it was signed.
///
/// # Errors
/// [`PresentationError`].
pub fn expand(bytes: &[u8]) -> Result<String, PresentationError> {
    cbor::check_preferred(bytes)?;
    let mut d = Decoder::new(bytes);
    let items = value::definite(d.array()?)?;
    let form = d.u8()?;
    let text = match form {
        PROFILE => profile::expand(&mut d, items)?,
        PARTS => foreign::expand_parts(&mut d, items)?,
        TEXT => foreign::expand_text(&mut d, items)?,
        got => return Err(PresentationError::UnknownForm { got: got.into() }),
    };
    if d.position() != bytes.len() {
        let reason = format!("{} bytes too many", bytes.len().saturating_sub(d.position()));
        return Err(CborError::Structure { reason }.into());
    }
    Ok(text)
}
