use hati_formats::credential::ReadError;
use hati_formats::data_integrity::DataIntegrityError;
use hati_formats::json::JsonError;
use hati_formats::qr::request::TypeId;
use hati_formats::sd_jwt::SdJwtError;
use hati_formats::time::Timestamp;
use hati_formats::trust::KeyLookupError;
use hati_formats::vcdm::VcdmError;

use crate::trust::NotReady;
use crate::vault::VaultError;

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// No bundle, or a wrong clock.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// One of the copies is refused, and so all are.
    #[error("credential {position} in the file is refused, so none was added: {source}")]
    Copy {
        /// Its place in the file, counted from 1.
        position: usize,
        /// Why.
        source: CopyError,
    },
    /// The vault refuses it.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why one copy is refused.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Not an SD-JWT, not signed by the issuer's key, or with disclosures that are not the issuer's.
    #[error(transparent)]
    SdJwt(#[from] SdJwtError),
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// No proof, or one that does not hold.
    #[error(transparent)]
    Proof(#[from] DataIntegrityError),
    /// Not a credential of VCDM 2.0.
    #[error(transparent)]
    Vcdm(#[from] VcdmError),
    /// Not a credential of the profile.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Another format than the file says.
    #[error("expected a credential of format {expected}, got `{got}`; ask the issuer for the file again")]
    OtherFormat {
        /// What the file says.
        expected: &'static str,
        /// `typ` of the credential.
        got: String,
    },
    /// Nobody in the trust list.
    #[error(
        "its issuer {got} is not in the trust list; take in the newest bundle, or do not rely on this issuer"
    )]
    UnknownIssuer {
        /// The issuer it names.
        got: String,
    },
    /// Another issuer than the file says.
    #[error("expected a credential by {expected}, got one by {got}; ask the issuer for the file again")]
    OtherIssuer {
        /// What the file says.
        expected: String,
        /// The issuer it names.
        got: String,
    },
    /// The issuer has no such key now.
    #[error(transparent)]
    IssuerKey(#[from] KeyLookupError),
    /// A type that the bundle does not describe.
    #[error("the bundle has no credential type `{got}`; take in the newest bundle with `trust`")]
    UnknownType {
        /// Its id.
        got: TypeId,
    },
    /// Another type than the file says.
    #[error("expected a credential of type {expected}, got `{got}`; ask the issuer for the file again")]
    OtherType {
        /// What the file says.
        expected: TypeId,
        /// What the credential says.
        got: String,
    },
    /// The issuer may not issue this type.
    #[error("{issuer} may not issue {got}, says the trust list; do not rely on this credential")]
    MayNotIssue {
        /// The issuer.
        issuer: String,
        /// The type.
        got: TypeId,
    },
    /// Expired.
    #[error("it expired at {until}, and it is {now}; ask the issuer for new copies")]
    Expired {
        /// When.
        until: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// Bound to a key that is not here, or to none.
    #[error(
        "it is bound to {got}, which does not wait in this wallet; have it issued for keys made here with `keys`"
    )]
    ForeignKey {
        /// The key, or what stands in its place.
        got: String,
    },
    /// Two copies for one key could be linked by it.
    #[error("it is bound to the same key as another one in the file; each copy needs a key of its own")]
    KeyTwice,
    /// A vault is one person's.
    #[error(
        "it is about another person than the wallet's other credentials, and a wallet is one person's; `init` another \
         vault for that person, and have it issued for `keys` made there"
    )]
    OtherPerson,
}

hati_formats::error_codes!(CopyError {
    Self::SdJwt(SdJwtError::IssuerSignature { .. }) => "issuer_signature_invalid",
    Self::SdJwt(_) | Self::Json(_) | Self::Vcdm(_) | Self::Read(_) => "credential_malformed",
    Self::Proof(_) => "issuer_signature_invalid",
    Self::OtherFormat { .. } | Self::OtherType { .. } | Self::OtherIssuer { .. } => "file_contradicts",
    Self::UnknownIssuer { .. } => "issuer_unknown",
    Self::IssuerKey(_) => "issuer_key_unknown",
    Self::UnknownType { .. } => "type_unknown",
    Self::MayNotIssue { .. } => "type_not_allowed",
    Self::Expired { .. } => "expired",
    Self::ForeignKey { .. } => "key_foreign",
    Self::KeyTwice => "key_twice",
    Self::OtherPerson => "person_other",
});

impl OfferError {
    /// The stable code, of the copy that was refused where it was one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotReady(error) => error.code(),
            Self::Copy { source, .. } => source.code(),
            Self::Vault(error) => error.code(),
        }
    }
}
