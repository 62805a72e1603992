//! One frame: a header of 13 bytes and one symbol.
//!
//! ```text
//! frame    = transfer kind length symbol_id symbol
//! transfer = first 8 bytes of SHA-256(kind payload)
//! kind     = letter of what the payload is (`qr::text`)
//! length   = payload's bytes, big-endian, 2 bytes
//! symbol_id = RFC 6330 encoding symbol ID, big-endian, 2 bytes
//! ```
//!
//! The length determines every parameter of RFC 6330: one source block, one sub-block, symbol alignment 1.

use raptorq::ObjectTransmissionInformation;
use sha2::{Digest, Sha256};

use super::SequenceError;
use crate::qr::text::{self, Kind};

/// Characters in the longest frame: the most that version 11, level L, holds (ISO/IEC 18004, table 7).
pub const MAX_FRAME_CHARS: usize = 468;
/// What two bytes of length can say: 222 frames, which is as long as a person holds two phones still.
pub const MAX_PAYLOAD: usize = u16::MAX as usize;
/// How many different frames a sequence shows before it begins again: seven minutes at ten a second, and a
/// bound of 1.2 MB on what a decoder keeps.
pub const SYMBOL_IDS: u16 = 4_096;

pub(super) const HEADER_BYTES: usize = 8 + 1 + 2 + 2;
/// 309 bytes are 464 characters of Base45, with the prefix [`MAX_FRAME_CHARS`].
const MAX_SYMBOL_BYTES: u16 = 309 - HEADER_BYTES as u16;

/// What all frames of one transfer have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transfer {
    pub(super) id: [u8; 8],
    pub(super) kind: Kind,
    pub(super) length: u16,
}

/// A frame as it was read: well-formed in itself, but not yet of any transfer.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) transfer: Transfer,
    pub(super) symbol_id: u16,
    pub(super) symbol: Vec<u8>,
}

impl Transfer {
    pub(super) fn new(kind: Kind, payload: &[u8]) -> Result<Self, SequenceError> {
        if kind == Kind::Frame {
            return Err(SequenceError::Nested);
        }
        let length = match u16::try_from(payload.len()) {
            Ok(length) if length > 0 => length,
            _ => return Err(SequenceError::PayloadLength { got: payload.len(), limit: MAX_PAYLOAD }),
        };
        let digest: [u8; 32] =
            Sha256::new().chain_update([kind.letter()]).chain_update(payload).finalize().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Ok(Self { id: [a, b, c, d, e, f, g, h], kind, length })
    }

    /// The largest symbols that fit, made equal, so that no frame is larger than it must be.
    pub(super) const fn symbol_bytes(self) -> u16 {
        self.length.div_ceil(self.length.div_ceil(MAX_SYMBOL_BYTES))
    }

    /// K of RFC 6330: how many symbols the payload is cut into.
    pub(super) const fn source_symbols(self) -> u16 {
        self.length.div_ceil(self.symbol_bytes())
    }

    /// Bytes of the source block: the payload and its padding (RFC 6330, section 4.4.1.2).
    pub(super) fn block_bytes(self) -> usize {
        usize::from(self.source_symbols()) * usize::from(self.symbol_bytes())
    }

    /// RFC 6330, sections 3.3.2 and 3.3.3.
    pub(super) fn transmission(self) -> ObjectTransmissionInformation {
        ObjectTransmissionInformation::new(u64::from(self.length), self.symbol_bytes(), 1, 1, 1)
    }

    pub(super) fn frame_text(self, symbol_id: u16, symbol: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + symbol.len());
        bytes.extend_from_slice(&self.id);
        bytes.push(self.kind.letter());
        bytes.extend_from_slice(&self.length.to_be_bytes());
        bytes.extend_from_slice(&symbol_id.to_be_bytes());
        bytes.extend_from_slice(symbol);
        text::encode(Kind::Frame, &bytes)
    }
}

impl Frame {
    /// Everything that can be refused about a frame by itself is refused here, before RaptorQ sees it: the
    /// crate asserts what its caller must have checked.
    pub(super) fn read(text: &str) -> Result<Self, SequenceError> {
        let (kind, bytes) = text::decode(text)?;
        if kind != Kind::Frame {
            return Err(SequenceError::NotAFrame { got: kind });
        }
        let Some((header, symbol)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Err(SequenceError::Header { expected: HEADER_BYTES, got: bytes.len() });
        };
        let [id @ .., kind, length_high, length_low, symbol_high, symbol_low] = *header;
        let length = u16::from_be_bytes([length_high, length_low]);
        if length == 0 {
            return Err(SequenceError::PayloadLength { got: 0, limit: MAX_PAYLOAD });
        }
        let kind = Kind::from_letter(kind).ok_or(SequenceError::UnknownKind { got: char::from(kind) })?;
        if kind == Kind::Frame {
            return Err(SequenceError::Nested);
        }
        let transfer = Transfer { id, kind, length };
        let expected = usize::from(transfer.symbol_bytes());
        if symbol.len() != expected {
            return Err(SequenceError::SymbolSize { expected, got: symbol.len() });
        }
        let symbol_id = u16::from_be_bytes([symbol_high, symbol_low]);
        if symbol_id >= SYMBOL_IDS {
            return Err(SequenceError::SymbolId { got: symbol_id, limit: SYMBOL_IDS });
        }
        Ok(Self { transfer, symbol_id, symbol: symbol.to_vec() })
    }
}
