//! Why a command did not do what it was asked.

use std::io;
use std::path::PathBuf;

use hati_formats::credential::Format;
use hati_formats::qr::image::ImageError;
use hati_issuer::activation::ActivationError;
use hati_issuer::audit::AuditError;
use hati_issuer::chronology::ChronologyError;
use hati_issuer::config::ConfigError;
use hati_issuer::grants::offer::OfferError;
use hati_issuer::home::HomeError;
use hati_issuer::issuance::bulk::BulkError;
use hati_issuer::issuance::{HolderKeysError, IssuanceError};
use hati_issuer::keys::{KeyFileError, SignError};
use hati_issuer::officers::AccountError;
use hati_issuer::publish::PublishError;
use hati_issuer::register::ImportError;
use hati_issuer::service::{ServeError, SettingsError};
use hati_issuer::status::StatusError;
use hati_issuer::trust::TrustError;
use hati_issuer::types::TypesError;
use hati_issuer::verifiers::VerifierError;
use hati_program::system::NoRandomness;
use hati_store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    #[error("{}: {source}. {advice}", path.display())]
    File { path: PathBuf, source: io::Error, advice: &'static str },
    #[error("{}: expected at most {expected} bytes. Name another file", path.display())]
    TooLong { path: PathBuf, expected: usize },
    #[error("{}: {reason}. Name the file of an Ed25519 or P-256 public JWK", path.display())]
    VerifierKey { path: PathBuf, reason: String },
    #[error("{}: {source}", path.display())]
    HolderKeys { path: PathBuf, source: HolderKeysError },
    #[error(
        "expected --cryptosuite with --format ldp_vc alone, got it with {got}. Leave it out, or ask for ldp_vc"
    )]
    Cryptosuite { got: Format },
    #[error("{}: line {line} is not of what is asked for now. Name another file, or say what was said when it was begun", path.display())]
    IssuedOther { path: PathBuf, line: u64 },
    #[error("told to stop after {lines} lines. The same command goes on")]
    IssueStopped { lines: u64 },
    #[error("{}: {source}", path.display())]
    Import { path: PathBuf, source: ImportError },
    #[error("{}: expected a new file for the report, got the file to import. Name another report", path.display())]
    ReportIsInput { path: PathBuf },
    #[error("{}: expected a new file for the report, got one that is there. Name another report, or leave out --report", path.display())]
    ReportExists { path: PathBuf },
    #[error("{}: the interrupted import goes on in this report, got {}. Leave out --report, or say --from-start", path.display(), got.display())]
    ReportOther { path: PathBuf, got: PathBuf },
    #[error("{}: {source}", path.display())]
    Base { path: PathBuf, source: PublishError },
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Types(#[from] TypesError),
    #[error(transparent)]
    Issuance(#[from] IssuanceError),
    #[error("{0}. The same command goes on")]
    Bulk(#[from] BulkError),
    #[error(transparent)]
    Offer(#[from] OfferError),
    #[error(transparent)]
    Picture(#[from] ImageError),
    #[error(transparent)]
    Activation(#[from] ActivationError),
    #[error(transparent)]
    Status(#[from] StatusError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Verifier(#[from] VerifierError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("the officer's password: {source}. Type it at a terminal, or give it as {variable}")]
    OfficerPassword { variable: &'static str, source: io::Error },
    #[error(transparent)]
    Audit(#[from] Box<AuditError>),
    #[error("{}: {source}", path.display())]
    Checkpoint { path: PathBuf, source: Box<AuditError> },
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Clock(#[from] ChronologyError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("no threads: {source}. Free some memory, and start it again")]
    Runtime { source: io::Error },
}

impl Failure {
    /// The stable code (`spec/verdict.md`).
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Randomness(error) => error.code(),
            Self::File { .. } => "file_unusable",
            Self::TooLong { .. } => "file_too_long",
            Self::VerifierKey { .. } => "verifier_key_refused",
            Self::HolderKeys { .. } => "holder_keys_refused",
            Self::Cryptosuite { .. } => "cryptosuite_without_proof",
            Self::IssuedOther { .. } => "issued_other",
            Self::IssueStopped { .. } => "issue_stopped",
            Self::Import { source, .. } => source.code(),
            Self::ReportIsInput { .. } => "report_is_input",
            Self::ReportExists { .. } => "report_exists",
            Self::ReportOther { .. } => "report_other",
            Self::Base { source, .. } | Self::Publish(source) => source.code(),
            Self::Home(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Types(error) => error.code(),
            Self::Issuance(error) => error.code(),
            Self::Bulk(error) => error.code(),
            Self::Offer(error) => error.code(),
            Self::Picture(_) => "picture_not_drawn",
            Self::Activation(error) => error.code(),
            Self::Status(error) => error.code(),
            Self::Verifier(error) => error.code(),
            Self::Account(error) => error.code(),
            Self::OfficerPassword { .. } => "officer_password_missing",
            Self::Audit(source) | Self::Checkpoint { source, .. } => source.code(),
            Self::Sign(error) => error.code(),
            Self::Keys(error) => error.code(),
            Self::Trust(error) => error.code(),
            Self::Store(_) => "store_failed",
            Self::Settings(error) => error.code(),
            Self::Clock(error) => error.code(),
            Self::Serve(error) => error.code(),
            Self::Runtime { .. } => "no_threads",
        }
    }
}
