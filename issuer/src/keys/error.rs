//! Why keys cannot be used.

use std::io;
use std::path::PathBuf;

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// A file cannot be read or written.
    #[error("key file {}: {source}. Check that it is there and that its rights are yours", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read the file.
    #[error("key file {}: expected rights 0600, got {got:04o}. Run chmod 600 on it, and consider the key stolen if others had access", path.display())]
    Rights {
        /// The file.
        path: PathBuf,
        /// Its rights.
        got: u32,
    },
    /// The file holds something else.
    #[error("key file {}: {reason}. Restore it from its backup", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it. Never holds what the file says.
        reason: String,
    },
}

hati_formats::error_codes!(KeyFileError {
    Self::Io { .. } => "file_unusable",
    Self::Rights { .. } => "key_rights",
    Self::Content { .. } => "key_file_damaged",
});
