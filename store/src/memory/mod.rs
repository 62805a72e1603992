//! Everything in memory, for tests and for trying things out.

mod ledger;
mod register;
mod tickets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    Audit, AuditEnd, Correction, CorrectionId, Corrections, Decided, DecisionId, Document, Entry, Event,
    FeedPosition, ListUse, Logged, Officer, Officers, OneTime, Person, Publication, Publications,
    QuarantineId, Quarantined, Seen, Slot, Standing, Status, StoreError, Ticket, TicketId, UsedUp, Verifier,
    Verifiers, once,
};

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
    importing: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    people: BTreeMap<String, Person>,
    by_birthdate: BTreeSet<(i32, String)>,
    by_names: BTreeSet<(String, String)>,
    by_id_number: BTreeSet<(String, String)>,
    by_change: BTreeSet<(u64, String)>,
    changes: u64,
    standings: BTreeMap<String, Standing>,
    feeds: BTreeMap<String, FeedPosition>,
    quarantine: BTreeMap<QuarantineId, Quarantined>,
    dismissed: BTreeSet<(String, QuarantineId)>,
    decisions: BTreeMap<DecisionId, Decided>,
    entries: BTreeMap<Slot, Entry>,
    by_upi: BTreeSet<(String, Slot)>,
    /// What lists say of copies, with the second at which these end.
    not_valid: BTreeMap<Slot, (Status, i64)>,
    lists: BTreeMap<u32, ListUse>,
    paces: BTreeMap<(String, String), i64>,
    once: BTreeMap<Vec<u8>, i64>,
    tickets: BTreeMap<TicketId, Ticket>,
    officers: BTreeMap<String, Officer>,
    corrections: BTreeMap<CorrectionId, Correction>,
    verifiers: BTreeMap<String, Verifier>,
    versions: BTreeMap<Document, u64>,
    publications: BTreeMap<Document, Publication>,
    audit: Vec<Logged>,
}

impl MemoryStore {
    /// Every method changes the state only after all that can fail, so a poisoned lock guards a whole state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn audit_end(&self) -> AuditEnd {
        self.audit.last().map(AuditEnd::from).unwrap_or_default()
    }

    fn next_event(&self, event: &Event) -> Result<Logged, StoreError> {
        self.audit_end().follow(event)
    }

    fn next_events(&self, events: &[Event]) -> Result<Vec<Logged>, StoreError> {
        let mut end = self.audit_end();
        let follow = |event| {
            let logged = end.follow(event)?;
            end = AuditEnd::from(&logged);
            Ok(logged)
        };
        events.iter().map(follow).collect()
    }

    /// What is remembered of values that are used up.
    fn used_up(&self, once: UsedUp<'_>) -> Result<BTreeMap<Vec<u8>, i64>, StoreError> {
        once.check()?;
        let mut used_up = BTreeMap::new();
        for (key, expires) in once.values {
            let known = self.once.get(key).is_some_and(|known| *known > once.now);
            if known || used_up.insert(key.clone(), *expires).is_some() {
                return Err(StoreError::Replayed);
            }
        }
        Ok(used_up)
    }

    fn standing(&self, upi: &str) -> Standing {
        self.standings.get(upi).cloned().unwrap_or_default()
    }
}

impl Audit for MemoryStore {
    fn events(&self, from: u64, limit: usize) -> Result<Vec<Logged>, StoreError> {
        Ok(self.state().audit.iter().filter(|logged| logged.number >= from).take(limit).cloned().collect())
    }

    fn end(&self) -> Result<AuditEnd, StoreError> {
        Ok(self.state().audit_end())
    }

    fn log(&self, events: &[Event]) -> Result<(), StoreError> {
        let mut state = self.state();
        let logged = state.next_events(events)?;
        state.audit.extend(logged);
        Ok(())
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

impl Officers for MemoryStore {
    fn officer(&self, name: &str) -> Result<Option<Officer>, StoreError> {
        Ok(self.state().officers.get(name).cloned())
    }

    fn officers(&self) -> Result<Vec<Officer>, StoreError> {
        Ok(self.state().officers.values().cloned().collect())
    }

    fn save_officer(
        &self,
        seen: Option<&Officer>,
        officer: &Officer,
        events: &[Event],
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.officers.get(&officer.name) != seen {
            return Ok(false);
        }
        let logged = state.next_events(events)?;
        state.officers.insert(officer.name.clone(), officer.clone());
        state.audit.extend(logged);
        Ok(true)
    }
}

impl Corrections for MemoryStore {
    fn request_correction(
        &self,
        correction: &Correction,
        revision: u64,
        event: &Event,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        state.standing(&correction.upi).check_revision(&correction.upi, revision)?;
        let logged = state.next_event(event)?;
        state.corrections.insert(correction.id, correction.clone());
        state.audit.push(logged);
        Ok(())
    }

    fn correction(&self, id: &CorrectionId) -> Result<Option<Correction>, StoreError> {
        Ok(self.state().corrections.get(id).cloned())
    }

    fn corrections_of(&self, upi: &str) -> Result<Vec<Correction>, StoreError> {
        Ok(self.state().corrections.values().filter(|it| it.upi == upi).cloned().collect())
    }

    fn open_corrections(
        &self,
        after: Option<&CorrectionId>,
        limit: usize,
    ) -> Result<Vec<Correction>, StoreError> {
        let state = self.state();
        let open = state.corrections.values().filter(|it| it.answer.is_none());
        Ok(open.filter(|it| after.is_none_or(|after| it.id > *after)).take(limit).cloned().collect())
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

    fn published_version(&self, document: Document) -> Result<u64, StoreError> {
        Ok(self.state().publications.get(&document).map_or(0, |newest| newest.version))
    }

    fn latest(&self, document: Document) -> Result<Option<Publication>, StoreError> {
        Ok(self.state().publications.get(&document).cloned())
    }

    fn shared_clock(&self) -> Result<Option<i64>, StoreError> {
        Ok(None)
    }
}
