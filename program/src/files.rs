//! Files and folders: read up to a bound, written whole or not at all, with the rights that their content needs.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

/// Why a secret was not read.
#[derive(Debug)]
pub enum SecretError {
    /// The file cannot be read.
    Io(io::Error),
    /// Others than its owner may read the file.
    Rights {
        /// Its permission bits.
        got: u32,
    },
}

impl From<io::Error> for SecretError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Who may read a file or folder besides its owner, who alone writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody: 0600, folders 0700.
    Private,
    /// Whoever the umask lets, as any new file.
    Default,
    /// Everybody: 0644, folders 0755, whatever the umask.
    Public,
}

/// Reads a file of at most `limit` bytes; `None` where it is longer.
///
/// # Errors
/// If the file cannot be read.
pub fn read(path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// Writes a file so that after a crash at any moment either the old or the new one is there, and a reader never meets half
/// of one. Makes no folder. What is there and is no file, such as /dev/stdout, is written to.
///
/// # Errors
/// If the file cannot be written.
pub fn replace(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = with_mode(tempfile::Builder::new().prefix(".hati-"), access).tempfile_in(folder)?;
    file.write_all(bytes)?;
    if access == Access::Public {
        set_mode(file.path(), 0o644)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Makes a private file to write into as it comes, or empties the one there is.
///
/// # Errors
/// If the file cannot be made.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = owner_only(options.write(true).create(true).truncate(true)).open(path)?;
    // One that was there kept its rights. What is no file, such as /dev/null, keeps them.
    if file.metadata()?.is_file() {
        set_mode(path, 0o600)?;
    }
    Ok(file)
}

/// Writes a secret into a file that must not be there yet, for its owner alone.
///
/// # Errors
/// If the file is there, or cannot be written.
pub fn create_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = owner_only(options.write(true).create_new(true)).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Reads a secret of at most `limit` bytes, what is behind them left out, and refuses one that others can read.
///
/// # Errors
/// [`SecretError`].
pub fn read_secret(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    read_secret_but(path, limit, 0o077)
}

/// As [`read_secret`], but with the rights that are `forbidden`: for files that the system itself puts there.
///
/// # Errors
/// [`SecretError`].
pub fn read_secret_but(path: &Path, limit: usize, forbidden: u32) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let file = File::open(path)?;
    let got = rights(&file)?;
    if got & forbidden != 0 {
        return Err(SecretError::Rights { got });
    }
    // Room for the longest, so that growing leaves no copy behind.
    let mut secret = Zeroizing::new(Vec::with_capacity(limit.saturating_add(1)));
    file.take(limit as u64).read_to_end(&mut secret)?;
    Ok(secret)
}

/// Makes a folder, and those above it that are missing, or gives the one there is these rights.
///
/// # Errors
/// If the folder cannot be made.
pub fn make_folder(path: &Path, access: Access) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    // Private until it is made, so that nobody looks in between.
    private(builder.recursive(true)).create(path)?;
    match access {
        Access::Private => set_mode(path, 0o700),
        Access::Default => Ok(()),
        Access::Public => set_mode(path, 0o755),
    }
}

/// Makes a private folder that must not be there yet.
///
/// # Errors
/// If it is there, or cannot be made.
pub fn create_folder(path: &Path) -> io::Result<()> {
    private(&mut DirBuilder::new()).create(path)
}

/// The permission bits of a file. Zero where the system has none: there the folder's own rights have to do.
#[cfg(unix)]
fn rights(file: &File) -> io::Result<u32> {
    Ok(std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o777)
}

#[cfg(not(unix))]
fn rights(_: &File) -> io::Result<u32> {
    Ok(0)
}

#[cfg(unix)]
fn with_mode<'b, 'p, 's>(
    builder: &'b mut tempfile::Builder<'p, 's>,
    access: Access,
) -> &'b mut tempfile::Builder<'p, 's> {
    // The umask takes away what it takes away.
    let mode = if access == Access::Private { 0o600 } else { 0o666 };
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn with_mode<'b, 'p, 's>(
    builder: &'b mut tempfile::Builder<'p, 's>,
    _: Access,
) -> &'b mut tempfile::Builder<'p, 's> {
    builder
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn private(builder: &mut DirBuilder) -> &mut DirBuilder {
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700)
}

#[cfg(not(unix))]
fn private(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        replace(&path, b"first", Access::Private).unwrap();
        replace(&path, b"second", Access::Private).unwrap();
        assert_eq!(read(&path, 6).unwrap().unwrap(), b"second");
        assert_eq!(read(&path, 5).unwrap(), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("no/such"), b"", Access::Private).is_err());
        assert!(replace(Path::new("/"), b"", Access::Private).is_err());
    }

    #[test]
    fn a_secret_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create_secret(&path, "first").unwrap();
        assert_eq!(create_secret(&path, "second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read_secret(&path, 64).unwrap().as_slice(), b"first");
        assert_eq!(create_folder(folder.path()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[cfg(unix)]
    #[test]
    fn rights_are_what_the_content_needs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (access, expected) in [(Access::Public, 0o644), (Access::Private, 0o600)] {
            replace(&path, b"", access).unwrap();
            assert_eq!(rights(&File::open(&path).unwrap()).unwrap(), expected);
        }
        replace(&path, b"", Access::Public).unwrap();
        assert!(matches!(read_secret(&path, 64), Err(SecretError::Rights { got: 0o644 })));
        assert_eq!(rights(&create(&path).unwrap()).unwrap(), 0o600);
    }

    /// A rename would put a file in the place of the device.
    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays_one() {
        replace(Path::new("/dev/null"), b"bytes", Access::Private).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
