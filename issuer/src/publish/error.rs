//! Why nothing was published.

use std::io;
use std::path::PathBuf;

use hati_formats::data_integrity::DataIntegrityError;
use hati_formats::status::StatusListError;
use hati_formats::status::bitstring::BitstringError;
use hati_formats::trust::{BundleError, DeltaError, KeyId};
use hati_store::StoreError;

use crate::chronology::ChronologyError;
use crate::config::ConfigError;
use crate::keys::SignError;
use crate::status::StatusError;
use crate::verifiers::VerifierError;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The bundle cannot be signed.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// No delta leads from the older bundle to the new one.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// The older bundle is another registrar's.
    #[error(
        "expected an older bundle by a key of the registrar ({}), got one of {got}. Name one that this issuer made", expected.join(", ")
    )]
    OtherRegistrar {
        /// This registrar's keys.
        expected: Vec<String>,
        /// The key that signed the bundle.
        got: KeyId,
    },
    /// No reader would take a bundle of this time.
    #[error("the bundle: {0}")]
    Chronology(#[from] ChronologyError),
    /// The status lists cannot be made.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// A status list is too large to be carried.
    #[error(transparent)]
    StatusList(#[from] StatusListError),
    /// A Bitstring Status List cannot be made.
    #[error(transparent)]
    Bitstring(#[from] BitstringError),
    /// A Bitstring Status List Credential cannot be secured.
    #[error(transparent)]
    Proof(#[from] DataIntegrityError),
    /// The withdrawn registrations cannot be told.
    #[error(transparent)]
    Verifiers(#[from] VerifierError),
    /// A key does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file cannot be written.
    #[error("{}: {source}. Check the folder's rights and the disk", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(PublishError {
    Self::OtherRegistrar { .. } => "bundle_other_registrar",
    Self::StatusList(_) | Self::Bitstring(_) | Self::Proof(_) => "status_list_not_made",
    Self::Io { .. } => "file_unusable",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
} inner {
    Bundle,
    Chronology,
    Delta,
    Status,
    Verifiers,
    Sign,
    Config,
});
