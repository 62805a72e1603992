//! Rows that are decided and not yet written. Decisions see them as if they were.

use std::collections::HashMap;

use hati_store::{
    Action, Event, Known, Person, QuarantineId, Quarantined, Reason, RegisterChange, StoreError,
};

use super::days::{Days, met_another};
use super::outcome::{Counts, Outcome, differences};
use super::record::Unsaid;
use super::rows::Row;
use super::{FieldError, Import, ImportError, duplicates, portrait, record};

/// What becomes of a row.
pub(super) enum Decision {
    Added,
    Unchanged,
    Quarantined(Outcome),
    AlreadyQuarantined(Outcome),
    Refused(Outcome),
}

impl Decision {
    /// Counts a row, and gives what the report says of it.
    pub(super) fn count(self, counts: &mut Counts) -> Option<Outcome> {
        let (counter, outcome) = match self {
            Self::Added => (&mut counts.added, None),
            Self::Unchanged => (&mut counts.unchanged, None),
            Self::Quarantined(outcome) => (&mut counts.quarantined, Some(outcome)),
            Self::AlreadyQuarantined(outcome) => (&mut counts.already_quarantined, Some(outcome)),
            Self::Refused(outcome) => (&mut counts.refused, Some(outcome)),
        };
        *counter += 1;
        counts.read += 1;
        outcome
    }
}

/// A row as it was read, so that it can be decided again.
struct Read {
    line: u64,
    said: Said,
}

/// Who stands in a row, before it is completed by what is known; or why nobody does.
type Said = Result<(Person, Unsaid), Vec<FieldError>>;

/// Who has a UPI, and the rows of it.
type KnownHere = (Option<Person>, Known);

pub(super) struct Batch<'a> {
    how: Import<'a>,
    /// Who was born when, for the whole import.
    days: Days,
    /// The rows that were decided since the last write.
    rows: Vec<Read>,
    people: Vec<Person>,
    by_upi: HashMap<String, usize>,
    by_id_number: HashMap<String, Vec<usize>>,
    quarantine: Vec<Quarantined>,
    quarantined: HashMap<QuarantineId, usize>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(how: Import<'a>) -> Result<Self, StoreError> {
        Ok(Self {
            how,
            days: Days::of(how.register)?,
            rows: Vec::new(),
            people: Vec::new(),
            by_upi: HashMap::new(),
            by_id_number: HashMap::new(),
            quarantine: Vec::new(),
            quarantined: HashMap::new(),
        })
    }

    /// How many rows were decided since the last write.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.people.is_empty() && self.quarantine.is_empty()
    }

    pub(super) fn decide(&mut self, row: &Row<'_>) -> Result<Decision, ImportError> {
        let (said, known) = self.read(row)?;
        let decision = self.decide_read(row.line, &said, known)?;
        self.rows.push(Read { line: row.line, said });
        Ok(decision)
    }

    /// Decides the rows since the last write once more, after somebody else changed the register.
    pub(super) fn decide_again(&mut self) -> Result<Vec<Decision>, ImportError> {
        let rows = std::mem::take(&mut self.rows);
        let decide = |row: &Read| {
            let known = row.said.as_ref().map(|(person, _)| self.known(&person.upi));
            self.decide_read(row.line, &row.said, known.unwrap_or_else(|_| Ok(Default::default()))?)
        };
        let decisions = rows.iter().map(decide).collect();
        self.rows = rows;
        decisions
    }

    /// A row, and what is known of its UPI.
    fn read(&self, row: &Row<'_>) -> Result<(Said, KnownHere), StoreError> {
        let fields = match &row.fields {
            Ok(fields) => *fields,
            Err(error) => return Ok((Err(vec![error.clone()]), Default::default())),
        };
        let mut person = match record::read(fields, self.how.rules) {
            Ok(person) => person,
            Err(errors) => return Ok((Err(errors), Default::default())),
        };
        let known = self.known(&person.upi)?;
        let known_portrait = known.0.as_ref().and_then(|known| known.portrait.as_ref());
        match portrait::read(fields, Some(self.how.pictures), known_portrait) {
            Ok(portrait) => person.portrait = portrait,
            Err(error) => return Ok((Err(vec![error]), known)),
        }
        Ok((Ok((person, Unsaid::of(fields))), known))
    }

    fn decide_read(
        &mut self,
        line: u64,
        said: &Said,
        (known, rows): KnownHere,
    ) -> Result<Decision, ImportError> {
        let (person, unsaid) = match said {
            Ok(said) => said,
            Err(errors) => {
                return Ok(Decision::Refused(Outcome::Refused { line, errors: errors.clone() }));
            }
        };
        let waiting = if known.is_some() { None } else { self.waiting(&person.upi, &rows.waiting)? };
        let mut person = person.clone();
        unsaid.complete(&mut person, known.as_ref().or(waiting.as_ref()));
        if known.as_ref() == Some(&person) || was_dismissed(&person, &rows)? {
            return Ok(Decision::Unchanged);
        }
        let reason = match known {
            Some(known) => Some(Reason::UpiTaken { differs: differences(&known, &person) }),
            None => match self.duplicate(&person)? {
                // While a row of a UPI waits, another one cannot step past it.
                None => waiting.map(|row| Reason::UpiWaiting { differs: differences(&row, &person) }),
                duplicate => duplicate,
            },
        };
        match reason {
            Some(reason) => self.quarantine(person, reason, line),
            None => Ok(self.add(person)),
        }
    }

    /// Writes what is decided in one transaction. `false` if it met another change of the register, and nothing was written:
    /// then the rows are to be decided again.
    pub(super) fn write(&mut self) -> Result<bool, ImportError> {
        if !self.is_empty() {
            let line = self.rows.last().map_or(0, |row| row.line);
            let subject = format!("{}, up to line {line}", self.how.source);
            let event = Event::new(self.how.now.seconds(), self.how.actor, Action::Imported, subject);
            let rows = std::mem::take(&mut self.quarantine).into_iter().map(RegisterChange::Quarantine);
            let people = std::mem::take(&mut self.people).into_iter().map(RegisterChange::Admit);
            let written = self.days.apply(self.how.register, people.chain(rows).collect(), &[event]);
            self.by_upi.clear();
            self.by_id_number.clear();
            self.quarantined.clear();
            match written {
                Err(error) if met_another(&error) => return Ok(false),
                written => written?,
            };
        }
        self.rows.clear();
        Ok(true)
    }

    /// Who has a UPI, and which rows of it are in the quarantine or were dismissed.
    fn known(&self, upi: &str) -> Result<KnownHere, StoreError> {
        let mut known = self.how.register.known_as(upi)?;
        let here = self.by_upi.get(upi).and_then(|place| self.people.get(*place)).cloned();
        Ok((here.or(known.registered.take().map(|it| it.person)), known))
    }

    fn person(&self, upi: &str) -> Result<Option<Person>, StoreError> {
        match self.by_upi.get(upi).and_then(|place| self.people.get(*place)) {
            Some(person) => Ok(Some(person.clone())),
            None => self.how.register.person(upi),
        }
    }

    /// The first row of a UPI that waits.
    fn waiting(&self, upi: &str, waiting: &[QuarantineId]) -> Result<Option<Person>, StoreError> {
        let here = self.quarantine.iter().find(|row| row.person.upi == upi).cloned();
        let row = match waiting.first() {
            Some(id) => self.how.register.quarantined(id)?.or(here),
            None => here,
        };
        Ok(row.map(|row| row.person))
    }

    /// Why a person waits who is new, if somebody is alike.
    fn duplicate(&mut self, person: &Person) -> Result<Option<Reason>, StoreError> {
        let mut others = Vec::new();
        if let Some(number) = &person.id_number {
            let here = self.by_id_number.get(number).into_iter().flatten();
            others.extend(here.filter_map(|place| self.people.get(*place)).cloned());
            others.extend(self.how.register.with_id_number(number)?);
        }
        if others.is_empty() {
            for upi in self.days.candidates(person, self.how.register, &self.people)? {
                others.extend(self.person(&upi)?);
            }
        }
        Ok(duplicates::reason_to_wait(person, others))
    }

    fn add(&mut self, person: Person) -> Decision {
        let place = self.people.len();
        self.by_upi.insert(person.upi.clone(), place);
        if let Some(number) = &person.id_number {
            self.by_id_number.entry(number.clone()).or_default().push(place);
        }
        self.days.add(&person);
        self.people.push(person);
        Decision::Added
    }

    fn quarantine(&mut self, person: Person, reason: Reason, line: u64) -> Result<Decision, ImportError> {
        let id = QuarantineId::of(&person)?;
        let outcome =
            |reason: &Reason| Outcome::Quarantined { line, upi: person.upi.clone(), reason: reason.into() };
        let here = self.quarantined.get(&id).and_then(|place| self.quarantine.get(*place)).cloned();
        // Whoever was alike then may be another one now: the row waits for the reason that it came for.
        if let Some(before) = here.map_or_else(|| self.how.register.quarantined(&id), |row| Ok(Some(row)))? {
            return Ok(Decision::AlreadyQuarantined(outcome(&before.reason)));
        }
        let outcome = outcome(&reason);
        let source = format!("{}, line {line}", self.how.source);
        let row = Quarantined { person, reason, at: self.how.now.seconds(), source };
        self.quarantined.insert(id, self.quarantine.len());
        self.quarantine.push(row);
        Ok(Decision::Quarantined(outcome))
    }
}

/// A row is named by a digest of all of it, which is made only where one was dismissed.
fn was_dismissed(person: &Person, rows: &Known) -> Result<bool, StoreError> {
    Ok(!rows.dismissed.is_empty() && rows.dismissed.contains(&QuarantineId::of(person)?))
}
