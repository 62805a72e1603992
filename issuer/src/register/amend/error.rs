//! Why the register was not changed.

use hati_formats::time::Date;
use hati_store::StoreError;

use super::corrections::CORRECTABLE;
use crate::issuance::claims::SourceError;
use crate::register::FieldError;

/// Why the register was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AmendError {
    /// Nobody has the UPI.
    #[error("UPI {upi} is not in the register. Check its digits")]
    Unknown {
        /// The UPI.
        upi: String,
    },
    /// The person is dead.
    #[error(
        "UPI {upi} belonged to somebody whose death on {died} is registered. If the day is wrong, name another; if the person lives, take the death back"
    )]
    Died {
        /// The UPI.
        upi: String,
        /// The day of death.
        died: Date,
    },
    /// Fields are not valid.
    #[error("{}", texts(errors))]
    Fields {
        /// What is wrong, field by field.
        errors: Vec<FieldError>,
    },
    /// The decision does not fit the row.
    #[error("expected {expected}, got {got}: {reason}")]
    Unfit {
        /// The decisions that fit.
        expected: &'static str,
        /// The one that was made.
        got: &'static str,
        /// Why it does not fit.
        reason: &'static str,
    },
    /// There is nothing to decide.
    #[error("{what} is not there, or was decided before. Look again at what is open")]
    NothingThere {
        /// What was to be decided.
        what: &'static str,
    },
    /// A claim that no correction can be asked for.
    #[error("claim: expected one of {}; got {got}", CORRECTABLE.join(", "))]
    Claim {
        /// What was given, shortened.
        got: String,
    },
    /// A text is too short or too long.
    #[error("{what}: expected 1 to {expected} characters, got {got}. {}", if *got == 0 { "Write some" } else { "Write less" })]
    Text {
        /// Which.
        what: &'static str,
        /// The most characters.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A text is more than a line.
    #[error(
        "{what}: expected one line, got a line break or another control character as character {got}. Leave it out"
    )]
    Lines {
        /// Which.
        what: &'static str,
        /// Where the first one stands, from 1.
        got: usize,
    },
    /// The record says already what a correction would make of it.
    #[error("claim: the register has this {claim} already. There is nothing to correct")]
    AlreadySo {
        /// The claim.
        claim: String,
    },
    /// A type's claims cannot be made.
    #[error("the type's file: {0}")]
    Source(#[from] SourceError),
    /// The store failed, or the record was changed meanwhile.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(AmendError {
    Self::Unknown { .. } => "person_unknown",
    Self::Died { .. } => "person_died",
    Self::Fields { .. } => "fields_refused",
    Self::Store(StoreError::IdNumberTaken { .. }) => "id_number_taken",
    Self::Unfit { .. } => "decision_unfit",
    Self::NothingThere { .. } | Self::Store(StoreError::Gone { .. }) => "nothing_to_decide",
    Self::Claim { .. } => "claim_not_correctable",
    Self::Text { .. } => "text_length",
    Self::Lines { .. } => "text_not_one_line",
    Self::AlreadySo { .. } => "correction_changes_nothing",
    Self::Source(_) => "type_malformed",
    Self::Store(StoreError::Revised { .. } | StoreError::UpiTaken { .. } | StoreError::Outdated { .. }) => "record_revised",
    Self::Store(_) => "store_failed",
});

impl From<Vec<FieldError>> for AmendError {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Fields { errors }
    }
}

impl From<FieldError> for AmendError {
    fn from(error: FieldError) -> Self {
        Self::Fields { errors: vec![error] }
    }
}

fn texts(errors: &[FieldError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
