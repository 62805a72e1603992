//! From a row to a register record: the first arrow of the path.
//!
//! [`Rows`] checks the beginning of a file, CSV or JSON Lines, and [`import`] reads row by row. Each row is either admitted, found
//! unchanged, quarantined for an officer, or refused with the reason for every field; [`Counts`] adds up to the rows that
//! were read. [`resume`] goes on from a [`Checkpoint`].
//!
//! - [`record`]: a row becomes a validated [`hati_store::Person`].
//! - [`duplicates`]: who looks like the same person.
//! - [`phone`]: a telephone number as people write it.
//! - [`portrait`]: a picture becomes at most 1,000 bytes.
//! - [`feed`]: changes that another system signed, through the same checks.
//! - [`amend`]: records change, by an officer or a feed, and what is wrong then is revoked.
//! - [`sample`]: invented people to try it all with.

pub mod amend;
mod batch;
mod counties;
mod days;
pub mod duplicates;
mod error;
pub mod feed;
mod import;
mod mark;
mod outcome;
pub mod phone;
pub mod portrait;
pub mod record;
mod rows;
pub mod sample;

pub use self::error::ImportError;
pub use self::import::{Import, Progress, import, resume};
pub use self::mark::{Checkpoint, Mark};
pub use self::outcome::{Counts, Outcome, Why};
pub use self::record::{FieldError, Rules};
pub use self::rows::{COLUMNS, FileFormat, Rows};
