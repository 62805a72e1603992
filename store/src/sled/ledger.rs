//! The issuance ledger in sled.

use std::collections::HashSet;

use rand_core::CryptoRng;

use super::{SledStore, change, keys};
use crate::ledger::Allocator;
use crate::{Change, Changed, Entry, Event, Ledger, ListSize, ListUse, NewCopy, Slot, Status, StoreError};

impl Ledger for SledStore {
    fn record(
        &self,
        copies: &[NewCopy],
        list_size: ListSize,
        rng: &mut dyn CryptoRng,
        event: &Event,
    ) -> Result<Vec<Slot>, StoreError> {
        let _writing = self.writing();
        let mut change = change::Change::default();
        let mut allocator = Allocator::new(self.lists.last::<ListUse>()?, list_size);
        let mut drawn = HashSet::new();
        let mut slots = Vec::new();
        for copy in copies {
            let slot = allocator
                .draw(rng, |slot| Ok(!drawn.insert(slot) || self.entries.has(&keys::slot(slot))?))?;
            change.put(&self.entries, &keys::slot(slot), &Entry::new(copy, slot))?;
            change.put_key(&self.by_upi, &keys::by_upi(&copy.upi, slot));
            slots.push(slot);
        }
        for list in &allocator.lists {
            change.put(&self.lists, &list.list.to_be_bytes(), list)?;
        }
        self.log(&mut change, event)?;
        self.commit(change)?;
        Ok(slots)
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
        let _writing = self.writing();
        let mut change = change::Change::default();
        let mut changed = Changed::default();
        for mut entry in self.entries_of(upi)? {
            if !entry.is_of(credential_type) {
                continue;
            }
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
        self.log(&mut change, event)?;
        self.commit(change)?;
        Ok(changed)
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
