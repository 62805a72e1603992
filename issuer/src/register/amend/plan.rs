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
use crate::register::record::FieldError;

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
    pub(super) fn new(clerk: &'a Clerk<'c>, source: String) -> Self {
        Self {
            clerk,
            source,
            days: Days::default(),
            drafts: Vec::new(),
            by_upi: HashMap::new(),
            rows: HashMap::new(),
            quarantine: Vec::new(),
            counts: Counts::default(),
            refused: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, place: usize, change: Change) -> Result<(), AmendError> {
        let added = match change {
            Change::Put(person) => self.put(*person)?,
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
    fn put(&mut self, person: Person) -> Result<Result<(), FieldError>, AmendError> {
        let before = self.draft(&person.upi)?.map(|draft| draft.after.clone());
        let rows = self.rows.get(&person.upi).cloned().unwrap_or_default();
        if before.as_ref() == Some(&person) || rows.dismissed.contains(&QuarantineId::of(&person)?) {
            return Ok(Ok(()));
        }
        let reason = match &before {
            Some(before) => self.reason_not_to_amend(before, &person)?,
            None => self.duplicate(&person)?,
        };
        let reason = match reason {
            None => self.behind(before.as_ref(), &person, rows.waiting.as_ref())?,
            reason => reason,
        };
        match (reason, self.draft(&person.upi)?) {
            (Some(reason), _) => self.wait(person, reason),
            (None, Some(draft)) => match check_born(&person, draft.died()) {
                Ok(()) => draft.after = person,
                refused => return Ok(refused),
            },
            (None, None) => {
                self.days.add(&person);
                self.keep(Draft { before: None, after: person, death: None });
            }
        }
        Ok(Ok(()))
    }

    fn reason_not_to_amend(&self, before: &Person, person: &Person) -> Result<Option<Reason>, AmendError> {
        if !duplicates::is_one_person(before, person) {
            return Ok(Some(Reason::UpiTaken { differs: differences(before, person) }));
        }
        match self.clerk.check_id_number(Some(before), person) {
            Err(AmendError::IdNumberTaken { of }) => Ok(Some(Reason::SameIdNumber { of })),
            free => free.map(|()| None),
        }
    }

    /// While a row of a UPI waits, another one cannot step past it.
    fn behind(
        &self,
        before: Option<&Person>,
        person: &Person,
        waiting: Option<&QuarantineId>,
    ) -> Result<Option<Reason>, AmendError> {
        let here = self.quarantine.iter().find(|row| row.person.upi == person.upi).cloned();
        let row = match waiting {
            Some(id) => self.clerk.store.quarantined(id)?.or(here),
            None => here,
        };
        let differs = |row: Quarantined| differences(before.unwrap_or(&row.person), person);
        Ok(row.map(|row| Reason::UpiWaiting { differs: differs(row) }))
    }

    /// `Ok(Err)` is a change that cannot be made.
    fn death(&mut self, upi: &str, date: Date) -> Result<Result<(), FieldError>, AmendError> {
        let Some(draft) = self.draft(upi)? else {
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
        let store = self.clerk.store;
        let near = |it: &Person| it.birthdate == person.birthdate || it.id_number == person.id_number;
        let new = self.drafts.iter().filter(|it| it.before.is_none() && near(&it.after));
        let new: Vec<Person> = new.map(|it| it.after.clone()).collect();
        let mut others = Vec::new();
        if let Some(number) = &person.id_number {
            others.extend(new.iter().filter(|it| it.id_number.as_ref() == Some(number)).cloned());
            others.extend(store.with_id_number(number)?);
        }
        if others.is_empty() {
            for upi in self.days.candidates(person, store, &new)? {
                let pending = new.iter().find(|it| it.upi == upi).cloned();
                others.extend(if pending.is_some() { pending } else { store.person(&upi)? });
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
        self.counts.revoked = self.clerk.store.apply(&changes, &events)?.changed;
        Ok(self.counts)
    }
}
