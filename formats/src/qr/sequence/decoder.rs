//! The receiving side: any frames, in any order, until they are enough.

use std::collections::BTreeSet;

use raptorq::{EncodingPacket, PayloadId, SourceBlockDecoder};

use super::SequenceError;
use super::frame::{Frame, Transfer};
use crate::qr::text::Kind;

/// How far a [`Decoder`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// More frames are needed.
    Collecting {
        /// Different frames collected.
        have: usize,
        /// How many are enough, but for a rare one or two more.
        need: usize,
    },
    /// The payload is whole, and is the one that was sent.
    Complete {
        /// What the payload is.
        kind: Kind,
        /// The payload.
        payload: Vec<u8>,
    },
}

/// Collects the frames of one transfer: that of the first frame it is given. To read another, start
/// with a new decoder.
#[derive(Debug, Default)]
pub struct Decoder {
    collection: Option<Box<Collection>>,
}

#[derive(Debug)]
struct Collection {
    transfer: Transfer,
    seen: BTreeSet<u16>,
    fountain: SourceBlockDecoder,
    payload: Option<Vec<u8>>,
}

impl Decoder {
    /// Takes in the text of one scanned code.
    ///
    /// # Errors
    /// [`SequenceError`]. What was collected stays collected, except after [`SequenceError::Corrupt`].
    pub fn push(&mut self, text: &str) -> Result<Progress, SequenceError> {
        let frame = Frame::read(text)?;
        let collection = match &mut self.collection {
            Some(collection) => {
                same_transfer(collection.transfer, frame.transfer)?;
                collection
            }
            none => none.insert(Box::new(Collection::new(frame.transfer))),
        };
        let progress = collection.add(frame);
        if progress.is_err() {
            // Which of the frames lied cannot be told, so none is kept.
            self.collection = None;
        }
        progress
    }
}

impl Collection {
    fn new(transfer: Transfer) -> Self {
        let fountain = SourceBlockDecoder::new(0, &transfer.transmission(), transfer.block_bytes() as u64);
        Self { transfer, seen: BTreeSet::new(), fountain, payload: None }
    }

    fn add(&mut self, frame: Frame) -> Result<Progress, SequenceError> {
        // A frame seen before changes nothing, and is not worth solving for again.
        if self.payload.is_none() && self.seen.insert(frame.symbol_id) {
            let id = PayloadId::new(0, u32::from(frame.symbol_id));
            let block = self.fountain.decode([EncodingPacket::new(id, frame.symbol)]);
            self.payload = block.map(|block| check(self.transfer, block)).transpose()?;
        }
        Ok(self.progress())
    }

    fn progress(&self) -> Progress {
        match &self.payload {
            Some(payload) => Progress::Complete { kind: self.transfer.kind, payload: payload.clone() },
            None => Progress::Collecting {
                have: self.seen.len(),
                need: usize::from(self.transfer.source_symbols()),
            },
        }
    }
}

fn same_transfer(expected: Transfer, got: Transfer) -> Result<(), SequenceError> {
    if expected.id != got.id {
        return Err(SequenceError::OtherTransfer);
    }
    if expected != got { Err(SequenceError::Contradiction) } else { Ok(()) }
}

/// The transfer's identifier is the hash of what was sent, so it tells frames that lie.
fn check(transfer: Transfer, mut block: Vec<u8>) -> Result<Vec<u8>, SequenceError> {
    block.truncate(usize::from(transfer.length));
    if Transfer::new(transfer.kind, &block)? == transfer { Ok(block) } else { Err(SequenceError::Corrupt) }
}
