//! Why an issuer's folder cannot be used.

use std::io;
use std::path::PathBuf;

use hati_formats::trust::{BundleError, KeyId, TrustListError};
use hati_store::StoreError;

use super::CONFIG;
use crate::chronology::ChronologyError;
use crate::keys::{KeyFileError, Role};
use crate::trust::TrustError;
use crate::types::TypesError;

/// Why an issuer's folder cannot be made or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// There is something in the folder.
    #[error("{}: expected an empty folder or none, got one with files. Choose another, or move this one away", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// The database is an issuer's already.
    #[error(
        "the database holds an issuer already, whose trust list a new one would replace. For a second machine of that issuer copy the first one's folder; for another issuer name another database"
    )]
    DatabaseTaken,
    /// There is no issuer in the folder.
    #[error("{}: expected an issuer's folder, got one without {CONFIG}. Make one with: hati-issuer init --dir {} --issuer-url https://id.example.go.ke", folder.display(), folder.display())]
    NoIssuer {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}. Check the folder's rights and the disk", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The configuration is wrong.
    #[error("{}: {reason}. Correct the file", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A key is wrong.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The first trust list cannot be made.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// No reader would take a trust list of this time.
    #[error("the trust list: {0}")]
    Chronology(#[from] ChronologyError),
    /// The trust list that was published does not verify.
    #[error("the published trust list: {0}. Restore the folder from its backup")]
    Published(#[from] TrustListError),
    /// The trust list does not name a type.
    #[error("the trust list does not name the type {type_id}, so no verifier would take it. Bring the root key, and run: hati-issuer trust-list --dir {}", folder.display())]
    NotListed {
        /// The type.
        type_id: String,
        /// The folder.
        folder: PathBuf,
    },
    /// A trust list that is not newer than the one published.
    #[error(
        "expected a trust list after version {expected}, got version {got}. Ask the root's machine for the newest"
    )]
    ListNotNewer {
        /// The version published.
        expected: u64,
        /// The version given.
        got: u64,
    },
    /// A trust list without the key that signs.
    #[error(
        "expected a trust list that names the {role} key {got}, which signs. Let the root sign a new one: hati-issuer trust request"
    )]
    ListWithoutKey {
        /// Whose key.
        role: Role,
        /// The key.
        got: KeyId,
    },
    /// The announced key is not known to everybody yet.
    #[error("the announced {role} key is not known to devices yet: {reason}")]
    NotKnown {
        /// Whose key.
        role: Role,
        /// What is missing, and what to do.
        reason: String,
    },
    /// The key to withdraw is not one of this issuer, or is the one that signs.
    #[error("{got} cannot be withdrawn: {reason}")]
    NotWithdrawable {
        /// What was named.
        got: String,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// The newest bundle cannot be read.
    #[error("the published bundle: {0}. Restore the folder from its backup")]
    Bundle(#[from] BundleError),
    /// No trust list was published.
    #[error("the store has no trust list. Restore the folder from its backup")]
    NoTrustList,
    /// A credential type is wrong.
    #[error(transparent)]
    Types(#[from] TypesError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(HomeError {
    Self::NotEmpty { .. } => "folder_not_empty",
    Self::DatabaseTaken => "database_taken",
    Self::NoIssuer { .. } => "no_issuer",
    Self::Io { .. } => "file_unusable",
    Self::Config { .. } => "config_refused",
    Self::NotListed { .. } => "type_not_listed",
    Self::ListNotNewer { .. } => "trust_list_not_newer",
    Self::ListWithoutKey { .. } => "trust_list_without_key",
    Self::NotKnown { .. } => "key_not_known",
    Self::NotWithdrawable { .. } => "key_not_withdrawable",
    Self::NoTrustList => "trust_list_missing",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
} inner {
    Chronology,
    Keys,
    Trust,
    Published,
    Bundle,
    Types,
});
