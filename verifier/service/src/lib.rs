//! The verifier on a machine: its files, its replay memory, its command line.
//!
//! - [`Home`]: the folder a verifier lives in: its key, its registration, the newest bundle it has seen, what it accepted.
//! - [`Home::accept_bundle`] and [`Home::update`]: bundles, never back.
//! - [`Home::register`] and [`Home::request`]: who this verifier is, and the code that it shows.
//! - [`Home::check`]: from the texts of codes to the verdict.
//! - [`pictures`]: from photographs to those texts.
//! - [`expand()`]: the standard SD-JWT+KB inside a code.
//!
//! The command line `hati-verifier` is a thin layer over these.

mod answer;
mod error;
mod expand;
mod files;
mod home;
pub mod pictures;
mod registration;
mod replay;
mod request;
mod trust;

pub use answer::{Asked, profile};
pub use error::Error;
pub use expand::{Expanded, expand};
pub use files::{read, replace};
pub use home::Home;
pub use registration::{MAX_REGISTRATION_BYTES, Registered};
pub use request::RequestCode;
pub use trust::{Accepted, MAX_BUNDLE_BYTES};
