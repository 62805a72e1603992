//! An officer decides on a quarantined row.

use hati_formats::time::Date;
use hati_store::{Action, Changed, Person, QuarantineId, RegisterChange};

use super::corrections::text;
use super::{AmendError, Clerk};

/// Characters of the longest reason for a decision. It stands in the audit, so it names a file and no claim.
pub const MAX_DECISION_REASON: usize = 120;

/// What becomes of a quarantined row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is another person: the row is admitted.
    Admit,
    /// The row is right: it takes the place of the record under its UPI.
    Replace,
    /// The row is wrong. It is remembered, so that the same row never waits again.
    Dismiss,
}

impl Decision {
    /// Its name, for the audit.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Replace => "replace",
            Self::Dismiss => "dismiss",
        }
    }
}

impl Clerk<'_> {
    /// Decides on a quarantined row. A record that is replaced loses the credentials that this makes wrong; where it was
    /// another person's, all of them, with what that person and their wallets hold.
    ///
    /// # Errors
    ///
    /// [`AmendError::Unfit`] if there is a record to replace, or none; [`AmendError::NamesClaim`] if the reason says who it is.
    pub fn resolve(
        &self,
        id: &QuarantineId,
        decision: Decision,
        reason: &str,
    ) -> Result<Changed, AmendError> {
        let reason = text("reason", reason, MAX_DECISION_REASON)?;
        let row = self.store.quarantined(id)?;
        let person = row.ok_or(AmendError::NothingThere { what: "the quarantined row" })?.person;
        let upi = person.upi.clone();
        let record = self.store.registered(&upi)?;
        let people = [Some(&person), record.as_ref().map(|record| &record.person)];
        people.into_iter().flatten().try_for_each(|person| no_claim(reason, person))?;
        let decided = match decision {
            Decision::Dismiss => RegisterChange::Dismiss(*id),
            Decision::Admit | Decision::Replace => RegisterChange::Resolve(*id),
        };
        let mut changes = vec![decided];
        let unfit = |expected, reason| AmendError::Unfit { expected, got: decision.name(), reason };
        match (decision, record) {
            (Decision::Dismiss, _) => {}
            (Decision::Admit, None) => {
                self.check_id_number(None, &person)?;
                changes.push(RegisterChange::Admit(person));
            }
            (Decision::Admit, Some(_)) => {
                return Err(unfit(
                    "replace or dismiss",
                    "another record has this UPI, and a UPI is one person's",
                ));
            }
            (Decision::Replace, None) => {
                return Err(unfit("admit or dismiss", "no record has this UPI"));
            }
            (Decision::Replace, Some(before)) => {
                self.check_id_number(Some(&before.person), &person)?;
                let amendment = self.amendment(&before.person, person, before.standing.revision)?;
                changes.push(RegisterChange::Amend(amendment));
            }
        }
        let subject = format!("{upi}, {}: {reason}", decision.name());
        Ok(self.store.apply(&changes, &[self.event(Action::QuarantineResolved, &subject)])?)
    }
}

/// Refuses a reason that tells who a person is, in whatever case: any of their names, a number, a day.
fn no_claim(reason: &str, person: &Person) -> Result<(), AmendError> {
    /// Shorter names are parts of other words.
    const SHORTEST: usize = 3;
    let reason = reason.to_lowercase();
    let has = |value: &str| value.chars().count() >= SHORTEST && reason.contains(&value.to_lowercase());
    let has_name = |name: &str| name.split([' ', '-', '\'']).any(has);
    let birthdate = Date::from_days(person.birthdate).to_string();
    let fields = [
        ("given_name", has_name(&person.given_name)),
        ("family_name", has_name(&person.family_name)),
        ("id_number", person.id_number.as_deref().is_some_and(has)),
        ("birthdate", has(&birthdate)),
        ("phone", person.phone.as_deref().is_some_and(|phone| has(phone.trim_start_matches('+')))),
    ];
    match fields.into_iter().find(|(_, named)| *named) {
        Some((field, _)) => Err(AmendError::NamesClaim { field }),
        None => Ok(()),
    }
}
