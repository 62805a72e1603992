//! The verifier: every check, and one flat verdict. Pure: time, trust, status and memory are arguments.
//!
//! - [`scan`](scan::read) turns the texts of codes into a presentation.
//! - [`check`](check::check) makes every check of `spec/verdict.md`, in its order, online and offline alike: online only
//!   means that somebody fetched a fresher bundle first.
//! - [`Verdict`] says accepted, rejected or undetermined, with a stable [`Reason`] that carries texts for people.
//! - [`Policy`] turns doubt into a decision, by name.
//!
//! ```no_run
//! use hati_formats::time::Timestamp;
//! use hati_formats::trust::Bundle;
//! use hati_protocol::dcql::CompactQuery;
//! use hati_verifier::{Expected, MemoryReplay, Outcome, Policy, Question, Trust, check, scan};
//! # fn example(text: &str, bundle: &Bundle, query: &CompactQuery, now: Timestamp) -> Result<(), Box<dyn std::error::Error>> {
//! let trust = Trust::new(bundle)?;
//! let presented = scan::read(&[text])?;
//! let question = Question { query, expected: Expected::Response { nonce: "…", audience: "hati:…", until: now } };
//! let verdict = check::check(&presented, &question, &trust, &Policy::default(), &mut MemoryReplay::default(), now);
//! if verdict.outcome == Outcome::Accepted {
//!     println!("{}", verdict.claims["given_name"]);
//! }
//! # Ok(()) }
//! ```

pub mod check;
mod policy;
mod reason;
mod replay;
pub mod scan;
mod trust;
mod verdict;

pub use check::{Expected, Question};
pub use policy::{Doubt, Policy, PolicyError};
pub use reason::{Locale, Reason};
pub use replay::{MemoryReplay, ReplayError, ReplayMemory, Seen};
pub use trust::{Trust, TrustError};
pub use verdict::{Check, CheckName, CheckOutcome, Outcome, Verdict};
