//! The register in sled.

use std::collections::HashMap;

use super::{SledStore, change::Change, keys, table::Table};
use crate::{Event, Person, QuarantineId, Quarantined, Register, StoreError};

impl Register for SledStore {
    fn admit(&self, people: &[Person], quarantine: &[Quarantined], event: &Event) -> Result<(), StoreError> {
        let _writing = self.writing();
        let mut change = Change::default();
        let mut new: HashMap<&str, &Person> = HashMap::new();
        for person in people {
            let taken = match (new.get(person.upi.as_str()), self.person(&person.upi)?) {
                (Some(known), _) => *known != person,
                (None, Some(known)) => known != *person,
                (None, None) => {
                    change.put(&self.people, person.upi.as_bytes(), person)?;
                    change.put_key(&self.by_birthdate, &keys::by_birthdate(person.birthdate, &person.upi));
                    if let Some(number) = &person.id_number {
                        change.put_key(&self.by_id_number, &keys::by_id_number(number, &person.upi));
                    }
                    new.insert(&person.upi, person);
                    false
                }
            };
            if taken {
                return Err(StoreError::UpiTaken { upi: person.upi.clone() });
            }
        }
        for row in quarantine {
            let id = row.id()?;
            if !self.quarantine.has(&id.0)? {
                change.put(&self.quarantine, &id.0, row)?;
            }
        }
        self.log(&mut change, event)?;
        self.commit(change)
    }

    fn person(&self, upi: &str) -> Result<Option<Person>, StoreError> {
        self.people.get(upi.as_bytes())
    }

    fn born_on(&self, birthdate: i32) -> Result<Vec<Person>, StoreError> {
        self.indexed(&self.by_birthdate, &keys::birthdate(birthdate))
    }

    fn with_id_number(&self, id_number: &str) -> Result<Vec<Person>, StoreError> {
        self.indexed(&self.by_id_number, &keys::id_number(id_number))
    }

    fn quarantined(&self, id: &QuarantineId) -> Result<Option<Quarantined>, StoreError> {
        self.quarantine.get(&id.0)
    }

    fn quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        let from = after.map_or(&[][..], |id| &id.0[..]);
        let rows = self.quarantine.from::<Quarantined>(from).map(|row| {
            let (key, row) = row?;
            let id = key.as_ref().try_into().map_err(|_| StoreError::Corrupt {
                tree: "quarantine",
                detail: format!("a key of {} bytes, expected 32", key.len()),
            })?;
            Ok((QuarantineId(id), row))
        });
        let others = rows.filter(|row| !matches!(row, Ok((id, _)) if Some(id) == after));
        others.take(limit).collect()
    }

    fn population(&self) -> Result<u64, StoreError> {
        let mut people = 0;
        for key in self.people.keys(&[]) {
            key?;
            people += 1;
        }
        Ok(people)
    }
}

impl SledStore {
    /// The people whose UPIs an index has behind a prefix, in the order of the UPIs.
    fn indexed(&self, index: &Table, prefix: &[u8]) -> Result<Vec<Person>, StoreError> {
        let people = index.keys(prefix).map(|key| {
            let key = key?;
            self.people.get(key.get(prefix.len()..).unwrap_or_default())
        });
        people.filter_map(Result::transpose).collect()
    }
}
