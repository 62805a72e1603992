//! Who was born on which day, in short: what an import keeps in memory to look for duplicates.
//!
//! In a country of 50 million people some 2,000 share each birthday. Reading them all for each row would make
//! every row slower as the register grows; here each day is read once, and a row is compared only with those whose
//! [`Sketch`] is near. What another process admits after a day was read is not seen: one import at a time.

use std::collections::HashMap;

use hati_store::{Person, Register, StoreError};

use super::duplicates::Sketch;

/// People remembered at most, 46 bytes each: 368 MiB. Beyond it days are read again.
const MAX_PEOPLE: usize = 8 << 20;

#[derive(Default)]
pub(super) struct Days {
    days: HashMap<i32, Day>,
    people: usize,
}

#[derive(Default)]
struct Day {
    /// Each with the end of its UPI.
    people: Vec<(Sketch, u32)>,
    /// One behind the other.
    upis: String,
}

impl Days {
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
                *self = Self::default();
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
