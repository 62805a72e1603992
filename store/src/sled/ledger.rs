//! The issuance ledger in sled.
//!
//! Copies that are recorded together for one person are one record, under a key that grows: the tree is written
//! at its end, however many are in it. Which indices of the open list are taken is read from there when the
//! first is asked for, and kept in memory from then on; no other process has the store open.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::PoisonError;

use minicbor::{Decode, Encode};
use rand_core::CryptoRng;

use super::change::Change as Writes;
use super::rest::FORGET_AT_ONCE;
use super::{SledStore, keys};
use crate::ledger::Allocator;
use crate::{
    Change, Changed, Entry, Event, Ledger, ListUse, NewCopies, NewCopy, Slot, Status, StoreError, TicketKind,
    pace,
};

/// Says that the ends of lists and of statuses are known.
const ENDS: &[u8] = b"ends";

/// Records looked through in one transaction.
const AT_ONCE: usize = 1000;

/// Copies of one person that are alike, and in one list.
#[derive(Debug, Encode, Decode)]
pub(super) struct Batch {
    #[n(0)]
    upi: String,
    #[n(1)]
    credential_type: String,
    #[n(2)]
    valid_from: i64,
    #[n(3)]
    valid_until: i64,
    #[n(4)]
    copies: Vec<Copy>,
}

#[derive(Debug, Encode, Decode)]
struct Copy {
    #[n(0)]
    index: u32,
    #[cbor(n(1), with = "minicbor::bytes")]
    holder_key: [u8; 32],
    #[n(2)]
    status: Status,
}

/// The indices of a list that were given out: a bit for each.
#[derive(Debug)]
pub(super) struct Taken {
    list: u32,
    bits: Vec<u64>,
}

impl Ledger for SledStore {
    fn record(
        &self,
        new: &NewCopies<'_>,
        rng: &mut dyn CryptoRng,
        events: &[Event],
    ) -> Result<Vec<Slot>, StoreError> {
        self.change(|change| {
            self.check_standings(new)?;
            if let Some(grant) = new.grant
                && !self.tickets.has(&grant.0)?
            {
                return Err(StoreError::Withdrawn);
            }
            self.use_up_all(change, new.once)?;
            self.keep_pace(change, new)?;
            // No other thread is here, as there is one writer.
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let mut allocator = Allocator::new(self.lists.last::<ListUse>()?, new.list_size);
            let mut slots = Vec::with_capacity(new.copies.len());
            let mut batches: Vec<([u8; 12], Batch)> = Vec::new();
            for copy in new.copies {
                let slot = allocator.draw(rng, copy.valid_until, |slot| self.take(&mut taken, slot))?;
                slots.push(slot);
                match batches.last_mut() {
                    Some((key, batch))
                        if batch.takes(copy) && keys::list_of(key, self.batches.name)? == slot.list =>
                    {
                        batch.copies.push(Copy::new(copy, slot));
                    }
                    _ => {
                        let before = allocator.lists.last().map_or(0, |list| list.used.saturating_sub(1));
                        batches.push((keys::batch(slot.list, before.into()), Batch::of(copy, slot)));
                    }
                }
            }
            for (key, batch) in &batches {
                self.put_batch(change, key, batch)?;
            }
            for list in &allocator.lists {
                change.put(&self.lists, &list.list.to_be_bytes(), list)?;
            }
            self.log(change, events)?;
            Ok(slots)
        })
    }

    fn entries_of(&self, upi: &str) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for batch in self.batches_of(upi) {
            let (key, batch) = batch?;
            let list = keys::list_of(&key, self.batches.name)?;
            entries.extend(batch.copies.iter().map(|copy| batch.entry(copy, list)));
        }
        entries.sort_unstable_by_key(|entry| entry.slot);
        Ok(entries)
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
            let concerns = |of: &str| credential_type.is_none_or(|wanted| wanted == of);
            self.change_entries(change, upi, concerns, wanted, &mut changed)?;
            self.withhold(change, upi, credential_type, wanted)?;
            if wanted == Change::Revoke {
                changed.withdrawn = self.withdraw_all(change, upi, &TicketKind::GRANTS)?;
            }
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

    fn forget_statuses(&self, ended: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let here = self.change(|change| {
                let (mut here, mut lists) = (0, BTreeSet::new());
                for key in self.not_valid_by_expiry.keys(&[]).take(FORGET_AT_ONCE) {
                    let key = key?;
                    let Some((_, slot)) = keys::expiry_of(&key).filter(|(until, _)| *until <= ended) else {
                        break;
                    };
                    change.remove(&self.not_valid, slot);
                    change.remove(&self.not_valid_by_expiry, &key);
                    lists.insert(keys::slot_of(slot, self.not_valid.name)?.list);
                    here += 1;
                }
                self.count_changes(change, &lists)?;
                Ok(here)
            })?;
            if here == 0 {
                return Ok(forgotten);
            }
            forgotten += here;
        }
    }
}

impl SledStore {
    /// Changes the status of a person's copies of the credential types that `concerns` names.
    pub(super) fn change_entries<'a>(
        &'a self,
        change: &mut Writes<'a>,
        upi: &str,
        concerns: impl Fn(&str) -> bool,
        wanted: Change,
        changed: &mut Changed,
    ) -> Result<(), StoreError> {
        let mut lists = BTreeSet::new();
        for batch in self.batches_of(upi) {
            let (key, mut batch) = batch?;
            if !concerns(&batch.credential_type) {
                continue;
            }
            let list = keys::list_of(&key, self.batches.name)?;
            let mut is_another = false;
            for copy in &mut batch.copies {
                changed.count(copy.status, wanted);
                if copy.status == copy.status.after(wanted) {
                    continue;
                }
                is_another = true;
                copy.status = copy.status.after(wanted);
                let slot = keys::slot(Slot { list, index: copy.index });
                let by_expiry = keys::by_expiry(batch.valid_until, &slot);
                match copy.status {
                    Status::Valid => {
                        change.remove(&self.not_valid, &slot);
                        change.remove(&self.not_valid_by_expiry, &by_expiry);
                    }
                    _ => {
                        change.put(&self.not_valid, &slot, &copy.status)?;
                        change.put_key(&self.not_valid_by_expiry, &by_expiry);
                    }
                }
            }
            if is_another {
                change.put(&self.batches, &key, &batch)?;
                lists.insert(list);
            }
        }
        self.count_changes(change, &lists)
    }

    fn count_changes<'a>(&'a self, change: &mut Writes<'a>, lists: &BTreeSet<u32>) -> Result<(), StoreError> {
        for list in lists {
            let key = list.to_be_bytes();
            if let Some(known) = self.lists.get::<ListUse>(&key)? {
                let changes = known.changes.saturating_add(1);
                change.put(&self.lists, &key, &ListUse { changes, ..known })?;
            }
        }
        Ok(())
    }

    /// In a store that an older version of this program wrote, finds out when lists end, and what is not valid in them.
    pub(super) fn find_ends(&self) -> Result<(), StoreError> {
        if self.indices.has(ENDS)? {
            return Ok(());
        }
        let mut ends: BTreeMap<u32, i64> = BTreeMap::new();
        let mut from = Vec::new();
        loop {
            let found: Vec<_> =
                self.batches.from::<Batch>(&from).take(AT_ONCE).collect::<Result<_, StoreError>>()?;
            self.change(|change| {
                for (key, batch) in &found {
                    let list = keys::list_of(key, self.batches.name)?;
                    let end = ends.entry(list).or_insert(i64::MIN);
                    *end = batch.valid_until.max(*end);
                    for copy in batch.copies.iter().filter(|copy| copy.status != Status::Valid) {
                        let slot = keys::slot(Slot { list, index: copy.index });
                        change.put_key(&self.not_valid_by_expiry, &keys::by_expiry(batch.valid_until, &slot));
                    }
                }
                Ok(())
            })?;
            match found.last() {
                // The key after this one.
                Some((last, _)) => from = [last.as_ref(), &[0]].concat(),
                None => break,
            }
        }
        self.change(|change| {
            for (list, valid_until) in &ends {
                let key = list.to_be_bytes();
                if let Some(known) = self.lists.get::<ListUse>(&key)? {
                    change.put(&self.lists, &key, &ListUse { valid_until: *valid_until, ..known })?;
                }
            }
            change.put(&self.indices, ENDS, &1_u8)
        })
    }

    pub(super) fn put_batch<'a>(
        &'a self,
        change: &mut Writes<'a>,
        key: &[u8; 12],
        batch: &Batch,
    ) -> Result<(), StoreError> {
        change.put(&self.batches, key, batch)?;
        change.put_key(&self.by_upi, &keys::by_upi(&batch.upi, key));
        Ok(())
    }

    fn batches_of(&self, upi: &str) -> impl Iterator<Item = Result<([u8; 12], Batch), StoreError>> {
        self.by_upi.keys(&keys::upi_prefix(upi)).map(|key| {
            let key = *keys::batch_of(&key?, self.by_upi.name)?;
            let batch = self.batches.get(&key)?.ok_or_else(|| StoreError::Corrupt {
                tree: self.by_upi.name,
                detail: "it names a batch that is not there".into(),
            })?;
            Ok((key, batch))
        })
    }

    /// Whether a slot was taken before; it is now.
    fn take(&self, taken: &mut Option<Taken>, slot: Slot) -> Result<bool, StoreError> {
        if let Some(known) = taken.as_mut().filter(|known| known.list == slot.list) {
            return Ok(known.take(slot.index));
        }
        let mut read = Taken { list: slot.list, bits: Vec::new() };
        for batch in self.batches.scan::<Batch>(&slot.list.to_be_bytes()) {
            for copy in batch?.1.copies {
                read.take(copy.index);
            }
        }
        Ok(taken.insert(read).take(slot.index))
    }

    /// Counts what each person gets.
    fn keep_pace<'a>(&'a self, change: &mut Writes<'a>, new: &NewCopies<'_>) -> Result<(), StoreError> {
        let Some(pace) = new.pace else { return Ok(()) };
        let now = new.once.now;
        for ((upi, kind), copies) in pace::counted(new.copies) {
            let key = keys::pace(upi, kind);
            let free_at = pace.after(self.paces.get(&key)?, copies, now);
            pace.check(upi, kind, free_at, now)?;
            change.put(&self.paces, &key, &free_at)?;
        }
        Ok(())
    }

    fn check_standings(&self, new: &NewCopies<'_>) -> Result<(), StoreError> {
        let mut checked = HashSet::new();
        for NewCopy { upi, revision, credential_type, .. } in new.copies {
            if checked.insert((upi, revision, credential_type)) {
                self.standing(upi)?.check(upi, *revision, credential_type)?;
            }
        }
        Ok(())
    }
}

impl Batch {
    fn of(copy: &NewCopy, slot: Slot) -> Self {
        Self {
            upi: copy.upi.clone(),
            credential_type: copy.credential_type.clone(),
            valid_from: copy.valid_from,
            valid_until: copy.valid_until,
            copies: vec![Copy::new(copy, slot)],
        }
    }

    /// Of copies that an older version of this program recorded one by one, and which are alike.
    pub(super) fn of_entries(entries: &[Entry]) -> Option<Self> {
        let first = entries.first()?;
        let copy = |entry: &Entry| Copy {
            index: entry.slot.index,
            holder_key: entry.holder_key,
            status: entry.status,
        };
        Some(Self {
            upi: first.upi.clone(),
            credential_type: first.credential_type.clone(),
            valid_from: first.valid_from,
            valid_until: first.valid_until,
            copies: entries.iter().map(copy).collect(),
        })
    }

    fn takes(&self, copy: &NewCopy) -> bool {
        (self.valid_from, self.valid_until) == (copy.valid_from, copy.valid_until)
            && self.upi == copy.upi
            && self.credential_type == copy.credential_type
    }

    fn entry(&self, copy: &Copy, list: u32) -> Entry {
        Entry {
            upi: self.upi.clone(),
            credential_type: self.credential_type.clone(),
            holder_key: copy.holder_key,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            slot: Slot { list, index: copy.index },
            status: copy.status,
        }
    }
}

impl Copy {
    fn new(copy: &NewCopy, slot: Slot) -> Self {
        Self { index: slot.index, holder_key: copy.holder_key, status: Status::Valid }
    }
}

impl Taken {
    /// Whether an index was taken before; it is now.
    fn take(&mut self, index: u32) -> bool {
        let (word, mask) = ((index / u64::BITS) as usize, 1 << (index % u64::BITS));
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.bits.get_mut(word).is_none_or(|bits| {
            let before = *bits & mask != 0;
            *bits |= mask;
            before
        })
    }
}
