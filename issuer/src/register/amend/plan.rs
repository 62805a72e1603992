//! What a batch of a feed comes to, change by change.

use std::collections::HashMap;

use hati_formats::time::Date;
use hati_store::{
    Action, FeedPosition, Known, Person, QuarantineId, Quarantined, Reason, RegisterChange, Registered,
};

use super::follow::Counts;
use super::{AmendError, Clerk, check_born, check_lived, living};
use crate::register::days::Days;
use crate::register::duplicates;
use crate::register::feed::{Change, ChangeError};
use crate::register::outcome::differences;
use crate::register::record::{FieldError, Unsaid};

/// What a batch comes to: of several changes of one person the last state counts.
pub(super) struct Plan<'a, 'c> {
    clerk: &'a Clerk<'c>,
    source: String,
    days: Days,
    /// Everybody who is changed, in the order of their first change.
    drafts: Vec<Draft>,
    by_upi: HashMap<String, usize>,
    /// What is in the quarantine, or was dismissed, of the UPIs that were asked for.
    rows: HashMap<String, Rows>,
    quarantine: Vec<Quarantined>,
    counts: Counts,
    pub(super) refused: Vec<ChangeError>,
}

#[derive(Clone, Default)]
struct Rows {
    waiting: Option<QuarantineId>,
    dismissed: Vec<QuarantineId>,
}

struct Draft {
    before: Option<Registered>,
    after: Person,
    /// What the batch says of a death, if anything.
    death: Option<Death>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Death {
    On(Date),
    /// None: one that was registered is taken back.
    Withdrawn,
}

impl Draft {
    /// The day of death that is registered up to here.
    fn died(&self) -> Option<Date> {
        match self.death {
            Some(Death::On(date)) => Some(date),
            Some(Death::Withdrawn) => None,
            None => self.before.as_ref()?.standing.died.map(Date::from_days),
        }
    }
}

impl<'a, 'c> Plan<'a, 'c> {
    pub(super) fn new(clerk: &'a Clerk<'c>, source: String) -> Result<Self, AmendError> {
        Ok(Self {
            clerk,
            source,
            days: Days::of(clerk.store)?,
            drafts: Vec::new(),
            by_upi: HashMap::new(),
            rows: HashMap::new(),
            quarantine: Vec::new(),
            counts: Counts::default(),
            refused: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, place: usize, change: Change) -> Result<(), AmendError> {
        let added = match change {
            Change::Put { person, unsaid } => self.put(*person, unsaid)?,
            Change::Death { upi, date } => self.death(&upi, date)?,
            Change::Alive { upi } => {
                self.alive(&upi)?;
                Ok(())
            }
        };
        if let Err(error) = added {
            self.refused.push(ChangeError { place, errors: vec![error] });
        }
        Ok(())
    }

    /// `Ok(Err)` is a change that cannot be made.
    fn put(&mut self, mut person: Person, unsaid: Unsaid) -> Result<Result<(), FieldError>, AmendError> {
        let before = self.draft(&person.upi)?.map(|draft| draft.after.clone());
        let rows = self.rows.get(&person.upi).cloned().unwrap_or_default();
        let waiting = self.waiting(&person.upi, rows.waiting.as_ref())?;
        unsaid.complete(&mut person, before.as_ref().or(waiting.as_ref()));
        if before.as_ref() == Some(&person) || rows.dismissed.contains(&QuarantineId::of(&person)?) {
            return Ok(Ok(()));
        }
        let reason = match &before {
            Some(before) => self.reason_not_to_amend(before, &person)?,
            None => self.duplicate(&person)?,
        };
        let reason = match reason {
            // While a row of a UPI waits, another one cannot step past it.
            None => waiting.map(|row| Reason::UpiWaiting {
                differs: differences(before.as_ref().unwrap_or(&row), &person),
            }),
            reason => reason,
        };
        match (reason, self.draft(&person.upi)?) {
            (Some(reason), _) => self.wait(person, reason),
            (None, Some(draft)) => match check_born(&person, draft.died()) {
                Ok(()) => self.amend(person),
                refused => return Ok(refused),
            },
            (None, None) => {
                self.days.add(&person);
                self.keep(Draft { before: None, after: person, death: None });
            }
        }
        Ok(Ok(()))
    }

    fn amend(&mut self, person: Person) {
        self.days.add(&person);
        if let Some(draft) = self.by_upi.get(&person.upi).and_then(|place| self.drafts.get_mut(*place)) {
            draft.after = person;
        }
    }

    fn reason_not_to_amend(&self, before: &Person, person: &Person) -> Result<Option<Reason>, AmendError> {
        if !duplicates::is_one_person(before, person) {
            return Ok(Some(Reason::UpiTaken { differs: differences(before, person) }));
        }
        let holders = match &person.id_number {
            Some(number) if person.id_number != before.id_number => self.with_id_number(number)?,
            _ => Vec::new(),
        };
        let other = holders.into_iter().find(|holder| holder.upi != person.upi);
        Ok(other.map(|other| Reason::SameIdNumber { of: other.upi }))
    }

    /// Who has an identity card once the changes up to here are made: of whoever they are about, the register tells how it
    /// was before.
    fn with_id_number(&self, number: &str) -> Result<Vec<Person>, AmendError> {
        let mut holders = self.clerk.store.with_id_number(number)?;
        holders.retain(|holder| !self.by_upi.contains_key(&holder.upi));
        let here = self.drafts.iter().map(|draft| &draft.after);
        holders.extend(here.filter(|it| it.id_number.as_deref() == Some(number)).cloned());
        Ok(holders)
    }

    /// The first row of a UPI that waits.
    fn waiting(&self, upi: &str, waiting: Option<&QuarantineId>) -> Result<Option<Person>, AmendError> {
        let here = self.quarantine.iter().find(|row| row.person.upi == upi).cloned();
        let row = match waiting {
            Some(id) => self.clerk.store.quarantined(id)?.or(here),
            None => here,
        };
        Ok(row.map(|row| row.person))
    }

    /// `Ok(Err)` is a change that cannot be made.
    fn death(&mut self, upi: &str, date: Date) -> Result<Result<(), FieldError>, AmendError> {
        let Some(draft) = self.draft(upi)? else {
            let waiting = self.rows.get(upi).and_then(|rows| rows.waiting);
            if self.waiting(upi, waiting.as_ref())?.is_some() {
                // Passed over, it would be forgotten, and an officer would admit somebody who is dead.
                return Ok(Err(FieldError {
                    field: "op",
                    expected: "the death of somebody of whom no row waits".to_owned(),
                    got: "of somebody whose row waits for an officer".to_owned(),
                    advice: "Send the death with a later batch, after the decision.",
                }));
            }
            self.counts.not_registered.push(upi.to_owned());
            return Ok(Ok(()));
        };
        if draft.before.is_none() {
            return Ok(Err(FieldError {
                field: "op",
                expected: "the death of somebody who was registered before this batch".to_owned(),
                got: "of somebody whom it registers".to_owned(),
                advice: "Send the death with the next batch.",
            }));
        }
        Ok(check_lived(&draft.after, date).map(|()| draft.death = Some(Death::On(date))))
    }

    /// Of somebody who is not registered there is no death to take back.
    fn alive(&mut self, upi: &str) -> Result<(), AmendError> {
        match self.draft(upi)? {
            Some(draft) => draft.death = Some(Death::Withdrawn),
            None => self.counts.not_registered.push(upi.to_owned()),
        }
        Ok(())
    }

    /// What is known of a person up to here, if anything is.
    fn draft(&mut self, upi: &str) -> Result<Option<&mut Draft>, AmendError> {
        if !self.by_upi.contains_key(upi) {
            if self.rows.contains_key(upi) {
                return Ok(None);
            }
            let Known { registered, waiting, dismissed } = self.clerk.store.known_as(upi)?;
            self.rows.insert(upi.to_owned(), Rows { waiting: waiting.first().copied(), dismissed });
            let Some(before) = registered else { return Ok(None) };
            let after = before.person.clone();
            self.keep(Draft { before: Some(before), after, death: None });
        }
        Ok(self.by_upi.get(upi).and_then(|place| self.drafts.get_mut(*place)))
    }

    fn keep(&mut self, draft: Draft) {
        self.by_upi.insert(draft.after.upi.clone(), self.drafts.len());
        self.drafts.push(draft);
    }

    fn wait(&mut self, person: Person, reason: Reason) {
        let (at, source) = (self.clerk.now.seconds(), self.source.clone());
        self.quarantine.push(Quarantined { person, reason, at, source });
    }

    /// Why somebody new waits, if somebody is alike.
    fn duplicate(&mut self, person: &Person) -> Result<Option<Reason>, AmendError> {
        let mut others = match &person.id_number {
            Some(number) => self.with_id_number(number)?,
            None => Vec::new(),
        };
        if others.is_empty() {
            let here = self.drafts.iter().map(|draft| &draft.after);
            let pending: Vec<_> = here.filter(|it| it.birthdate == person.birthdate).cloned().collect();
            for upi in self.days.candidates(person, self.clerk.store, &pending)? {
                let here = self.by_upi.get(&upi).and_then(|place| self.drafts.get(*place));
                others.extend(match here {
                    Some(draft) => Some(draft.after.clone()),
                    None => self.clerk.store.person(&upi)?,
                });
            }
        }
        Ok(duplicates::reason_to_wait(person, others))
    }

    pub(super) fn apply(mut self, position: FeedPosition) -> Result<Counts, AmendError> {
        let (mut changes, mut events) = (Vec::new(), Vec::new());
        for draft in std::mem::take(&mut self.drafts) {
            let upi = draft.after.upi.clone();
            let Some(before) = draft.before else {
                self.counts.added += 1;
                changes.push(RegisterChange::Admit(draft.after));
                continue;
            };
            let revision = before.standing.revision;
            let was = before.standing.died.map(Date::from_days);
            let amendment = match draft.death {
                Some(Death::On(date)) if was != Some(date) => {
                    self.counts.died += 1;
                    events.push(self.clerk.event(Action::DeathRegistered, &upi));
                    self.clerk.death(draft.after, date, revision)?
                }
                Some(Death::Withdrawn) if was.is_some() => {
                    self.counts.alive += 1;
                    events.push(self.clerk.event(Action::DeathWithdrawn, &upi));
                    if draft.after != before.person {
                        self.counts.amended += 1;
                        events.push(self.clerk.event(Action::Amended, &upi));
                    }
                    self.clerk.amendment(&living(&before), draft.after, revision)?
                }
                _ if draft.after == before.person => continue,
                _ => {
                    self.counts.amended += 1;
                    events.push(self.clerk.event(Action::Amended, &upi));
                    self.clerk.amendment(&before, draft.after, revision)?
                }
            };
            changes.push(RegisterChange::Amend(amendment));
        }
        self.counts.quarantined = self.quarantine.len();
        changes.extend(self.quarantine.into_iter().map(RegisterChange::Quarantine));
        let subject = format!("{} {}", position.feed, position.sequence);
        changes.push(RegisterChange::Follow(position));
        events.push(self.clerk.event(Action::FeedFollowed, &subject));
        self.counts.revoked = self.days.apply(self.clerk.store, changes, &events)?.changed;
        Ok(self.counts)
    }
}
