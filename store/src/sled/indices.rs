//! What people are found by, and completing it for a store that an older version of this program filled.

use super::change::Change;
use super::table::Table;
use super::{SledStore, backend, keys};
use crate::{Person, Quarantined, StoreError, names};

/// The newest index: by any name.
const VERSION: u8 = 3;

/// The index that the one by any name came after: by the family name first.
const BY_NAME: &str = "people-by-name";

const KEY: &[u8] = b"people";

/// People indexed in one transaction.
const AT_ONCE: usize = 1000;

impl SledStore {
    pub(super) fn put_person<'a>(
        &'a self,
        change: &mut Change<'a>,
        person: &Person,
    ) -> Result<(), StoreError> {
        if let Some(before) = self.people.get::<Person>(person.upi.as_bytes())? {
            for (table, key) in self.index(&before) {
                change.remove(table, &key);
            }
        }
        change.put(&self.people, person.upi.as_bytes(), person)?;
        for (table, key) in self.index(person) {
            change.put_key(table, &key);
        }
        Ok(())
    }

    /// The people whose UPIs an index has behind a prefix, in the order of the UPIs.
    pub(super) fn indexed(&self, index: &Table, prefix: &[u8]) -> Result<Vec<Person>, StoreError> {
        let people = index.keys(prefix).map(|key| {
            let key = key?;
            self.people.get(key.get(prefix.len()..).unwrap_or_default())
        });
        people.filter_map(Result::transpose).collect()
    }

    fn index(&self, person: &Person) -> Vec<(&Table, Vec<u8>)> {
        let upi = &person.upi;
        let mut all = vec![(&self.by_birthdate, keys::by_birthdate(person.birthdate, upi))];
        all.extend(names::keys(person).iter().map(|key| (&self.by_names, keys::by_text(key, upi))));
        all.extend(person.id_number.iter().map(|it| (&self.by_id_number, keys::by_text(it, upi))));
        all.extend(person.phone.iter().map(|it| (&self.by_phone, keys::by_text(it, upi))));
        all
    }

    /// Indexes whoever came before there was an index.
    pub(super) fn complete_indices(&self) -> Result<(), StoreError> {
        if self.indices.get::<u8>(KEY)?.is_some_and(|version| version >= VERSION) {
            return Ok(());
        }
        let waiting: Vec<_> = self.quarantine.scan::<Quarantined>(&[]).collect::<Result<_, StoreError>>()?;
        self.change(|change| {
            for (key, row) in &waiting {
                let key = [keys::upi_prefix(&row.person.upi).as_slice(), key].concat();
                change.put_key(&self.quarantine_by_upi, &key);
            }
            Ok(())
        })?;
        let mut from = Vec::new();
        loop {
            let people: Vec<_> =
                self.people.from::<Person>(&from).take(AT_ONCE).collect::<Result<_, StoreError>>()?;
            self.change(|change| {
                for (_, person) in &people {
                    for (table, key) in self.index(person) {
                        change.put_key(table, &key);
                    }
                }
                Ok(())
            })?;
            match people.last() {
                // The key after this one.
                Some((last, _)) => from = [last.as_ref(), &[0]].concat(),
                None => break,
            }
        }
        self.change(|change| change.put(&self.indices, KEY, &VERSION))?;
        self.db.drop_tree(BY_NAME).map_err(|error| backend("tidying", error, &self.place))?;
        Ok(())
    }
}
