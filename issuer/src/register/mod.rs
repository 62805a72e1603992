//! From a CSV row to a register record: the first arrow of the path.
//!
//! [`Rows`] checks the header, and [`import`] reads row by row. Each row is either admitted, found unchanged, quarantined for an
//! officer, or refused with the reason for every field; [`Counts`] adds up to the rows that were read.
//!
//! - [`record`]: a row becomes a validated [`hati_store::Person`].
//! - [`duplicates`]: who looks like the same person.
//! - [`portrait`]: a picture becomes at most 1,000 bytes.
//! - [`sample`]: invented people to try it all with.

mod counties;
pub mod duplicates;
mod import;
mod outcome;
pub mod portrait;
pub mod record;
mod rows;
pub mod sample;

pub use self::import::{Import, ImportError, Progress, import};
pub use self::outcome::{Counts, Outcome, Why};
pub use self::record::{FieldError, Rules};
pub use self::rows::{COLUMNS, MAX_ROW_BYTES, Rows};
