//! A ledger that an older version of this program wrote, with a record for each copy, becomes one with a record for
//! each batch.

use super::ledger::Batch;
use super::table::Table;
use super::{SledStore, backend, keys};
use crate::{Entry, StoreError};

const ENTRIES: &str = "ledger";
const BY_UPI: &str = "ledger-by-upi";

/// Copies moved in one transaction.
const AT_ONCE: usize = 1000;

/// Set in the numbers of what is moved, so that they meet none of those that are counted.
const MOVED: u64 = 1 << 63;

impl SledStore {
    /// Moves what is there. Interrupted anywhere it goes on, as each copy leaves one tree when it enters the other.
    pub(super) fn gather_copies(&self) -> Result<(), StoreError> {
        if !self.db.tree_names().iter().any(|name| name == ENTRIES.as_bytes()) {
            return Ok(());
        }
        let entries = Table::open(&self.db, ENTRIES, &self.place)?;
        let by_upi = Table::open(&self.db, BY_UPI, &self.place)?;
        loop {
            let found: Vec<_> = by_upi.keys(&[]).take(AT_ONCE).collect::<Result<_, _>>()?;
            if found.is_empty() {
                break;
            }
            self.change(|change| {
                let mut moved: Vec<Entry> = Vec::with_capacity(found.len());
                for key in &found {
                    let slot = keys::slot(keys::slot_of(key, BY_UPI)?);
                    moved.extend(entries.get(&slot)?);
                    change.remove(&entries, &slot);
                    change.remove(&by_upi, key);
                }
                // Of one person they come in the order of the lists.
                for alike in moved.chunk_by(are_alike) {
                    let (Some(first), Some(batch)) = (alike.first(), Batch::of_entries(alike)) else {
                        continue;
                    };
                    let key = keys::batch(first.slot.list, MOVED | u64::from(first.slot.index));
                    self.put_batch(change, &key, &batch)?;
                }
                Ok(())
            })?;
        }
        for name in [ENTRIES, BY_UPI] {
            self.db.drop_tree(name).map_err(|error| backend("tidying", error, &self.place))?;
        }
        Ok(())
    }
}

fn are_alike(a: &Entry, b: &Entry) -> bool {
    (a.slot.list, a.valid_from, a.valid_until) == (b.slot.list, b.valid_from, b.valid_until)
        && a.upi == b.upi
        && a.credential_type == b.credential_type
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::{Action, Change, Changed, Event, Ledger, ListSize, NewCopies, NewCopy, Slot, Status, UsedUp};

    const TYPES: [&str; 2] = ["maisha-id", "proof-of-age"];

    fn entry(number: u32) -> Entry {
        Entry {
            upi: format!("{:014}", number / 7),
            credential_type: TYPES[(number % 2) as usize].into(),
            holder_key: [number.to_be_bytes()[3]; 32],
            valid_from: 1,
            valid_until: 2,
            // In no order, and in the second list from the middle on.
            slot: Slot { list: number / 1500, index: number * 7 % 4096 },
            status: if number.is_multiple_of(5) { Status::Suspended } else { Status::Valid },
        }
    }

    /// As it was written before.
    fn old_store(folder: &std::path::Path, entries: &[Entry]) {
        let db = ::sled::open(folder).unwrap();
        let table = |name| Table::open(&db, name, "a test").unwrap();
        let [of_slots, by_upi, not_valid, lists] =
            [ENTRIES, BY_UPI, "ledger-not-valid", "status-lists"].map(table);
        for entry in entries {
            let slot = keys::slot(entry.slot);
            of_slots.tree.insert(slot, of_slots.encode(entry).unwrap()).unwrap();
            by_upi.tree.insert([keys::upi_prefix(&entry.upi).as_slice(), &slot].concat(), &[]).unwrap();
            if entry.status != Status::Valid {
                not_valid.tree.insert(slot, not_valid.encode(&entry.status).unwrap()).unwrap();
            }
        }
        for list in 0..2 {
            let used = entries.iter().filter(|entry| entry.slot.list == list).count();
            let list_use = [list, 4096, used.try_into().unwrap()];
            lists.tree.insert(list.to_be_bytes(), lists.encode(&list_use).unwrap()).unwrap();
        }
        db.flush().unwrap();
    }

    #[test]
    fn an_older_ledger_says_what_it_said() {
        let folder = tempfile::tempdir().unwrap();
        let entries: Vec<_> = (0..3000).map(entry).collect();
        old_store(folder.path(), &entries);
        let mut slots: HashSet<_> = entries.iter().map(|entry| entry.slot).collect();
        assert_eq!(slots.len(), entries.len());

        for _ in 0..2 {
            let store = SledStore::open(folder.path()).unwrap();
            for of_one in entries.chunk_by(|a, b| a.upi == b.upi) {
                let mut expected = of_one.to_vec();
                expected.sort_by_key(|entry| entry.slot);
                assert_eq!(store.entries_of(&of_one[0].upi).unwrap(), expected);
            }
            assert!(!store.db.tree_names().iter().any(|name| name == ENTRIES.as_bytes()));
            assert!(store.lists().unwrap().iter().all(|list| list.valid_until == 2));
        }

        let store = SledStore::open(folder.path()).unwrap();
        let copy = NewCopy {
            upi: entries[0].upi.clone(),
            revision: 0,
            credential_type: TYPES[0].into(),
            holder_key: [1; 32],
            valid_from: 1,
            valid_until: 2,
        };
        let copies = vec![copy; 2000];
        let new = NewCopies {
            copies: &copies,
            list_size: ListSize::DEFAULT,
            grant: None,
            once: UsedUp::default(),
            pace: None,
        };
        for slot in store.record(&new, &mut ChaCha20Rng::seed_from_u64(1), &[]).unwrap() {
            assert!(slots.insert(slot), "{slot:?} was given out twice");
        }
        let event = Event::new(0, "a test", Action::Revoked, "");
        let changed = store.change_status(&entries[7].upi, Some(TYPES[1]), Change::Revoke, &event).unwrap();
        assert_eq!(changed, Changed { changed: 4, ..Changed::default() });
        let not_valid = (0..2).map(|list| store.not_valid(list).unwrap().len()).sum::<usize>();
        assert_eq!(store.forget_statuses(1).unwrap(), 0);
        assert_eq!(store.forget_statuses(2).unwrap(), not_valid as u64);
    }
}
