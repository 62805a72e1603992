//! The bundle: all that a device needs to check credentials offline, in one signed file.

mod content;
mod error;
mod format;
mod held;
mod verify;

pub use content::{BundleContent, BundledList, TypeDocument, UnsignedBundle};
pub use error::{BundleError, StatusLookupError};
pub use held::Held;
pub use verify::Bundle;

pub(super) use format::{BundleFile, ContentWire, ListWire};
pub(super) use verify::MAX_BYTES;

#[cfg(test)]
mod tests;
