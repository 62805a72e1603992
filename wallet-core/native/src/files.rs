//! Files, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::Error;

/// Reads a file that is at most `max` bytes long.
///
/// # Errors
/// [`Error::File`] and [`Error::TooLong`].
pub fn read(path: &Path, max: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(max as u64 + 1).read_to_end(&mut bytes))
        .map_err(|source| Error::File { path: path.to_owned(), source })?;
    if bytes.len() > max {
        return Err(Error::TooLong { path: path.to_owned(), expected: max });
    }
    Ok(bytes)
}

/// Writes a file that its owner alone can read, whole and on disk, or not at all: what a wallet writes is personal.
///
/// # Errors
/// [`Error::File`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, bytes).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Made with mode 0600 (tempfile's documentation, "Security").
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(folder)
}

/// A new name is on disk once its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Refuses a secret that others than its owner can read.
#[cfg(unix)]
pub(crate) fn check_private(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let got = metadata.permissions().mode() & 0o777;
    if got & 0o077 != 0 {
        return Err(Error::SecretReadable { path: path.to_owned(), got });
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn check_private(path: &Path) -> Result<(), Error> {
    fs::metadata(path).map(drop).map_err(|source| Error::File { path: path.to_owned(), source })
}
