//! The files of this program, with its errors. What a wallet writes is personal, so its owner alone can read it.

use std::path::Path;

use hati_program::files::{self, Access, SecretError};
use zeroize::Zeroizing;

use crate::Error;

/// Reads a file that is at most `max` bytes long.
///
/// # Errors
/// [`Error::File`] and [`Error::TooLong`].
pub fn read(path: &Path, max: usize) -> Result<Vec<u8>, Error> {
    files::read(path, max)
        .map_err(|source| Error::File { path: path.to_owned(), source })?
        .ok_or_else(|| Error::TooLong { path: path.to_owned(), expected: max })
}

/// Writes a file that its owner alone can read, whole and on disk, or not at all.
///
/// # Errors
/// [`Error::File`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    files::replace(path, bytes, Access::Private)
        .map_err(|source| Error::File { path: path.to_owned(), source })
}

/// Reads a secret of at most `max` bytes, and refuses one that others can read.
pub(crate) fn read_secret(path: &Path, max: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    files::read_secret(path, max).map_err(|error| match error {
        SecretError::Io(source) => Error::File { path: path.to_owned(), source },
        SecretError::Rights { got } => Error::SecretReadable { path: path.to_owned(), got },
    })
}
