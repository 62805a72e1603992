//! Everything in memory, for tests and for trying things out.

mod ledger;
mod register;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    Audit, Document, Entry, Event, ListUse, Logged, OneTime, Person, Publication, Publications, QuarantineId,
    Quarantined, Seen, Slot, StoreError, Verifier, Verifiers, once,
};

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    people: BTreeMap<String, Person>,
    by_birthdate: BTreeSet<(i32, String)>,
    by_id_number: BTreeSet<(String, String)>,
    quarantine: BTreeMap<QuarantineId, Quarantined>,
    entries: BTreeMap<Slot, Entry>,
    by_upi: BTreeSet<(String, Slot)>,
    lists: BTreeMap<u32, ListUse>,
    once: BTreeMap<Vec<u8>, i64>,
    verifiers: BTreeMap<String, Verifier>,
    versions: BTreeMap<Document, u64>,
    publications: BTreeMap<Document, Publication>,
    audit: Vec<Logged>,
}

impl MemoryStore {
    /// Every method changes the state only after all that can fail, so a poisoned lock guards a whole state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_event(&self, event: &Event) -> Result<Logged, StoreError> {
        Logged::follow(self.audit.last(), event)
    }
}

impl Audit for MemoryStore {
    fn events(&self, from: u64, limit: usize) -> Result<Vec<Logged>, StoreError> {
        Ok(self.state().audit.iter().filter(|logged| logged.number >= from).take(limit).cloned().collect())
    }
}

impl OneTime for MemoryStore {
    fn remember(&self, key: &[u8], expires: i64, now: i64) -> Result<Seen, StoreError> {
        once::check_key(key)?;
        let mut state = self.state();
        if state.once.get(key).is_some_and(|known| *known > now) {
            return Ok(Seen::Before);
        }
        state.once.insert(key.to_vec(), expires);
        Ok(Seen::FirstTime)
    }

    fn forget_expired(&self, now: i64) -> Result<u64, StoreError> {
        let mut state = self.state();
        let before = state.once.len();
        state.once.retain(|_, expires| *expires > now);
        Ok((before - state.once.len()) as u64)
    }
}

impl Verifiers for MemoryStore {
    fn register_verifier(&self, verifier: &Verifier, event: &Event) -> Result<(), StoreError> {
        let mut state = self.state();
        let logged = state.next_event(event)?;
        state.verifiers.insert(verifier.id.clone(), verifier.clone());
        state.audit.push(logged);
        Ok(())
    }

    fn withdraw_verifier(&self, id: &str, at: i64, event: &Event) -> Result<bool, StoreError> {
        let mut state = self.state();
        let logged = state.next_event(event)?;
        let Some(verifier) = state.verifiers.get_mut(id).filter(|v| v.withdrawn_at.is_none()) else {
            return Ok(false);
        };
        verifier.withdrawn_at = Some(at);
        state.audit.push(logged);
        Ok(true)
    }

    fn verifiers(&self) -> Result<Vec<Verifier>, StoreError> {
        Ok(self.state().verifiers.values().cloned().collect())
    }
}

impl Publications for MemoryStore {
    fn next_version(&self, document: Document) -> Result<u64, StoreError> {
        let mut state = self.state();
        let version = state.versions.entry(document).or_default();
        *version += 1;
        Ok(*version)
    }

    fn publish(&self, publication: &Publication, event: &Event) -> Result<(), StoreError> {
        let mut state = self.state();
        let newest = state.publications.get(&publication.document).map_or(0, |known| known.version);
        if publication.version <= newest {
            return Err(StoreError::OldVersion { newest, got: publication.version });
        }
        let logged = state.next_event(event)?;
        state.publications.insert(publication.document, publication.clone());
        state.audit.push(logged);
        Ok(())
    }

    fn latest(&self, document: Document) -> Result<Option<Publication>, StoreError> {
        Ok(self.state().publications.get(&document).cloned())
    }
}
