//! How far an import came, so that one that was killed or stopped goes on.

use serde::{Deserialize, Serialize};

use super::Counts;

/// A place between two rows of a file, and what the rows before it became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The line that ends there.
    pub line: u64,
    /// The byte of the file that is read next.
    pub offset: u64,
    /// SHA-256 of all bytes before, as base64url: only the same file goes on.
    pub digest: String,
    /// What the rows before became.
    pub counts: Counts,
}

/// What is known of an import that did not end.
///
/// It is written down before each chunk goes to the register. Whether the chunk arrived there is not known then; going on decides
/// its rows again, and finds out.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint<'a> {
    /// Every row before is in the register, or is refused.
    pub done: &'a Mark,
    /// The end of the chunk that was on its way.
    pub next: &'a Mark,
}
