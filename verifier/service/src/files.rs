//! The files of this program, with its errors.

use std::path::Path;
use std::{fs, io};

use hati_program::files::{self, Access, SecretError};
use zeroize::Zeroizing;

use crate::Error;

/// The longest key file; a private JWK takes 250 bytes.
const MAX_KEY_BYTES: usize = 4 << 10;

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`Error::File`] and [`Error::TooLong`].
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Error> {
    files::read(path, limit)
        .map_err(failed(path))?
        .ok_or_else(|| Error::TooLong { path: path.to_owned(), expected: limit })
}

/// The same for a file that need not be there.
pub(crate) fn read_optional(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, Error> {
    match read(path, limit) {
        Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// Writes a file so that after a crash at any moment either the old or the new one is there.
///
/// # Errors
/// [`Error::File`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    files::replace(path, bytes, Access::Default).map_err(failed(path))
}

/// Writes a secret into a file that must not be there yet, for its owner alone.
pub(crate) fn create_secret(path: &Path, text: &str) -> Result<(), Error> {
    files::create_secret(path, text).map_err(failed(path))
}

/// Reads a secret, and refuses one that others can read.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    files::read_secret(path, MAX_KEY_BYTES).map_err(|error| match error {
        SecretError::Io(source) => failed(path)(source),
        SecretError::Rights { got } => Error::Rights { path: path.to_owned(), got },
    })
}

/// Makes a folder for its owner alone, unless an empty one is there.
pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed(path))?;
    }
    match files::create_folder(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mut entries = fs::read_dir(path).map_err(failed(path))?;
            if entries.next().is_some() {
                return Err(Error::NotEmpty { folder: path.to_owned() });
            }
            Ok(())
        }
        outcome => outcome.map_err(failed(path)),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}
