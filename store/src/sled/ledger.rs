//! The issuance ledger in sled.

use std::collections::HashSet;

use rand_core::CryptoRng;

use super::change::Change as Writes;
use super::{SledStore, keys};
use crate::ledger::Allocator;
use crate::{Change, Changed, Entry, Event, Ledger, ListUse, NewCopies, Slot, Status, StoreError};

impl Ledger for SledStore {
    fn record(
        &self,
        new: &NewCopies<'_>,
        rng: &mut dyn CryptoRng,
        events: &[Event],
    ) -> Result<Vec<Slot>, StoreError> {
        self.change(|change| {
            self.check_revisions(new)?;
            self.use_up_all(change, new.once)?;
            let mut allocator = Allocator::new(self.lists.last::<ListUse>()?, new.list_size);
            let mut drawn = HashSet::new();
            let mut slots = Vec::new();
            for copy in new.copies {
                let slot = allocator
                    .draw(rng, |slot| Ok(!drawn.insert(slot) || self.entries.has(&keys::slot(slot))?))?;
                change.put(&self.entries, &keys::slot(slot), &Entry::new(copy, slot))?;
                change.put_key(&self.by_upi, &keys::by_upi(&copy.upi, slot));
                slots.push(slot);
            }
            for list in &allocator.lists {
                change.put(&self.lists, &list.list.to_be_bytes(), list)?;
            }
            self.log(change, events)?;
            Ok(slots)
        })
    }

    fn entry(&self, slot: Slot) -> Result<Option<Entry>, StoreError> {
        self.entries.get(&keys::slot(slot))
    }

    fn entries_of(&self, upi: &str) -> Result<Vec<Entry>, StoreError> {
        let prefix = keys::upi_prefix(upi);
        let entries = self.by_upi.keys(&prefix).map(|key| {
            let slot = keys::slot_of(&key?, self.by_upi.name)?;
            self.entry(slot)
        });
        entries.filter_map(Result::transpose).collect()
    }

    fn change_status(
        &self,
        upi: &str,
        credential_type: Option<&str>,
        wanted: Change,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        self.change(|change| {
            let mut changed = Changed::default();
            self.change_entries(change, upi, |entry| entry.is_of(credential_type), wanted, &mut changed)?;
            self.log(change, std::slice::from_ref(event))?;
            Ok(changed)
        })
    }

    fn lists(&self) -> Result<Vec<ListUse>, StoreError> {
        self.lists.scan(&[]).map(|list| Ok(list?.1)).collect()
    }

    fn not_valid(&self, list: u32) -> Result<Vec<(u32, Status)>, StoreError> {
        let prefix = list.to_be_bytes();
        let statuses = self.not_valid.scan(&prefix).map(|status| {
            let (key, status) = status?;
            Ok((keys::slot_of(&key, self.not_valid.name)?.index, status))
        });
        statuses.collect()
    }
}

impl SledStore {
    pub(super) fn change_entries<'a>(
        &'a self,
        change: &mut Writes<'a>,
        upi: &str,
        concerns: impl Fn(&Entry) -> bool,
        wanted: Change,
        changed: &mut Changed,
    ) -> Result<(), StoreError> {
        for mut entry in self.entries_of(upi)?.into_iter().filter(concerns) {
            changed.count(entry.status, wanted);
            if entry.status == entry.status.after(wanted) {
                continue;
            }
            entry.status = entry.status.after(wanted);
            let key = keys::slot(entry.slot);
            change.put(&self.entries, &key, &entry)?;
            match entry.status {
                Status::Valid => change.remove(&self.not_valid, &key),
                _ => change.put(&self.not_valid, &key, &entry.status)?,
            }
        }
        Ok(())
    }

    fn check_revisions(&self, new: &NewCopies<'_>) -> Result<(), StoreError> {
        let mut checked = HashSet::new();
        for copy in new.copies {
            if checked.insert((&copy.upi, copy.revision)) {
                self.standing(&copy.upi)?.check(&copy.upi, copy.revision)?;
            }
        }
        Ok(())
    }
}
