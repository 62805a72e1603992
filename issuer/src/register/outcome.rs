//! What became of a row, and of all rows.

use hati_store::{Person, Reason};
use serde::{Deserialize, Serialize};

use super::FieldError;

/// A row that was not admitted, and why. Serialises to one object of the import's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The row is not valid.
    Refused {
        /// Its line in the file.
        line: u64,
        /// What is wrong, field by field.
        errors: Vec<FieldError>,
    },
    /// The row is valid; an officer has to decide.
    Quarantined {
        /// Its line in the file.
        line: u64,
        /// The UPI in the row.
        upi: String,
        /// Why.
        #[serde(flatten)]
        reason: Why,
    },
}

/// Why a row is in quarantine; [`Reason`] as the report writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Why {
    /// The UPI is registered with other data.
    UpiTaken {
        /// The fields in which the two differ.
        differs: Vec<String>,
    },
    /// Another UPI is registered for what looks like the same person.
    LikelyDuplicate {
        /// The UPI that is registered.
        of: String,
        /// How alike the names are, in thousandths.
        likeness: u16,
    },
    /// Another UPI is registered with the same identity card.
    SameIdNumber {
        /// The UPI that is registered.
        of: String,
    },
    /// Another row of the UPI waits, and an officer decides on that one first.
    UpiWaiting {
        /// The fields in which the row differs from the record, or without one from the row that waits.
        differs: Vec<String>,
    },
}

impl From<&Reason> for Why {
    fn from(reason: &Reason) -> Self {
        match reason {
            Reason::UpiTaken { differs } => Self::UpiTaken { differs: differs.clone() },
            Reason::LikelyDuplicate { of, likeness } => {
                Self::LikelyDuplicate { of: of.clone(), likeness: *likeness }
            }
            Reason::SameIdNumber { of } => Self::SameIdNumber { of: of.clone() },
            Reason::UpiWaiting { differs } => Self::UpiWaiting { differs: differs.clone() },
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UpiTaken { differs } => write!(f, "is registered with another {}", differs.join(", ")),
            Self::LikelyDuplicate { of, likeness } => {
                write!(f, "looks like the person registered as {of} ({likeness} of 1000 alike)")
            }
            Self::SameIdNumber { of } => {
                write!(f, "has the identity card that is registered for UPI {of}")
            }
            Self::UpiWaiting { differs } => {
                write!(f, "waits already, with another {}", differs.join(", "))
            }
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { line, errors } => {
                write!(f, "line {line} refused:")?;
                errors.iter().try_for_each(|error| write!(f, " {error}"))
            }
            Self::Quarantined { line, upi, reason } => {
                write!(f, "line {line} quarantined: UPI {upi} {reason}")
            }
        }
    }
}

/// How many rows became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Rows read: the sum of all that follow.
    pub read: u64,
    /// Admitted to the register.
    pub added: u64,
    /// In the register already, with the same data; or a row that an officer dismissed before.
    pub unchanged: u64,
    /// Put into quarantine.
    pub quarantined: u64,
    /// In quarantine already.
    pub already_quarantined: u64,
    /// Not valid.
    pub refused: u64,
}

impl Counts {
    /// Whether every row that was read became something.
    #[must_use]
    pub fn add_up(&self) -> bool {
        self.read == self.added + self.unchanged + self.quarantined + self.already_quarantined + self.refused
    }
}

/// The columns in which two records differ.
pub(super) fn differences(a: &Person, b: &Person) -> Vec<String> {
    let columns = [
        ("id_number", a.id_number == b.id_number),
        ("given_name", a.given_name == b.given_name),
        ("family_name", a.family_name == b.family_name),
        ("birthdate", a.birthdate == b.birthdate),
        ("sex", a.sex == b.sex),
        ("nationalities", a.nationalities == b.nationalities),
        ("county", a.county == b.county),
        ("place_of_birth", a.locality == b.locality),
        ("country", a.country == b.country),
        ("phone", a.phone == b.phone),
        ("portrait", a.portrait == b.portrait),
    ];
    columns.into_iter().filter(|(_, same)| !same).map(|(column, _)| column.to_owned()).collect()
}
