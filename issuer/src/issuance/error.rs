//! Why nothing was issued.

use hati_formats::credential::IssueError;
use hati_formats::qr::request::TypeIdError;
use hati_formats::time::Date;
use hati_store::StoreError;

use super::claims::SourceError;
use crate::chronology::LAST_DAY;
use crate::register::Why;

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuanceError {
    /// Nobody has the UPI.
    #[error("UPI {upi} is not in the register. Check its digits, or import the person first")]
    Unknown {
        /// The UPI.
        upi: String,
    },
    /// The person waits for an officer.
    #[error("UPI {upi} is in quarantine ({row}): {reason}. Nothing is issued until an officer has decided")]
    Quarantined {
        /// The UPI.
        upi: String,
        /// The file and line it came from.
        row: String,
        /// Why it is there.
        reason: Why,
    },
    /// The person is dead.
    #[error(
        "UPI {upi} belonged to somebody who died on {died}. Nothing is issued. If that is wrong, have the register corrected"
    )]
    Died {
        /// The UPI.
        upi: String,
        /// The day of death.
        died: Date,
    },
    /// The person locked it, or an officer suspended it.
    #[error(
        "{credential_type} of UPI {upi} is suspended, so no copy is issued. The person has to come to a service centre, where an officer reinstates what is there, or revokes it and begins anew"
    )]
    Withheld {
        /// The UPI.
        upi: String,
        /// The type.
        credential_type: String,
    },
    /// The credential would be valid until a day that nobody can write.
    #[error(
        "expected a credential valid until {LAST_DAY} at the latest, got one of {days} days from {from}. Set the clock of this machine, or leave out --now"
    )]
    BeyondCalendar {
        /// Its first day.
        from: Date,
        /// How long it would be valid.
        days: i32,
    },
    /// The type does not allow it, or the credential cannot be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A claim cannot be filled.
    #[error("the type's file: {0}")]
    Source(#[from] SourceError),
    /// The type's id is none.
    #[error(transparent)]
    Type(#[from] TypeIdError),
    /// Not one signature for each copy.
    #[error("expected {expected} signatures, one for each copy in order, got {got}. Sign them all again")]
    Signatures {
        /// The copies.
        expected: usize,
        /// The signatures given.
        got: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(IssuanceError {
    Self::Unknown { .. } => "person_unknown",
    Self::Quarantined { .. } => "person_quarantined",
    Self::Died { .. } => "person_died",
    Self::Withheld { .. } | Self::Store(StoreError::Withheld { .. }) => "credential_withheld",
    Self::Store(StoreError::TooManyCopies { .. }) => "too_many_copies",
    Self::BeyondCalendar { .. } => "date_beyond_calendar",
    Self::Issue(IssueError::NotEntitled { .. }) => "not_entitled",
    Self::Issue(_) => "credential_not_made",
    Self::Source(_) | Self::Type(_) => "type_malformed",
    Self::Signatures { .. } => "signatures_missing",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
});
