//! Decisions on quarantined rows: what was decided, and why. The audit names them by their id and holds nothing of what they
//! say, because it is never altered and what they say is about a person.

use minicbor::{Decode, Encode};

use crate::corrections::id_at;

/// Names a decision: the time at which it was made, then random bytes, so that ids are in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct DecisionId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl DecisionId {
    /// An id for a decision that is made now.
    #[must_use]
    pub fn new(now: i64, random: [u8; 8]) -> Self {
        Self(id_at(now, random))
    }
}

/// A decision on a quarantined row, or on a death that was registered by mistake.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Decided {
    /// Its id.
    #[n(0)]
    pub id: DecisionId,
    /// The UPI that the row bore.
    #[n(1)]
    pub upi: String,
    /// The row, by the id under which it waited; zeros where the decision was on none.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub row: [u8; 32],
    /// What was decided, such as `admit`.
    #[n(3)]
    pub decision: String,
    /// Why.
    #[n(4)]
    pub reason: String,
    /// Who decided.
    #[n(5)]
    pub officer: String,
    /// When.
    #[n(6)]
    pub at: i64,
}
