//! A person says what is wrong, and an officer answers.

use hati_store::{Action, Changed, Correction, CorrectionAnswer, CorrectionId, RegisterChange};
use rand_core::CryptoRng;
use serde_json::{Map, Value};

use super::{AmendError, Clerk};
use crate::register::record::{MAX_TEXT, shown};

/// The claims of which a correction can be asked for: the columns of the register but for the UPI, which is never
/// another, and the portrait, which is taken at a service centre.
pub const CORRECTABLE: [&str; 10] = [
    "id_number",
    "given_name",
    "family_name",
    "birthdate",
    "sex",
    "nationalities",
    "county",
    "place_of_birth",
    "country",
    "phone",
];

/// Characters of the longest reference to evidence.
pub const MAX_EVIDENCE: usize = 200;

/// Characters of the longest answer.
pub const MAX_REASON: usize = 500;

/// What a person asks for.
#[derive(Clone, Copy, Debug)]
pub struct NewCorrection<'a> {
    /// Whose record.
    pub upi: &'a str,
    /// The claim that is wrong, one of [`CORRECTABLE`].
    pub claim: &'a str,
    /// What it should be, as a row of CSV has it.
    pub wanted: &'a str,
    /// Where the evidence is found.
    pub evidence: &'a str,
    /// The revision of the record when whoever asks showed that it is theirs; that of now without one.
    pub revision: Option<u64>,
}

impl Clerk<'_> {
    /// Keeps a request for a correction, if the record could be corrected so.
    ///
    /// # Errors
    ///
    /// [`AmendError`].
    pub fn request_correction(
        &self,
        new: NewCorrection<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<CorrectionId, AmendError> {
        let before = self.registered(new.upi)?;
        let wanted = text("wanted", new.wanted, MAX_TEXT)?;
        let evidence = text("evidence", new.evidence, MAX_EVIDENCE)?;
        if self.read(&before.person, change(new.claim, wanted)?)? == before.person {
            return Err(AmendError::AlreadySo { claim: new.claim.to_owned() });
        }
        let mut random = [0; 8];
        rng.fill_bytes(&mut random);
        let id = CorrectionId::new(self.now.seconds(), random);
        let correction = Correction {
            id,
            upi: new.upi.to_owned(),
            claim: new.claim.to_owned(),
            wanted: wanted.to_owned(),
            evidence: evidence.to_owned(),
            at: self.now.seconds(),
            answer: None,
        };
        let subject = format!("{}, {}", new.upi, new.claim);
        let revision = new.revision.unwrap_or(before.standing.revision);
        self.store.request_correction(
            &correction,
            revision,
            &self.event(Action::CorrectionRequested, &subject),
        )?;
        Ok(id)
    }

    /// Answers a request; what is granted amends the record in the same transaction.
    ///
    /// # Errors
    ///
    /// [`AmendError`].
    pub fn answer_correction(
        &self,
        id: &CorrectionId,
        granted: bool,
        reason: &str,
    ) -> Result<Changed, AmendError> {
        let reason = text("reason", reason, MAX_REASON)?.to_owned();
        let request = self.store.correction(id)?.filter(|request| request.answer.is_none());
        let request =
            request.ok_or(AmendError::NothingThere { what: "the open request for a correction" })?;
        let (at, officer) = (self.now.seconds(), self.actor.name());
        let mut changes =
            vec![RegisterChange::Answer(*id, CorrectionAnswer { granted, reason, officer, at })];
        let word = if granted { "granted" } else { "refused" };
        let subject = format!("{}, {}, {word}", request.upi, request.claim);
        let mut events = vec![self.event(Action::CorrectionAnswered, &subject)];
        if granted {
            let before = self.registered(&request.upi)?;
            let person = self.read(&before.person, change(&request.claim, &request.wanted)?)?;
            let amendment = self.amendment(&before, person, before.standing.revision)?;
            changes.push(RegisterChange::Amend(amendment));
            events.push(self.event(Action::Amended, &request.upi));
        }
        Ok(self.store.apply(&changes, &events)?)
    }
}

/// The field as a row of JSON Lines has it.
fn change(claim: &str, wanted: &str) -> Result<Map<String, Value>, AmendError> {
    if !CORRECTABLE.contains(&claim) {
        return Err(AmendError::Claim { got: shown(claim) });
    }
    let value = match claim {
        "nationalities" => wanted.split(';').map(Value::from).collect(),
        _ => Value::from(wanted),
    };
    Ok(Map::from_iter([(claim.to_owned(), value)]))
}

/// A text that a person wrote, of a bounded length and on one line.
pub(super) fn text<'a>(what: &'static str, text: &'a str, expected: usize) -> Result<&'a str, AmendError> {
    let text = text.trim();
    let got = text.chars().count();
    if !(1..=expected).contains(&got) {
        return Err(AmendError::Text { what, expected, got });
    }
    match text.chars().position(char::is_control) {
        Some(before) => Err(AmendError::Lines { what, got: before.saturating_add(1) }),
        None => Ok(text),
    }
}
