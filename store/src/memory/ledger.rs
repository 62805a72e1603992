//! The issuance ledger in memory.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use super::State;
use crate::ledger::Allocator;
use crate::{
    Change, Changed, Entry, Event, Ledger, ListUse, MemoryStore, NewCopies, Slot, Standing, Status,
    StoreError, TicketKind, pace,
};

impl Ledger for MemoryStore {
    fn record(
        &self,
        new: &NewCopies<'_>,
        rng: &mut dyn CryptoRng,
        events: &[Event],
    ) -> Result<Vec<Slot>, StoreError> {
        let mut state = self.state();
        let logged = state.next_events(events)?;
        for copy in new.copies {
            state.standing(&copy.upi).check(&copy.upi, copy.revision, &copy.credential_type)?;
        }
        if new.grant.is_some_and(|grant| !state.tickets.contains_key(&grant)) {
            return Err(StoreError::Withdrawn);
        }
        let used_up = state.used_up(new.once)?;
        let paces = state.paces(new)?;
        let newest = state.lists.values().next_back().copied();
        let mut allocator = Allocator::new(newest, new.list_size);
        let mut drawn = BTreeSet::new();
        let mut slots = Vec::new();
        for copy in new.copies {
            let taken = |slot| Ok(state.entries.contains_key(&slot) || !drawn.insert(slot));
            slots.push(allocator.draw(rng, copy.valid_until, taken)?);
        }

        state.once.extend(used_up);
        state.paces.extend(paces);
        for (copy, slot) in new.copies.iter().zip(&slots) {
            state.by_upi.insert((copy.upi.clone(), *slot));
            state.entries.insert(*slot, Entry::new(copy, *slot));
        }
        state.lists.extend(allocator.lists.into_iter().map(|list| (list.list, list)));
        state.audit.extend(logged);
        Ok(slots)
    }

    fn entries_of(&self, upi: &str) -> Result<Vec<Entry>, StoreError> {
        let state = self.state();
        Ok(slots_of(&state, upi).iter().filter_map(|slot| state.entries.get(slot)).cloned().collect())
    }

    fn change_status(
        &self,
        upi: &str,
        credential_type: Option<&str>,
        change: Change,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        let mut state = self.state();
        let logged = state.next_event(event)?;
        let mut changed = Changed::default();
        if state.people.contains_key(upi) {
            let standing = state.standing(upi);
            let withheld = standing.withheld.after(credential_type, change);
            state.standings.insert(upi.to_owned(), Standing { withheld, ..standing });
        }
        state.change_status(upi, |entry| entry.is_of(credential_type), change, &mut changed);
        if change == Change::Revoke {
            changed.withdrawn = state.withdraw(upi, &TicketKind::GRANTS);
        }
        state.audit.push(logged);
        Ok(changed)
    }

    fn lists(&self) -> Result<Vec<ListUse>, StoreError> {
        Ok(self.state().lists.values().copied().collect())
    }

    fn not_valid(&self, list: u32) -> Result<Vec<(u32, Status)>, StoreError> {
        let state = self.state();
        let found = state.not_valid.range(Slot { list, index: 0 }..=Slot { list, index: u32::MAX });
        Ok(found.map(|(slot, (status, _))| (slot.index, *status)).collect())
    }

    fn forget_statuses(&self, ended: i64) -> Result<u64, StoreError> {
        let mut state = self.state();
        let forgotten = state.not_valid.iter().filter(|(_, (_, until))| *until <= ended);
        let forgotten: Vec<_> = forgotten.map(|(slot, _)| *slot).collect();
        for slot in &forgotten {
            state.not_valid.remove(slot);
        }
        state.count_changes(&forgotten.iter().map(|slot| slot.list).collect());
        Ok(forgotten.len() as u64)
    }
}

impl State {
    /// When all of each person's copies are free again.
    fn paces(&self, new: &NewCopies<'_>) -> Result<BTreeMap<(String, String), i64>, StoreError> {
        let Some(pace) = new.pace else { return Ok(BTreeMap::new()) };
        let now = new.once.now;
        let counted = pace::counted(new.copies).into_iter().map(|((upi, kind), copies)| {
            let key = (upi.to_owned(), kind.to_owned());
            let free_at = pace.after(self.paces.get(&key).copied(), copies, now);
            pace.check(upi, kind, free_at, now)?;
            Ok((key, free_at))
        });
        counted.collect()
    }

    pub(super) fn change_status(
        &mut self,
        upi: &str,
        concerns: impl Fn(&Entry) -> bool,
        change: Change,
        changed: &mut Changed,
    ) {
        let mut lists = BTreeSet::new();
        for slot in slots_of(self, upi) {
            let Some(entry) = self.entries.get_mut(&slot).filter(|entry| concerns(entry)) else { continue };
            changed.count(entry.status, change);
            if entry.status == entry.status.after(change) {
                continue;
            }
            entry.status = entry.status.after(change);
            match entry.status {
                Status::Valid => self.not_valid.remove(&slot),
                status => self.not_valid.insert(slot, (status, entry.valid_until)),
            };
            lists.insert(slot.list);
        }
        self.count_changes(&lists);
    }

    fn count_changes(&mut self, lists: &BTreeSet<u32>) {
        for list in lists {
            if let Some(list) = self.lists.get_mut(list) {
                list.changes += 1;
            }
        }
    }
}

fn slots_of(state: &State, upi: &str) -> Vec<Slot> {
    let from = (upi.to_owned(), Slot { list: 0, index: 0 });
    state.by_upi.range(from..).take_while(|(of, _)| of == upi).map(|(_, slot)| *slot).collect()
}
