//! The sending side: frame after frame, each made from its number alone.

use raptorq::SourceBlockEncoder;

use super::SequenceError;
use super::frame::{SYMBOL_IDS, Transfer};
use crate::qr::text::Kind;

/// Makes the frames of one payload. Equal payloads make equal frames.
#[derive(Debug, Clone)]
pub struct Encoder {
    transfer: Transfer,
    block: Vec<u8>,
    fountain: SourceBlockEncoder,
}

impl Encoder {
    /// A sequence that carries `payload`, whose kind the receiver is told.
    ///
    /// # Errors
    /// [`SequenceError::PayloadLength`], and [`SequenceError::Nested`] for frames of frames.
    pub fn new(kind: Kind, payload: &[u8]) -> Result<Self, SequenceError> {
        let transfer = Transfer::new(kind, payload)?;
        let mut block = payload.to_vec();
        block.resize(transfer.block_bytes(), 0);
        let fountain = SourceBlockEncoder::new(0, &transfer.transmission(), &block);
        Ok(Self { transfer, block, fountain })
    }

    /// How many frames carry the payload when none is missed.
    #[must_use]
    pub fn source_frames(&self) -> u32 {
        u32::from(self.transfer.source_symbols())
    }

    /// The text of a frame. Every index has one; after [`SYMBOL_IDS`](super::SYMBOL_IDS) they begin again.
    #[must_use]
    pub fn frame(&self, index: u32) -> String {
        let id = (index % u32::from(SYMBOL_IDS)) as u16;
        match id.checked_sub(self.transfer.source_symbols()) {
            None => {
                let size = usize::from(self.transfer.symbol_bytes());
                let symbol = self.block.chunks(size).nth(usize::from(id)).unwrap_or_default();
                self.transfer.frame_text(id, symbol)
            }
            Some(repair) => {
                let packets = self.fountain.repair_packets(u32::from(repair), 1);
                self.transfer.frame_text(id, packets.first().map_or(&[], |packet| packet.data()))
            }
        }
    }
}
