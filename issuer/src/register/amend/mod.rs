//! The register is changed by an officer, or by a feed; what a change makes wrong is revoked in the same transaction.
//!
//! - [`Clerk::amend`] and [`Clerk::register_death`] change a record; [`Clerk::withdraw_death`] takes a death back.
//! - [`Clerk::resolve`] decides on a quarantined row.
//! - [`Clerk::request_correction`] and [`Clerk::answer_correction`]: what a person says is wrong, and the answer.
//! - [`Clerk::follow`] takes a batch of another system's changes.

mod corrections;
mod error;
mod follow;
mod plan;
mod quarantine;
#[cfg(test)]
mod tests;
mod wrong;

use hati_formats::encoding::b64url;
use hati_formats::time::{Date, Timestamp};
use hati_store::{
    Action, Amendment, Changed, DecisionId, Event, Person, RegisterChange, Registered, Standing, Store,
    TicketKind,
};
use rand_core::CryptoRng;
use serde_json::{Map, Value};

pub use self::corrections::{CORRECTABLE, MAX_EVIDENCE, MAX_REASON, NewCorrection};
pub use self::error::AmendError;
pub use self::follow::{FollowError, Followed};
pub use self::quarantine::{Decision, NO_ROW};
pub use self::wrong::made_wrong;
use super::record::{self, FieldError};
use super::rows::{COLUMNS, Fields, Object};
use super::{Rules, duplicates, portrait};
use crate::actor::Actor;
use crate::issuance::claims;
use crate::keys::SectorKeys;
use crate::types::Types;

/// The decision that a death was registered by mistake.
const DEATH_WITHDRAWN: &str = "death_withdrawn";

/// Whoever changes the register, at work.
#[derive(Clone, Copy, Debug)]
pub struct Clerk<'a> {
    /// The register and the ledger.
    pub store: &'a dyn Store,
    /// The types whose credentials a change can make wrong.
    pub types: &'a Types,
    /// The keys of the sector identifiers.
    pub sectors: &'a SectorKeys,
    /// What the register takes.
    pub rules: Rules,
    /// Who is at work, for the audit.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
}

impl Clerk<'_> {
    /// Changes fields of a record, named and written as in a row of JSON Lines; `revision` is the one that was looked at.
    /// What this makes wrong is revoked. Where it makes the record another person's, by name and birth date, everything is,
    /// and the wallets and the activation code of whoever had the UPI are worth nothing.
    ///
    /// # Errors
    ///
    /// [`AmendError`]; [`StoreError::Revised`](hati_store::StoreError::Revised) in it if the record changed meanwhile.
    pub fn amend(&self, upi: &str, fields: Map<String, Value>, revision: u64) -> Result<Changed, AmendError> {
        let before = self.registered(upi)?;
        let person = self.read(&before.person, fields)?;
        let amendment = self.amendment(&before, person, revision)?;
        Ok(self.store.apply(&[RegisterChange::Amend(amendment)], &[self.event(Action::Amended, upi)])?)
    }

    /// Registers a death, or another day of it: every credential of the person is revoked, and what they and their wallets
    /// hold ends.
    ///
    /// # Errors
    ///
    /// [`AmendError`], also where the death is registered for that day already.
    pub fn register_death(&self, upi: &str, day: &str, revision: u64) -> Result<Changed, AmendError> {
        let Registered { person, standing } = self.registered(upi)?;
        let members = [("upi", upi), ("date", day)].map(|(name, text)| (name.to_owned(), text.into()));
        let fields = Fields::Json(Object::new(members.into_iter().collect(), &["upi", "date"]));
        let (_, date) = record::read_death(&fields, self.rules)?;
        if standing.died == Some(date.days()) {
            return Err(AmendError::Died { upi: upi.to_owned(), died: date });
        }
        check_lived(&person, date)?;
        let amendment = self.death(person, date, revision)?;
        Ok(self
            .store
            .apply(&[RegisterChange::Amend(amendment)], &[self.event(Action::DeathRegistered, upi)])?)
    }

    /// Takes a death back that was registered by mistake. What was revoked for it stays revoked; the person can be given
    /// credentials anew.
    ///
    /// As for a decision on a row, the audit has its id alone, and its reason stays with the register.
    ///
    /// # Errors
    ///
    /// [`AmendError::NothingThere`] where no death is registered.
    pub fn withdraw_death(
        &self,
        upi: &str,
        reason: &str,
        revision: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(DecisionId, Changed), AmendError> {
        let reason = corrections::text("reason", reason, MAX_REASON)?;
        let before = self.registered(upi)?;
        if before.standing.died.is_none() {
            return Err(AmendError::NothingThere { what: "a registered death" });
        }
        let decided = self.decided(None, upi, DEATH_WITHDRAWN, reason, rng);
        let id = decided.id;
        let amendment = self.amendment(&living(&before), before.person.clone(), revision)?;
        let changes = [RegisterChange::Decide(decided), RegisterChange::Amend(amendment)];
        let subject = format!("{upi}, decision {}", b64url(&id.0));
        let changed = self.store.apply(&changes, &[self.event(Action::DeathWithdrawn, &subject)])?;
        Ok((id, changed))
    }

    fn registered(&self, upi: &str) -> Result<Registered, AmendError> {
        self.store.registered(upi)?.ok_or_else(|| AmendError::Unknown { upi: upi.to_owned() })
    }

    /// A record with some fields others, through the checks of every row.
    fn read(&self, before: &Person, fields: Map<String, Value>) -> Result<Person, AmendError> {
        if let Some(other) = fields.get("upi").filter(|upi| upi.as_str() != Some(&before.upi)) {
            return Err(AmendError::from(FieldError {
                field: "upi",
                expected: "to be left out".to_owned(),
                got: record::shown(&other.to_string()),
                advice: "A UPI is a person's for good: register the other person, and this one's mistake as a death or not at all.",
            }));
        }
        let has_picture = fields.contains_key("portrait");
        let mut members = claims::row(before);
        members.extend(fields);
        let fields = Fields::Json(Object::new(members, &COLUMNS));
        let mut person = record::read(&fields, self.rules)?;
        person.portrait = if has_picture {
            portrait::read(&fields, None, before.portrait.as_ref())?
        } else {
            before.portrait.clone()
        };
        Ok(person)
    }

    fn amendment(&self, before: &Registered, person: Person, revision: u64) -> Result<Amendment, AmendError> {
        let Registered { person: before, standing } = before;
        let is_another = !duplicates::is_one_person(before, &person);
        // A death is the person's whose record it was.
        let died = standing.died.filter(|_| !is_another);
        check_born(&person, died.map(Date::from_days))?;
        let issued = self.store.entries_of(&before.upi)?;
        // Wallets stay, because they get the new credential at their next contact. Those of somebody else do not.
        let (revoke, withdraw) = if is_another {
            (wrong::every(self.types, &issued), everything_held())
        } else {
            let today = self.now.date();
            (made_wrong(self.types, self.sectors, &issued, (before, &person), today)?, Vec::new())
        };
        Ok(Amendment { person, died, revision, revoke, withdraw, is_another })
    }

    fn death(&self, person: Person, date: Date, revision: u64) -> Result<Amendment, AmendError> {
        let issued = self.store.entries_of(&person.upi)?;
        let (revoke, withdraw) = (wrong::every(self.types, &issued), everything_held());
        Ok(Amendment { person, died: Some(date.days()), revision, revoke, withdraw, is_another: false })
    }

    fn event(&self, action: Action, subject: &str) -> Event {
        Event::new(self.now.seconds(), self.actor, action, subject)
    }
}

/// What a person's wallets may do, and what the person signs in with.
fn everything_held() -> Vec<TicketKind> {
    TicketKind::GRANTS.into_iter().chain([TicketKind::Activation]).collect()
}

/// The same, with no death registered.
fn living(record: &Registered) -> Registered {
    let standing = Standing { died: None, ..record.standing.clone() };
    Registered { person: record.person.clone(), standing }
}

fn check_born(person: &Person, died: Option<Date>) -> Result<(), FieldError> {
    let Some(died) = died.filter(|died| died.days() < person.birthdate) else { return Ok(()) };
    Err(FieldError {
        field: "birthdate",
        expected: format!("a day until {died}, on which the person's death is registered"),
        got: Date::from_days(person.birthdate).to_string(),
        advice: "Correct the date of birth, or the death first.",
    })
}

fn check_lived(person: &Person, died: Date) -> Result<(), FieldError> {
    if died.days() >= person.birthdate {
        return Ok(());
    }
    Err(FieldError {
        field: "date",
        expected: format!(
            "a day from {} on, on which the person was born",
            Date::from_days(person.birthdate)
        ),
        got: died.to_string(),
        advice: "Correct the date of death, or of birth.",
    })
}
