//! An officer decides on a quarantined row.

use hati_formats::encoding::b64url;
use hati_store::{Action, Changed, Decided, DecisionId, QuarantineId, RegisterChange};
use rand_core::CryptoRng;

use super::corrections::{MAX_REASON, text};
use super::{AmendError, Clerk};

/// The row of a decision that was on none.
pub const NO_ROW: [u8; 32] = [0; 32];

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
    /// The audit has the id of the decision alone: its reason is about people, and stays with the register.
    ///
    /// # Errors
    ///
    /// [`AmendError::Unfit`] if there is a record to replace, or none.
    pub fn resolve(
        &self,
        id: &QuarantineId,
        decision: Decision,
        reason: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<(DecisionId, Changed), AmendError> {
        let reason = text("reason", reason, MAX_REASON)?;
        let row = self.store.quarantined(id)?;
        let person = row.ok_or(AmendError::NothingThere { what: "the quarantined row" })?.person;
        let upi = person.upi.clone();
        let record = self.store.registered(&upi)?;
        let ended = match decision {
            Decision::Dismiss => RegisterChange::Dismiss(*id),
            Decision::Admit | Decision::Replace => RegisterChange::Resolve(*id),
        };
        let decided = self.decided(Some(id), &upi, decision.name(), reason, rng);
        let decision_id = decided.id;
        let mut changes = vec![ended, RegisterChange::Decide(decided)];
        let unfit = |expected, reason| AmendError::Unfit { expected, got: decision.name(), reason };
        match (decision, record) {
            (Decision::Dismiss, _) => {}
            (Decision::Admit, None) => changes.push(RegisterChange::Admit(person)),
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
                let amendment = self.amendment(&before, person, before.standing.revision)?;
                changes.push(RegisterChange::Amend(amendment));
            }
        }
        let subject = format!("{upi}, {}, decision {}", decision.name(), b64url(&decision_id.0));
        let changed = self.store.apply(&changes, &[self.event(Action::QuarantineResolved, &subject)])?;
        Ok((decision_id, changed))
    }

    pub(super) fn decided(
        &self,
        row: Option<&QuarantineId>,
        upi: &str,
        decision: &str,
        reason: &str,
        rng: &mut impl CryptoRng,
    ) -> Decided {
        let mut random = [0; 8];
        rng.fill_bytes(&mut random);
        Decided {
            id: DecisionId::new(self.now.seconds(), random),
            upi: upi.to_owned(),
            row: row.map_or(NO_ROW, |row| row.0),
            decision: decision.to_owned(),
            reason: reason.to_owned(),
            officer: self.actor.name(),
            at: self.now.seconds(),
        }
    }
}
