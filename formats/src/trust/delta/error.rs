//! Why a delta was refused.

use super::super::bundle::BundleError;
use super::super::list::TrustListError;
use super::super::wire::PayloadError;
use crate::cose::CoseError;
use crate::status::compact;

/// Why a delta was refused.
#[derive(Debug, thiserror::Error)]
pub enum DeltaError {
    /// Longer than any delta.
    #[error("the delta has {got} bytes where at most {expected} are allowed; fetch the full bundle")]
    TooLong {
        /// The most that is allowed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// The trust list in it was refused.
    #[error("the delta's trust list was refused: {0}")]
    TrustList(#[from] TrustListError),
    /// Nobody in the trust list has the key.
    #[error("no registrar in the trust list has key {got}, which signed the delta; fetch the full bundle")]
    UnknownRegistrar {
        /// The id of the key.
        got: String,
    },
    /// A bad signature, or no COSE_Sign1 at all.
    #[error("the delta is not the registrar's: {0}")]
    Signature(#[from] CoseError),
    /// The content breaks a rule.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Made for another version.
    #[error("the delta starts from bundle {expected} and the device has {got}; fetch the delta since {got}")]
    OtherBase {
        /// The version the delta starts from.
        expected: u64,
        /// The version at hand.
        got: u64,
    },
    /// Made for another bundle of this version.
    #[error("the delta starts from another bundle of version {version}; fetch the full bundle")]
    OtherBaseContent {
        /// The version.
        version: u64,
    },
    /// Leads to an older bundle, or nowhere.
    #[error("there is no delta from bundle {base} to bundle {got}; the second must be the newer")]
    NotNewer {
        /// The version of the base.
        base: u64,
        /// The other version.
        got: u64,
    },
    /// A position beyond the lists of the base.
    #[error("the delta changes status list {got} of {expected}; fetch the full bundle")]
    NoSuchList {
        /// How many lists the base has.
        expected: usize,
        /// The position, counted from 0.
        got: u32,
    },
    /// A change that does not fit the list.
    #[error("the delta of status list {uri}: {source}")]
    StatusList {
        /// The list.
        uri: String,
        /// What is wrong.
        source: compact::DeltaError,
    },
    /// What it leads to is not what the registrar signed.
    #[error("the bundle that the delta leads to was refused: {0}")]
    Bundle(#[from] BundleError),
}

crate::error_codes!(DeltaError {
    Self::TooLong { .. } => "delta_too_long",
    Self::UnknownRegistrar { .. } => "delta_registrar_unknown",
    Self::Payload(PayloadError::UnknownVersion { .. }) => "delta_too_new",
    Self::Payload(_)
    | Self::Signature(CoseError::Structure { .. } | CoseError::TooLong { .. } | CoseError::Detached) => "delta_malformed",
    Self::Signature(_) => "delta_signature_invalid",
    Self::OtherBase { .. } => "delta_other_version",
    Self::OtherBaseContent { .. } => "delta_other_base",
    Self::NotNewer { .. } => "delta_not_newer",
    Self::NoSuchList { .. } => "delta_no_such_list",
    Self::StatusList { .. } => "delta_status_list_damaged",
} inner {
    TrustList,
    Bundle,
});
