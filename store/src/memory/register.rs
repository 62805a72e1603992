//! The register in memory.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;

use crate::{Event, MemoryStore, Person, QuarantineId, Quarantined, Register, StoreError};

impl Register for MemoryStore {
    fn admit(&self, people: &[Person], quarantine: &[Quarantined], event: &Event) -> Result<(), StoreError> {
        let mut state = self.state();
        let logged = state.next_event(event)?;
        let mut new = BTreeMap::new();
        for person in people {
            let known = state.people.get(&person.upi).or_else(|| new.get(&person.upi).copied());
            match known {
                Some(known) if known != person => {
                    return Err(StoreError::UpiTaken { upi: person.upi.clone() });
                }
                Some(_) => {}
                None => {
                    new.insert(person.upi.clone(), person);
                }
            }
        }
        let rows =
            quarantine.iter().map(|row| Ok((row.id()?, row))).collect::<Result<Vec<_>, StoreError>>()?;

        for (upi, person) in new {
            state.by_birthdate.insert((person.birthdate, upi.clone()));
            if let Some(number) = &person.id_number {
                state.by_id_number.insert((number.clone(), upi.clone()));
            }
            state.people.insert(upi, person.clone());
        }
        for (id, row) in rows {
            if let Place::Vacant(place) = state.quarantine.entry(id) {
                place.insert(row.clone());
            }
        }
        state.audit.push(logged);
        Ok(())
    }

    fn person(&self, upi: &str) -> Result<Option<Person>, StoreError> {
        Ok(self.state().people.get(upi).cloned())
    }

    fn born_on(&self, birthdate: i32) -> Result<Vec<Person>, StoreError> {
        let state = self.state();
        let born = state.by_birthdate.range((birthdate, String::new())..);
        let upis = born.take_while(|(day, _)| *day == birthdate).map(|(_, upi)| upi);
        Ok(upis.filter_map(|upi| state.people.get(upi)).cloned().collect())
    }

    fn with_id_number(&self, id_number: &str) -> Result<Vec<Person>, StoreError> {
        let state = self.state();
        let holders = state.by_id_number.range((id_number.to_owned(), String::new())..);
        let upis = holders.take_while(|(number, _)| number == id_number).map(|(_, upi)| upi);
        Ok(upis.filter_map(|upi| state.people.get(upi)).cloned().collect())
    }

    fn quarantined(&self, id: &QuarantineId) -> Result<Option<Quarantined>, StoreError> {
        Ok(self.state().quarantine.get(id).cloned())
    }

    fn quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        let state = self.state();
        let rows = state.quarantine.iter().filter(|(id, _)| after.is_none_or(|after| *id > after));
        Ok(rows.take(limit).map(|(id, row)| (*id, row.clone())).collect())
    }

    fn population(&self) -> Result<u64, StoreError> {
        Ok(self.state().people.len() as u64)
    }
}
