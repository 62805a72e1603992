//! Who was born on which day, in short: what an import keeps in memory to look for duplicates.
//!
//! In a country of 50 million people some 2,000 share each birthday. Reading them all for each row would make
//! every row slower as the register grows; here each day is read once, and a row is compared only with those whose
//! [`Sketch`] is near. Whoever is admitted or amended by others after a day was read is asked for when the decisions are
//! written, so that none is made without seeing them.

use std::collections::HashMap;

use hati_store::{Changed, Event, Person, Register, RegisterChange, StoreError};

use super::duplicates::{Sketch, likeness};

/// People remembered at most, 46 bytes each: 368 MiB. Beyond it days are read again.
const MAX_PEOPLE: usize = 8 << 20;

/// How often decisions are written again when others changed somebody else meanwhile.
const CHANGED_MEANWHILE: u32 = 50;

pub(super) struct Days {
    days: HashMap<i32, Day>,
    people: usize,
    /// How many changes of the register the days have.
    seen: u64,
}

#[derive(Default)]
struct Day {
    /// Each with the end of its UPI.
    people: Vec<(Sketch, u32)>,
    /// One behind the other.
    upis: String,
}

impl Days {
    /// Before anything that is decided by them is read.
    pub(super) fn of(register: &dyn Register) -> Result<Self, StoreError> {
        Ok(Self { days: HashMap::new(), people: 0, seen: register.changes()? })
    }

    /// Makes changes that were decided by these days, unless somebody came in meanwhile who is alike.
    ///
    /// # Errors
    ///
    /// Where [`met_another`] says so, nothing was written, and the days are as new as the register: decide again.
    pub(super) fn apply(
        &mut self,
        register: &dyn Register,
        mut changes: Vec<RegisterChange>,
        events: &[Event],
    ) -> Result<Changed, StoreError> {
        let mut tries = 0;
        loop {
            changes.push(RegisterChange::Seen(self.seen));
            let outcome = register.apply(&changes, events);
            changes.pop();
            match outcome {
                Ok(changed) => {
                    self.seen += 1;
                    return Ok(changed);
                }
                Err(error) if met_another(&error) => {
                    let others = self.catch_up(register)?;
                    let is_outdated = matches!(error, StoreError::Outdated { .. });
                    tries += 1;
                    if !is_outdated || tries > CHANGED_MEANWHILE || is_any_alike(&changes, &others) {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Remembers whoever others admitted or amended meanwhile, and gives them.
    fn catch_up(&mut self, register: &dyn Register) -> Result<Vec<Person>, StoreError> {
        // Counted first: whoever comes in between is told of once more the next time.
        let changes = register.changes()?;
        let others = register.changed_after(self.seen)?;
        others.iter().for_each(|person| self.add(person));
        self.seen = changes;
        Ok(others)
    }

    /// The UPIs of people who may be this person; `pending` are admitted and not yet in the register.
    pub(super) fn candidates(
        &mut self,
        person: &Person,
        register: &dyn Register,
        pending: &[Person],
    ) -> Result<Vec<String>, StoreError> {
        let birthdate = person.birthdate;
        if !self.days.contains_key(&birthdate) {
            if self.people >= MAX_PEOPLE {
                self.days.clear();
                self.people = 0;
            }
            let registered = register.born_on(birthdate)?;
            let mut day = Day::default();
            registered
                .iter()
                .chain(pending.iter().filter(|p| p.birthdate == birthdate))
                .for_each(|p| day.add(p));
            self.people += day.people.len();
            self.days.insert(birthdate, day);
        }
        Ok(self.days.get(&birthdate).map(|day| day.near(&Sketch::new(person))).unwrap_or_default())
    }

    /// Remembers somebody; a day that is not known yet will have them when it is read.
    pub(super) fn add(&mut self, person: &Person) {
        if let Some(day) = self.days.get_mut(&person.birthdate) {
            day.add(person);
            self.people += 1;
        }
    }
}

/// Whether a change met another one, and may well be made once it is decided again.
pub(super) const fn met_another(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Outdated { .. }
            | StoreError::Revised { .. }
            | StoreError::UpiTaken { .. }
            | StoreError::IdNumberTaken { .. }
    )
}

/// Whether one of the others should have made somebody new wait.
fn is_any_alike(changes: &[RegisterChange], others: &[Person]) -> bool {
    let new = changes.iter().filter_map(|change| match change {
        RegisterChange::Admit(person) => Some(person),
        _ => None,
    });
    let is_alike = |new: &Person, other: &Person| new.upi == other.upi || likeness(new, other).is_some();
    new.into_iter().any(|new| others.iter().any(|other| is_alike(new, other)))
}

impl Day {
    fn add(&mut self, person: &Person) {
        self.upis.push_str(&person.upi);
        let end = u32::try_from(self.upis.len()).unwrap_or(u32::MAX);
        self.people.push((Sketch::new(person), end));
    }

    fn near(&self, sketch: &Sketch) -> Vec<String> {
        let starts = std::iter::once(0).chain(self.people.iter().map(|(_, end)| *end as usize));
        let near = starts.zip(&self.people).filter(|(_, (other, _))| other.may_be_alike(sketch));
        near.filter_map(|(start, (_, end))| self.upis.get(start..*end as usize)).map(str::to_owned).collect()
    }
}
