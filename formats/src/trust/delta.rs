//! Deltas: from one bundle to a newer one, small enough for a 2G link or a sequence of QR codes.
//!
//! A delta carries the newer bundle's own signature. Applying it rebuilds the newer bundle byte for byte and
//! then verifies it like any other, so the way over deltas and the way over the full file end in the same
//! state, and a fault on the way cannot go unnoticed. The delta's own signature is checked first, so that
//! nothing is rebuilt from what nobody signed.

mod apply;
mod content;
mod error;
mod prepare;

pub use error::DeltaError;
pub use prepare::UnsignedDelta;

#[cfg(test)]
mod tests;
