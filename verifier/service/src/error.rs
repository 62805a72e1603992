//! Why the verifier did not do what it was asked.

use std::io;
use std::path::PathBuf;

use hati_formats::qr::image::ImageError;
use hati_formats::qr::request::RequestError;
use hati_formats::trust::{BundleError, DeltaError, RegistrationError};
use hati_program::system::NoRandomness;
use hati_protocol::exchange::{PendingError, ProfileError};
use hati_store::StoreError;
use hati_verifier::scan::ScanError;
use hati_verifier::{PolicyError, TrustError};

/// Why the verifier did not do what it was asked. No verdict follows from any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is something in the folder.
    #[error("{}: expected an empty folder or none, got one with files. Choose another, or move this one away", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no verifier in the folder.
    #[error("{}: expected a verifier's folder, got one without a key. Make one with: hati-verifier init --dir {}", folder.display(), folder.display())]
    NoVerifier {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}. Check the path, its rights and the disk", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is longer than any of its kind.
    #[error("{}: expected at most {expected} bytes, got more. Give the right file", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        expected: usize,
    },
    /// A file is not what it should be.
    #[error("{}: expected {expected}, got {got}. Give the right file", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What is wrong with it. Never holds a secret.
        got: String,
    },
    /// A secret that others can read.
    #[error("{}: expected rights 600, got {got:o}. Others may have read the key: make a new verifier, or chmod 600", path.display())]
    Rights {
        /// The file.
        path: PathBuf,
        /// Its rights.
        got: u32,
    },
    /// The system gives no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The memory cannot be opened or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A bundle was refused.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A delta was refused.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// A type document in the bundle cannot be read.
    #[error("{0}. Fetch the newest bundle")]
    Types(#[from] TrustError),
    /// The registration was refused.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// A registration of somebody else.
    #[error(
        "the registration is for the key of {got}, expected {expected}. Have the registrar register this verifier's key.pub.jwk"
    )]
    OtherKey {
        /// This verifier's audience.
        expected: String,
        /// The audience of the key in the registration.
        got: String,
    },
    /// Every wallet would refuse the request, so it is not made.
    #[error("every wallet would refuse this request: {0}. Choose another profile, or have it registered")]
    Request(#[from] RequestError),
    /// A code or a picture of it cannot be drawn.
    #[error("the request code: {0}")]
    Drawing(#[source] ImageError),
    /// A profile was refused.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A policy was refused.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The state of a request was refused.
    #[error(transparent)]
    Pending(#[from] PendingError),
    /// The state is that of a request by somebody else.
    #[error(
        "the request was made by {got}, expected {expected}. Give the folder that made it, or make a new request"
    )]
    OtherVerifier {
        /// This verifier's audience.
        expected: String,
        /// The audience in the state.
        got: String,
    },
    /// A file that should be a picture is none that is read.
    #[error("{}: {source}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ImageError,
    },
    /// The codes hold no presentation.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// What is in the code cannot be taken apart.
    #[error("{part} in the code: {reason}. Expand it without --json to see its text")]
    Token {
        /// Which part of the token.
        part: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A portrait that cannot be written as a picture.
    #[error("the portrait is not {expected}, so it was not written. Ask the issuer")]
    Portrait {
        /// What it should be.
        expected: &'static str,
    },
}

hati_formats::error_codes!(Error {
    Self::NotEmpty { .. } => "folder_not_empty",
    Self::NoVerifier { .. } => "no_verifier",
    Self::File { .. } => "file_unusable",
    Self::TooLong { .. } => "file_too_long",
    Self::Content { .. } => "file_content",
    Self::Rights { .. } => "key_rights",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
    Self::Types(_) => "bundle_type_unreadable",
    Self::OtherKey { .. } => "registration_of_another_key",
    Self::Drawing(_) => "request_not_drawn",
    Self::Profile(_) => "profile_refused",
    Self::Policy(_) => "policy_refused",
    Self::Pending(_) => "state_refused",
    Self::OtherVerifier { .. } => "request_of_another_verifier",
    Self::Picture { .. } => "picture_unusable",
    Self::Token { .. } => "token_unreadable",
    Self::Portrait { .. } => "portrait_unusable",
} inner {
    Randomness,
    Bundle,
    Delta,
    Registration,
    Request,
    Scan,
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_in_the_spec_lists_every_code_once() {
        let spec = include_str!("../../../spec/verdict.md");
        for code in Error::CODES {
            assert_eq!(spec.matches(&format!("\n| `{code}` |")).count(), 1, "{code}");
        }
    }
}
