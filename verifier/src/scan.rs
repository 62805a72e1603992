//! From the texts of codes to a presentation.

use hati_formats::qr::presentation::{self, PresentationError};
use hati_formats::qr::sequence::{self, SequenceError};
use hati_formats::qr::text::{self, Kind, TextError};

use crate::{Reason, Verdict};

/// What a person showed, read but not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// The SD-JWT+KB, byte for byte as it was signed.
    pub sd_jwt: String,
    /// Whether it came as a single scan, without a request.
    pub single_scan: bool,
}

/// Why codes give no presentation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// There was no code.
    #[error("no code was found: hold the camera closer and steady, and scan again")]
    NoCode,
    /// A text is not that of a Hati code.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A code of another kind, such as a request.
    #[error("expected an answer (P), a single scan (S) or frames of one (F), got a code of kind {got}")]
    Kind {
        /// The kind's letter.
        got: char,
    },
    /// Frames that do not make a whole.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// Good frames, but too few.
    #[error("the moving code is not complete: {have} of about {need} frames were seen")]
    Incomplete {
        /// Frames seen.
        have: usize,
        /// Frames needed, at least.
        need: usize,
    },
    /// What was in the code is not a presentation.
    #[error(transparent)]
    Presentation(#[from] PresentationError),
}

impl ScanError {
    /// The reason of the verdict that follows.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::NoCode => Reason::CodeUnreadable,
            Self::Text(TextError::Foreign { .. }) => Reason::CodeForeign,
            Self::Text(TextError::NewerVersion { .. } | TextError::UnknownKind { .. })
            | Self::Presentation(PresentationError::UnknownForm { .. }) => Reason::CodeTooNew,
            Self::Text(TextError::TooLong { .. }) | Self::Presentation(PresentationError::TooLong { .. }) => {
                Reason::TooLong
            }
            Self::Kind { .. } => Reason::CodeWrongKind,
            Self::Incomplete { .. } => Reason::CodeIncomplete,
            Self::Text(_) | Self::Sequence(_) | Self::Presentation(_) => Reason::CodeDamaged,
        }
    }

    /// The code of that reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason().code()
    }

    /// The verdict that follows.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::unreadable(self.reason(), self.to_string())
    }
}

/// Reads one code, or the frames of a sequence in any order, with repetitions.
///
/// # Errors
/// [`ScanError`].
pub fn read(texts: &[&str]) -> Result<Presented, ScanError> {
    let (first, others) = texts.split_first().ok_or(ScanError::NoCode)?;
    let (kind, bytes) = match text::decode(first)? {
        (Kind::Frame, _) => read_sequence(first, others)?,
        whole => whole,
    };
    let single_scan = match kind {
        Kind::Presentation => false,
        Kind::SingleScan => true,
        other => return Err(ScanError::Kind { got: char::from(other.letter()) }),
    };
    Ok(Presented { sd_jwt: presentation::expand(&bytes)?, single_scan })
}

/// A frame that is damaged, or of another screen, costs nothing as long as the others make a whole.
fn read_sequence(first: &str, others: &[&str]) -> Result<(Kind, Vec<u8>), ScanError> {
    let mut decoder = sequence::Decoder::default();
    let mut incomplete = (0, 0);
    let mut refused = None;
    for frame in core::iter::once(&first).chain(others) {
        match decoder.push(frame) {
            Ok(sequence::Progress::Complete { kind, payload }) => return Ok((kind, payload)),
            Ok(sequence::Progress::Collecting { have, need }) => incomplete = (have, need),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let (have, need) = incomplete;
    Err(refused.map_or(ScanError::Incomplete { have, need }, ScanError::from))
}
