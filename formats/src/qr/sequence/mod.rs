//! Sequences: what one small code cannot hold, as an endless row of small codes.
//!
//! The fountain code is RaptorQ (RFC 6330): any as many frames as there are source symbols, seldom one or
//! two more, give back the whole, whichever they are and in whatever order, so a missed frame costs nothing.
//!
//! ```
//! use hati_formats::qr::sequence::{Decoder, Encoder, Progress};
//! use hati_formats::qr::text::Kind;
//!
//! let bundle = vec![7; 2_000];
//! let encoder = Encoder::new(Kind::Bundle, &bundle)?;
//! let mut decoder = Decoder::default();
//! // A camera that misses every third frame.
//! for index in (0..).filter(|index| index % 3 != 0) {
//!     match decoder.push(&encoder.frame(index))? {
//!         Progress::Collecting { .. } => {}
//!         Progress::Complete { kind, payload } => {
//!             assert_eq!((kind, payload), (Kind::Bundle, bundle));
//!             break;
//!         }
//!     }
//! }
//! # Ok::<(), hati_formats::qr::sequence::SequenceError>(())
//! ```

mod decoder;
mod encoder;
mod frame;

pub use decoder::{Decoder, Progress};
pub use encoder::Encoder;
pub use frame::{MAX_FRAME_CHARS, MAX_PAYLOAD, SYMBOL_IDS};

use thiserror::Error;

use super::text::{Kind, TextError};

/// Why a payload cannot be sent, or a frame cannot be used. The frames already collected stay collected,
/// except after [`SequenceError::Corrupt`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SequenceError {
    /// The payload is empty or longer than a sequence can carry.
    #[error("a sequence carries 1 to {limit} bytes, not {got}; send it as a file instead")]
    PayloadLength {
        /// Bytes in the payload, or the length a frame claims.
        got: usize,
        /// [`MAX_PAYLOAD`].
        limit: usize,
    },
    /// A sequence inside a sequence.
    #[error("frames carry a request, a presentation or a bundle, never frames")]
    Nested,
    /// The text is not the text of a code of ours.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A code of ours, but a whole one.
    #[error("this code is not a frame of a sequence but a {got:?}; it is read alone")]
    NotAFrame {
        /// What the code is.
        got: Kind,
    },
    /// A frame without a whole header.
    #[error("a frame has a header of {expected} bytes and a symbol, this one has {got} bytes in all")]
    Header {
        /// Bytes of a header.
        expected: usize,
        /// Bytes in the frame.
        got: usize,
    },
    /// A frame that carries a kind unknown here.
    #[error("this sequence needs a newer app: its content is of kind {got}, which is unknown here")]
    UnknownKind {
        /// The letter of the kind.
        got: char,
    },
    /// A symbol of another size than the payload's length determines.
    #[error("a frame of this sequence carries {expected} bytes, this one {got}")]
    SymbolSize {
        /// Bytes that the length determines.
        expected: usize,
        /// Bytes in the frame.
        got: usize,
    },
    /// A symbol beyond those a sequence shows.
    #[error("frames are numbered below {limit}, this one is {got}")]
    SymbolId {
        /// The encoding symbol identifier of the frame.
        got: u16,
        /// [`SYMBOL_IDS`].
        limit: u16,
    },
    /// A frame of another sequence than the one being collected.
    #[error("this frame belongs to another sequence; keep to one screen, or start again to read the other")]
    OtherTransfer,
    /// A frame that claims this sequence with another length or kind.
    #[error("this frame contradicts the first one of its sequence; it was left out")]
    Contradiction,
    /// The frames made a payload that is not the one the sequence announced. Collecting starts again.
    #[error("the frames do not make the announced content; scan the sequence again from any frame")]
    Corrupt,
}

#[cfg(test)]
mod tests;
