//! The bundle: all that a device needs to check credentials offline, in one signed file.

mod content;
mod error;
mod format;
mod held;
mod verify;

pub use content::{BundleContent, BundledList, MAX_LISTS, TypeDocument, UnsignedBundle};
pub use error::{BundleError, StatusLookupError};
pub use held::Held;
pub use verify::{Bundle, MAX_BYTES};

pub(super) use format::{BundleFile, ContentWire, ListWire};

#[cfg(test)]
mod tests;
