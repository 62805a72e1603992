//! Requests for corrections: what a person says is wrong, and what an officer answered.

use minicbor::{Decode, Encode};

use crate::{Event, StoreError};

/// Keeps requests for corrections. They are answered by
/// [`RegisterChange::Answer`](crate::RegisterChange::Answer), together with what is granted.
pub trait Corrections {
    /// Keeps a request of the person whose record had this `revision`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Revised`] if the record is another one meanwhile, which may be another person's; if the store cannot be
    /// written.
    fn request_correction(
        &self,
        correction: &Correction,
        revision: u64,
        event: &Event,
    ) -> Result<(), StoreError>;

    /// A request.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn correction(&self, id: &CorrectionId) -> Result<Option<Correction>, StoreError>;

    /// A person's requests, in the order of their ids.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn corrections_of(&self, upi: &str) -> Result<Vec<Correction>, StoreError>;

    /// At most `limit` requests without an answer, those after `after`, in the order of their ids: the oldest
    /// first.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn open_corrections(
        &self,
        after: Option<&CorrectionId>,
        limit: usize,
    ) -> Result<Vec<Correction>, StoreError>;
}

/// Names a request: the time at which it came, then random bytes, so that ids are in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct CorrectionId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl CorrectionId {
    /// An id for a request that comes now.
    #[must_use]
    pub fn new(now: i64, random: [u8; 8]) -> Self {
        Self(id_at(now, random))
    }
}

/// A time, then random bytes.
pub(crate) fn id_at(now: i64, random: [u8; 8]) -> [u8; 16] {
    let mut id = [0; 16];
    for (place, byte) in id.iter_mut().zip(now.to_be_bytes().into_iter().chain(random)) {
        *place = byte;
    }
    id
}

/// A request for a correction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Correction {
    /// Its id.
    #[n(0)]
    pub id: CorrectionId,
    /// Whose record.
    #[n(1)]
    pub upi: String,
    /// The claim that is wrong, such as `family_name`.
    #[n(2)]
    pub claim: String,
    /// What it should be.
    #[n(3)]
    pub wanted: String,
    /// Where the evidence is found: the number of a birth certificate, of a file.
    #[n(4)]
    pub evidence: String,
    /// When it came.
    #[n(5)]
    pub at: i64,
    /// What an officer answered.
    #[n(6)]
    pub answer: Option<CorrectionAnswer>,
}

/// What an officer answered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CorrectionAnswer {
    /// Whether the record was corrected.
    #[n(0)]
    pub granted: bool,
    /// Why, for the person to read.
    #[n(1)]
    pub reason: String,
    /// Who decided.
    #[n(2)]
    pub officer: String,
    /// When.
    #[n(3)]
    pub at: i64,
}
