//! The files of this program, with its errors. What a wallet writes is personal, so its owner alone can read it.

use std::fs::{self, OpenOptions};
use std::io;
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

/// Checks that [`write()`] can put a file there, and changes nothing. What a step stores cannot be taken back, so whoever
/// stores before writing checks before storing.
///
/// # Errors
/// [`Error::File`].
pub fn check_writable(path: &Path) -> Result<(), Error> {
    try_target(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn try_target(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        // Such as /dev/stdout, which is written to.
        Ok(there) if !there.is_file() => return OpenOptions::new().write(true).open(path).map(drop),
        _ => {}
    }
    if path.file_name().is_none() {
        return Err(io::ErrorKind::InvalidFilename.into());
    }
    // The file is made beside its place and then renamed, so its folder has to take a new one.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::tempfile_in(folder).map(drop)
}

/// Reads a secret of at most `max` bytes, and refuses one that others can read.
pub(crate) fn read_secret(path: &Path, max: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    files::read_secret(path, max).map_err(|error| match error {
        SecretError::Io(source) => Error::File { path: path.to_owned(), source },
        SecretError::Rights { got } => Error::SecretReadable { path: path.to_owned(), got },
    })
}
