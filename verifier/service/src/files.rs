//! Files: read up to a bound, replaced as a whole or not at all, and secrets that only their owner reads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::Error;

/// The longest key file; a private JWK takes 250 bytes.
const MAX_KEY_BYTES: usize = 4 << 10;

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`Error::File`] and [`Error::TooLong`].
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let limited = |file: File| file.take(limit as u64 + 1).read_to_end(&mut bytes);
    File::open(path).and_then(limited).map_err(failed(path))?;
    if bytes.len() > limit {
        return Err(Error::TooLong { path: path.to_owned(), expected: limit });
    }
    Ok(bytes)
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
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        let mut file = shareable(tempfile::Builder::new().prefix(".hati-")).tempfile_in(parent)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync_folder(parent)
    };
    write().map_err(failed(path))
}

/// Writes a secret into a file that must not be there yet, for its owner alone.
pub(crate) fn create_secret(path: &Path, text: &str) -> Result<(), Error> {
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = owner_only(options.write(true).create_new(true)).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(failed(path))
}

/// Reads a secret, and refuses one that others can read.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let file = File::open(path).map_err(failed(path))?;
    let got = rights(&file).map_err(failed(path))?;
    if got & 0o077 != 0 {
        return Err(Error::Rights { path: path.to_owned(), got });
    }
    // Room for the largest file, so that growing leaves no copy behind.
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES + 1));
    file.take(MAX_KEY_BYTES as u64).read_to_end(&mut text).map_err(failed(path))?;
    Ok(text)
}

/// Makes a folder for its owner alone, unless an empty one is there.
pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed(path))?;
    }
    match make_private(path) {
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

#[cfg(unix)]
fn shareable<'b, 'p, 's>(builder: &'b mut tempfile::Builder<'p, 's>) -> &'b mut tempfile::Builder<'p, 's> {
    use std::os::unix::fs::PermissionsExt;
    // As any new file: the umask takes away what it takes away.
    builder.permissions(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn shareable<'b, 'p, 's>(builder: &'b mut tempfile::Builder<'p, 's>) -> &'b mut tempfile::Builder<'p, 's> {
    builder
}

/// A new name is on disk when its folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(unix)]
fn rights(file: &File) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o777)
}

/// Elsewhere the folder's own rights have to do.
#[cfg(not(unix))]
fn rights(_: &File) -> io::Result<u32> {
    Ok(0)
}
