//! Files and folders: whole or not at all, and with rights that do not depend on the umask.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Who may read a file or folder besides its owner, who alone writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody: 0600, folders 0700.
    Private,
    /// Everybody: 0644, folders 0755.
    Public,
}

/// Writes a file whole or not at all: a reader, or a crash, never meets half of one. Makes no folder.
///
/// # Errors
///
/// If the file cannot be written.
pub fn replace(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = create(&part)?;
    file.write_all(bytes)?;
    if access == Access::Public {
        set_mode(&part, 0o644)?;
    }
    file.sync_all()?;
    fs::rename(&part, path)
}

/// Makes a private file, or empties the one there is.
///
/// # Errors
///
/// If the file cannot be made.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // One that was there kept its rights. What is no file, such as /dev/null, keeps them.
    if file.metadata()?.is_file() {
        set_mode(path, 0o600)?;
    }
    Ok(file)
}

/// Makes a folder, and those above it that are missing, or gives the one there is these rights.
///
/// # Errors
///
/// If the folder cannot be made.
pub fn make_folder(path: &Path, access: Access) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    // Private until it is made, so that nobody looks in between.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    set_mode(path, if access == Access::Public { 0o755 } else { 0o700 })
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
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
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("no/such"), b"", Access::Private).is_err());
        assert!(replace(Path::new("/"), b"", Access::Private).is_err());
    }
}
