//! From a presentation to the texts of codes.

use hati_formats::qr::presentation;
use hati_formats::qr::sequence::Encoder;
use hati_formats::qr::text::{self, Kind};

use super::PresentError;

/// The most characters of one code: what a cheap phone reads from a screen. At level L they take version 17, and
/// at level M version 20.
pub const MAX_CHARS: usize = 900;

/// How an answer is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codes {
    /// As one code.
    One(String),
    /// As codes in turn, over and over. Any as many of them as needed without repair are enough, seldom one more.
    Sequence(Vec<String>),
}

impl Codes {
    /// The codes of an SD-JWT+KB: one where it fits.
    pub(super) fn of(kind: Kind, sd_jwt: &str) -> Result<Self, PresentError> {
        let compact = presentation::compact(sd_jwt)?;
        let one = text::encode(kind, &compact);
        if one.len() <= MAX_CHARS {
            return Ok(Self::One(one));
        }
        let encoder = Encoder::new(kind, &compact)?;
        let needed = encoder.source_frames();
        // Half as many again: whoever misses one in three has all after a single round.
        let shown = needed.saturating_add(needed.div_ceil(2));
        Ok(Self::Sequence((0..shown).map(|index| encoder.frame(index)).collect()))
    }

    /// The texts, in the order they are shown.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Sequence(texts) => texts,
        }
    }
}
