//! Why nothing is shown, each reason with a stable code.

use hati_formats::credential::ReadError;
use hati_formats::keys::SignatureInvalid;
use hati_formats::qr::presentation::PresentationError;
use hati_formats::qr::request::{RequestError, TypeId};
use hati_formats::qr::sequence::SequenceError;
use hati_formats::qr::text::TextError;
use hati_formats::sd_jwt::SdJwtError;
use hati_formats::time::Timestamp;
use hati_protocol::dcql::Mismatch;

use crate::pool::PoolError;
use crate::trust::NotReady;
use crate::vault::VaultError;

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum PresentError {
    /// Not the text of a code of ours.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A code of another kind.
    #[error(
        "expected a verifier's request (R), got a code of kind {got}; scan the code that the verifier shows"
    )]
    Kind {
        /// The kind's letter.
        got: char,
    },
    /// No bundle, or a wrong clock.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// The request may not be answered.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The request was answered before.
    #[error(
        "this request was answered at {at}, and a verifier takes one answer; show that one again, or ask for a new request"
    )]
    Answered {
        /// When.
        at: Timestamp,
    },
    /// A type that the bundle does not describe.
    #[error("the bundle has no credential type `{got}`; take in the newest bundle with `trust`")]
    UnknownType {
        /// Its id.
        got: TypeId,
    },
    /// No copy can be shown.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The chosen copy does not answer.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A single-scan code shows what is always visible, and that would be nothing.
    #[error(
        "a code without a request shows only what is always visible, and a {credential_type} has nothing that is; scan the verifier's request and `answer` it"
    )]
    NothingVisible {
        /// The type.
        credential_type: TypeId,
    },
    /// The copy was shown between consent and answer.
    #[error("copy {copy} was shown in the meantime; read the request again")]
    CopyTaken {
        /// Its number.
        copy: u64,
    },
    /// The signature is not by the copy's key.
    #[error("the answer was not signed with the copy's key: {0}")]
    Signature(#[from] SignatureInvalid),
    /// A held credential that cannot be read.
    #[error("the credential in the vault is damaged: {0}; ask the issuer for new copies")]
    SdJwt(#[from] SdJwtError),
    /// A held credential that cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The answer does not go into codes.
    #[error(transparent)]
    Presentation(#[from] PresentationError),
    /// The answer does not go into codes.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// The vault refuses it.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

// A verdict's words where the meaning is a verdict's.
hati_formats::error_codes!(PresentError {
    Self::Text(TextError::Foreign { .. }) => "code_foreign",
    Self::Text(TextError::NewerVersion { .. } | TextError::UnknownKind { .. }) => "code_too_new",
    Self::Text(_) => "code_damaged",
    Self::Kind { .. } => "code_wrong_kind",
    Self::Answered { .. } => "request_answered",
    Self::UnknownType { .. } => "type_unknown",
    Self::Mismatch(_) => "claim_missing",
    Self::NothingVisible { .. } => "nothing_visible",
    Self::CopyTaken { .. } => "copy_taken",
    Self::Signature(_) => "key_binding_invalid",
    Self::SdJwt(_) | Self::Read(_) => "credential_malformed",
    Self::Presentation(_) | Self::Sequence(_) => "too_long",
} inner {
    NotReady,
    Request,
    Pool,
    Vault,
});
