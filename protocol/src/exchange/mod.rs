//! The QR exchange: what stands between a request code and the verdict on its answer.
//!
//! The verifier:
//! 1. takes a [`RequestProfile`], opens a [`PendingRequest`] with a fresh nonce, and keeps it;
//! 2. signs what [`PendingRequest::content`] gives it, and shows the code (`hati_formats::qr::request`);
//! 3. holds what comes back against the pending request: nonce and audience of the key binding, and
//!    [`Answer::of`] for what was asked.
//!
//! The wallet, once the request is verified, finds the claims of its credential with [`claims_to_disclose`], asks
//! the holder, and presents exactly those.

mod answer;
mod pending;
mod profile;

pub use answer::{Answer, claims_to_disclose};
pub use pending::{PendingError, PendingRequest};
pub use profile::{MAX_STATUS_AGE_DAYS, ProfileError, RequestProfile, SHIPPED_PROFILES};

#[cfg(test)]
mod tests;
