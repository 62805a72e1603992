//! What a store keeps is about people, so nobody but its owner reads it, whatever the umask.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::Path;

/// Makes the folder, for its owner alone; what sled makes in it from now on nobody else can reach.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    set_mode(folder, 0o700)
}

/// Takes the rights of others from the files too, so that they stay private where they are copied to.
pub(super) fn restrict(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let mode = if entry.file_type()?.is_dir() { 0o700 } else { 0o600 };
        match set_mode(&entry.path(), mode) {
            // sled may remove an old snapshot meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}
