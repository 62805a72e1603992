//! A batch of another system's changes is applied: all of it, and how far the feed came, in one transaction.

use std::collections::HashMap;

use hati_formats::time::Date;
use hati_store::{Action, FeedPosition, Person, Quarantined, Reason, RegisterChange, Registered, StoreError};

use super::{AmendError, Clerk, check_lived};
use crate::register::days::Days;
use crate::register::duplicates;
use crate::register::feed::{Batch, Change, ChangeError, Feed, FeedError, Position, Received};
use crate::register::outcome::differences;
use crate::register::record::FieldError;

/// How often a batch is decided again because a record was amended meanwhile.
const AMENDED_MEANWHILE: u32 = 3;

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// It is not valid, or not the next one.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The register was not changed.
    #[error(transparent)]
    Amend(#[from] AmendError),
}

impl FollowError {
    /// The stable code (`spec/verdict.md`).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Feed(error) => error.code(),
            // Another batch of the feed came first.
            Self::Amend(AmendError::Store(StoreError::FeedOrder { .. })) => "feed_out_of_order",
            Self::Amend(error) => error.code(),
        }
    }
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// How far the feed came.
    pub position: Position,
    /// What became of its changes; `None` if it had been taken before.
    pub counts: Option<Counts>,
}

/// What became of the changes of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// People who are new.
    pub added: usize,
    /// Records that are others now.
    pub amended: usize,
    /// Deaths that are registered now.
    pub died: usize,
    /// Changes that wait for an officer.
    pub quarantined: usize,
    /// Deaths of people who are not in the register: their UPIs.
    pub not_registered: Vec<String>,
    /// Copies of credentials that were revoked.
    pub revoked: u64,
}

impl Clerk<'_> {
    /// Reads, checks and applies a batch.
    ///
    /// Somebody new who looks like somebody registered waits for an officer, and so does a record whose names and birth
    /// date would both be others: that is one UPI for two people.
    ///
    /// # Errors
    ///
    /// [`FollowError`]. Then nothing of the batch is applied.
    pub fn follow(&self, feed: &Feed, token: &str) -> Result<Followed, FollowError> {
        let mut amended = 0;
        loop {
            match self.follow_once(feed, token) {
                Err(FollowError::Amend(AmendError::Store(
                    StoreError::Revised { .. } | StoreError::UpiTaken { .. },
                ))) if amended < AMENDED_MEANWHILE => {
                    amended += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn follow_once(&self, feed: &Feed, token: &str) -> Result<Followed, FollowError> {
        let last = self.store.feed_position(feed.name()).map_err(AmendError::from)?;
        let last = Position { sequence: last.sequence, digest: last.digest };
        let last = Some(&last).filter(|last| last.sequence > 0);
        let batch = match Batch::parse_and_verify(token, feed, last, self.rules)? {
            Received::Again(position) => return Ok(Followed { position, counts: None }),
            Received::Next(batch) => batch,
        };
        let position = batch.position();
        let mut plan = Plan::new(self, format!("feed {}, batch {}", feed.name(), position.sequence));
        for (place, change) in batch.into_changes().into_iter().enumerate() {
            plan.add(place, change)?;
        }
        if !plan.refused.is_empty() {
            return Err(FeedError::Changes { refused: plan.refused }.into());
        }
        let counts = plan.apply(FeedPosition {
            feed: feed.name().to_owned(),
            sequence: position.sequence,
            digest: position.digest,
        })?;
        Ok(Followed { position, counts: Some(counts) })
    }
}

/// What a batch comes to: of several changes of one person the last state counts.
struct Plan<'a, 'c> {
    clerk: &'a Clerk<'c>,
    source: String,
    days: Days,
    /// Everybody who is changed, in the order of their first change.
    drafts: Vec<Draft>,
    by_upi: HashMap<String, usize>,
    quarantine: Vec<Quarantined>,
    counts: Counts,
    refused: Vec<ChangeError>,
}

struct Draft {
    before: Option<Registered>,
    after: Person,
    died: Option<Date>,
}

impl<'a, 'c> Plan<'a, 'c> {
    fn new(clerk: &'a Clerk<'c>, source: String) -> Self {
        Self {
            clerk,
            source,
            days: Days::default(),
            drafts: Vec::new(),
            by_upi: HashMap::new(),
            quarantine: Vec::new(),
            counts: Counts::default(),
            refused: Vec::new(),
        }
    }

    fn add(&mut self, place: usize, change: Change) -> Result<(), AmendError> {
        match change {
            Change::Put(person) => self.put(*person),
            Change::Death { upi, date } => match self.death(&upi, date)? {
                Ok(()) => Ok(()),
                Err(error) => {
                    self.refused.push(ChangeError { place, errors: vec![error] });
                    Ok(())
                }
            },
        }
    }

    fn put(&mut self, person: Person) -> Result<(), AmendError> {
        if let Some(draft) = self.draft(&person.upi)? {
            if duplicates::is_one_person(&draft.after, &person) {
                let before = draft.after.clone();
                let taken = self.clerk.check_id_number(&before, &person);
                if let Err(AmendError::IdNumberTaken { of }) = taken {
                    self.wait(person, Reason::LikelyDuplicate { of, likeness: duplicates::SAME });
                    return Ok(());
                }
                taken?;
                if let Some(draft) = self.draft(&person.upi)? {
                    draft.after = person;
                }
            } else {
                let differs = differences(&draft.after, &person);
                self.wait(person, Reason::UpiTaken { differs });
            }
            return Ok(());
        }
        match self.likely_duplicate(&person)? {
            Some((of, likeness)) => self.wait(person, Reason::LikelyDuplicate { of, likeness }),
            None => {
                self.days.add(&person);
                self.keep(Draft { before: None, after: person, died: None });
            }
        }
        Ok(())
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
        Ok(check_lived(&draft.after, date).map(|()| draft.died = Some(date)))
    }

    /// What is known of a person up to here, if anything is.
    fn draft(&mut self, upi: &str) -> Result<Option<&mut Draft>, AmendError> {
        if !self.by_upi.contains_key(upi) {
            let Some(before) = self.clerk.store.registered(upi)? else { return Ok(None) };
            let after = before.person.clone();
            self.keep(Draft { before: Some(before), after, died: None });
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

    fn likely_duplicate(&mut self, person: &Person) -> Result<Option<(String, u16)>, AmendError> {
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
        Ok(duplicates::most_alike(person, others))
    }

    fn apply(mut self, position: FeedPosition) -> Result<Counts, AmendError> {
        let (mut changes, mut events) = (Vec::new(), Vec::new());
        for draft in std::mem::take(&mut self.drafts) {
            let upi = draft.after.upi.clone();
            let Some(before) = draft.before else {
                self.counts.added += 1;
                changes.push(RegisterChange::Admit(draft.after));
                continue;
            };
            let revision = before.standing.revision;
            let died = draft.died.filter(|date| before.standing.died != Some(date.days()));
            let amendment = match died {
                Some(date) => {
                    self.counts.died += 1;
                    events.push(self.clerk.event(Action::DeathRegistered, &upi));
                    self.clerk.death(draft.after, date, revision)?
                }
                None if draft.after == before.person => continue,
                None => {
                    self.counts.amended += 1;
                    events.push(self.clerk.event(Action::Amended, &upi));
                    self.clerk.amendment(&before.person, draft.after, revision)?
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
