//! The request code: who asks, for which claims, and why (`spec/request.cddl`). The verifier shows it, the
//! wallet scans it, and everything in it is checked without a network.
//!
//! 1. The verifier fills a [`RequestContent`] and signs what [`RequestContent::prepare`] gives it; the bytes become a code
//!    with [`text::encode`](super::text::encode) and [`Kind::Request`](super::text::Kind::Request).
//! 2. The wallet takes the bytes apart with [`Unverified::parse`], and [`Unverified::verify`] alone makes a [`Request`].
//! 3. What a [`Request`] says may be shown to the holder, and answered.
//!
//! Whoever has no registration may ask for proof of age only, and nothing of its own wording is shown: the
//! name "Police" on a shop's request would be believed.

mod content;
mod error;
mod purpose;
mod type_id;
mod verify;

pub use content::{MAX_CLAIMS, Nonce, RequestContent};
pub use error::RequestError;
pub use purpose::{KnownPurpose, Purpose};
pub use type_id::{TypeId, TypeIdError};
pub use verify::{LIFETIME_SECONDS, MAX_BYTES, MAX_SKEW_SECONDS, Request, Requester, Unverified};

#[cfg(test)]
mod tests;
