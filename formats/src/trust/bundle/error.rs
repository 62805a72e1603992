//! Why a bundle was refused, or has no answer.

use super::super::key::ValidityError;
use super::super::list::TrustListError;
use super::super::wire::PayloadError;
use crate::cose::CoseError;
use crate::json::JsonError;
use crate::status::IndexOutOfRange;
use crate::status::compact::CompactError;
use crate::time::Timestamp;

/// Why a status is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusLookupError {
    /// No such list.
    #[error("the bundle has no status list {got:?}; fetch the newest bundle")]
    UnknownList {
        /// The URI that was looked up.
        got: String,
    },
    /// No such entry.
    #[error(transparent)]
    OutOfRange(#[from] IndexOutOfRange),
}

/// Why a bundle was refused.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Longer than any bundle.
    #[error("the bundle has {got} bytes where at most {expected} are allowed; fetch it again")]
    TooLong {
        /// The most that is allowed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// The trust list in it was refused.
    #[error("the bundle's trust list was refused: {0}")]
    TrustList(#[from] TrustListError),
    /// Nobody in its trust list has the key.
    #[error(
        "no registrar in the trust list has key {got}, which signed the bundle; fetch it from its publisher"
    )]
    UnknownRegistrar {
        /// The id of the key.
        got: String,
    },
    /// A bad signature, or no COSE_Sign1 at all.
    #[error("the bundle is not the registrar's: {0}")]
    Signature(#[from] CoseError),
    /// The registrar's key was not valid when the bundle was made.
    #[error("key of the registrar that signed the bundle {0}")]
    RegistrarKey(#[source] ValidityError),
    /// The content breaks a rule.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Made for another trust list than the one beside it.
    #[error("the bundle was signed with another trust list than the one in it; fetch it again")]
    OtherTrustList,
    /// A status list that is not well formed.
    #[error("the bundle's status list {uri}: {source}")]
    StatusList {
        /// The list.
        uri: String,
        /// What is wrong with it.
        source: CompactError,
    },
    /// A status list that no issuer in the trust list publishes.
    #[error("no issuer in the trust list publishes status list {uri}; add its prefix or leave it out")]
    UnclaimedList {
        /// The list.
        uri: String,
    },
    /// A status list that claims to be newer than the bundle.
    #[error("status list {uri} is as of {as_of}, after the bundle's {issued_at}; sign the bundle later")]
    ListFromTheFuture {
        /// The list.
        uri: String,
        /// Its time.
        as_of: Timestamp,
        /// The bundle's time.
        issued_at: Timestamp,
    },
    /// A type document that is not one JSON object.
    #[error("the type document {id}: {source}")]
    TypeDocument {
        /// The type.
        id: String,
        /// What is wrong with it.
        source: JsonError,
    },
    /// An older bundle than the one held.
    #[error("this is bundle {got} and the device has seen {expected}; fetch a newer one")]
    Rollback {
        /// The version held.
        expected: u64,
        /// The version offered.
        got: u64,
    },
    /// A bundle with an older trust list than the one held.
    #[error("its trust list is {got} and the device has seen {expected}; fetch a newer bundle")]
    TrustListRollback {
        /// The version held.
        expected: u64,
        /// The version offered.
        got: u64,
    },
    /// Another bundle of the version held: the registrar signed two, or its key was stolen.
    #[error("two different bundles have version {version}; report this to the registrar")]
    TwoOfOneVersion {
        /// The version.
        version: u64,
    },
    /// A later version with an earlier time.
    #[error(
        "the bundle was issued at {got}, before the one held at {expected}; report this to the registrar"
    )]
    IssuedEarlier {
        /// The time of the bundle held.
        expected: Timestamp,
        /// The time of the one offered.
        got: Timestamp,
    },
}

crate::error_codes!(BundleError {
    Self::TooLong { .. } => "bundle_too_long",
    Self::UnknownRegistrar { .. } => "bundle_registrar_unknown",
    Self::RegistrarKey(_) => "bundle_registrar_key_not_valid",
    Self::Payload(PayloadError::UnknownVersion { .. }) => "bundle_too_new",
    Self::Payload(_)
    | Self::Signature(CoseError::Structure { .. } | CoseError::TooLong { .. } | CoseError::Detached) => "bundle_malformed",
    Self::Signature(_) => "bundle_signature_invalid",
    Self::OtherTrustList => "bundle_other_trust_list",
    Self::StatusList { .. } => "bundle_status_list_damaged",
    Self::UnclaimedList { .. } => "bundle_status_list_unclaimed",
    Self::ListFromTheFuture { .. } => "bundle_status_list_in_future",
    Self::TypeDocument { .. } => "bundle_type_damaged",
    Self::Rollback { .. } => "bundle_rollback",
    Self::TrustListRollback { .. } => "bundle_trust_list_rollback",
    Self::TwoOfOneVersion { .. } => "bundle_two_of_one_version",
    Self::IssuedEarlier { .. } => "bundle_issued_earlier",
} inner {
    TrustList,
});
