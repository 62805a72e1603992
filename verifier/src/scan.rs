//! From the texts of codes to a presentation.

use hati_formats::qr::presentation::{self, PresentationError};
use hati_formats::qr::sequence::{self, SequenceError};
use hati_formats::qr::text::{self, Kind, TextError};

use crate::{Reason, Verdict};

/// Sequences that are collected at once: a person's, and a few that the camera saw before.
const MAX_SEQUENCES: usize = 8;

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
    /// More than one presentation.
    #[error(
        "{got} different codes were scanned, and a verdict is about one; scan one person's code at a time"
    )]
    Several {
        /// How many.
        got: usize,
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
            Self::Several { .. } => Reason::CodeSeveral,
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
/// [`ScanError`]; [`ScanError::Several`] where there is more than one presentation, because nobody could tell which of
/// them the verdict is about.
pub fn read(texts: &[&str]) -> Result<Presented, ScanError> {
    let mut found = Found::default();
    texts.iter().for_each(|text| found.take(text));
    let (kind, bytes) = found.the_one()?;
    let single_scan = match kind {
        Kind::Presentation => false,
        Kind::SingleScan => true,
        other => return Err(ScanError::Kind { got: char::from(other.letter()) }),
    };
    Ok(Presented { sd_jwt: presentation::expand(&bytes)?, single_scan })
}

/// What was in the codes so far.
#[derive(Default)]
struct Found {
    whole: Vec<(Kind, Vec<u8>)>,
    /// One for each sequence of which a frame was seen.
    sequences: Vec<sequence::Decoder>,
    /// How far the one that came furthest is.
    collecting: Option<(usize, usize)>,
    refused: Option<ScanError>,
}

impl Found {
    /// A code that is damaged costs nothing, as long as the others make a whole.
    fn take(&mut self, text: &str) {
        match text::decode(text) {
            Ok((Kind::Frame, _)) => self.take_frame(text),
            Ok(whole) => self.keep(whole),
            Err(error) => self.refuse(error.into()),
        }
    }

    /// To the sequence that takes it, else as the first of another.
    fn take_frame(&mut self, text: &str) {
        let mut refused = None;
        for decoder in &mut self.sequences {
            match decoder.push(text) {
                Ok(progress) => return self.progress(progress),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        let is_another = matches!(refused, None | Some(SequenceError::OtherTransfer));
        if !is_another || self.sequences.len() == MAX_SEQUENCES {
            return self.refuse(refused.unwrap_or(SequenceError::OtherTransfer).into());
        }
        let mut decoder = sequence::Decoder::default();
        match decoder.push(text) {
            Ok(progress) => {
                self.sequences.push(decoder);
                self.progress(progress);
            }
            Err(error) => self.refuse(error.into()),
        }
    }

    fn progress(&mut self, progress: sequence::Progress) {
        match progress {
            sequence::Progress::Complete { kind, payload } => self.keep((kind, payload)),
            sequence::Progress::Collecting { have, need } => {
                self.collecting = self.collecting.max(Some((have, need)));
            }
        }
    }

    fn keep(&mut self, whole: (Kind, Vec<u8>)) {
        if !self.whole.contains(&whole) {
            self.whole.push(whole);
        }
    }

    fn refuse(&mut self, error: ScanError) {
        self.refused.get_or_insert(error);
    }

    fn the_one(self) -> Result<(Kind, Vec<u8>), ScanError> {
        let mut whole = self.whole.into_iter();
        match (whole.next(), whole.len(), self.refused, self.collecting) {
            (Some(only), 0, ..) => Ok(only),
            (Some(_), others, ..) => Err(ScanError::Several { got: others + 1 }),
            (None, _, Some(refused), _) => Err(refused),
            (None, _, None, Some((have, need))) => Err(ScanError::Incomplete { have, need }),
            (None, _, None, None) => Err(ScanError::NoCode),
        }
    }
}
