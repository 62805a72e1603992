//! One-time values, verifiers, officers, corrections, publications and the audit in sled.

use std::collections::HashSet;

use super::change::Change;
use super::{SledStore, keys};
use crate::{
    Audit, AuditEnd, Correction, CorrectionId, Corrections, Document, Event, Logged, Officer, Officers,
    OneTime, Publication, Publications, Seen, StoreError, UsedUp, Verifier, Verifiers, audit, once,
};

/// Keys forgotten in one transaction, so that a long memory is not one huge write.
pub(super) const FORGET_AT_ONCE: usize = 4096;

impl OneTime for SledStore {
    fn remember(&self, key: &[u8], expires: i64, now: i64) -> Result<Seen, StoreError> {
        once::check_key(key)?;
        self.change(|change| self.use_up(change, key, expires, now))
    }

    fn forget_expired(&self, now: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let here = self.change(|change| {
                let mut here = 0;
                for key in self.once_by_expiry.keys(&[]).take(FORGET_AT_ONCE) {
                    let key = key?;
                    let Some((_, value)) = keys::expiry_of(&key).filter(|(expires, _)| *expires <= now)
                    else {
                        break;
                    };
                    change.remove(&self.once, value);
                    change.remove(&self.once_by_expiry, &key);
                    here += 1;
                }
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
    pub(super) fn use_up<'a>(
        &'a self,
        change: &mut Change<'a>,
        key: &[u8],
        expires: i64,
        now: i64,
    ) -> Result<Seen, StoreError> {
        match self.once.get::<i64>(key)? {
            Some(known) if known > now => return Ok(Seen::Before),
            Some(known) => change.remove(&self.once_by_expiry, &keys::by_expiry(known, key)),
            None => {}
        }
        change.put(&self.once, key, &expires)?;
        change.put_key(&self.once_by_expiry, &keys::by_expiry(expires, key));
        Ok(Seen::FirstTime)
    }

    /// Uses up all of them.
    pub(super) fn use_up_all<'a>(
        &'a self,
        change: &mut Change<'a>,
        once: UsedUp<'_>,
    ) -> Result<(), StoreError> {
        once.check()?;
        let mut used = HashSet::new();
        for (key, expires) in once.values {
            if !used.insert(key) || self.use_up(change, key, *expires, once.now)? == Seen::Before {
                return Err(StoreError::Replayed);
            }
        }
        Ok(())
    }
}

impl Verifiers for SledStore {
    fn register_verifier(&self, verifier: &Verifier, event: &Event) -> Result<(), StoreError> {
        self.change(|change| {
            change.put(&self.verifiers, verifier.id.as_bytes(), verifier)?;
            self.log(change, std::slice::from_ref(event))
        })
    }

    fn withdraw_verifier(&self, id: &str, at: i64, event: &Event) -> Result<bool, StoreError> {
        self.change(|change| {
            let known = self.verifiers.get::<Verifier>(id.as_bytes())?;
            let Some(known) = known.filter(|verifier| verifier.withdrawn_at.is_none()) else {
                return Ok(false);
            };
            change.put(&self.verifiers, id.as_bytes(), &Verifier { withdrawn_at: Some(at), ..known })?;
            self.log(change, std::slice::from_ref(event))?;
            Ok(true)
        })
    }

    fn verifiers(&self) -> Result<Vec<Verifier>, StoreError> {
        self.verifiers.scan(&[]).map(|verifier| Ok(verifier?.1)).collect()
    }
}

impl Officers for SledStore {
    fn officer(&self, name: &str) -> Result<Option<Officer>, StoreError> {
        self.officers.get(name.as_bytes())
    }

    fn officers(&self) -> Result<Vec<Officer>, StoreError> {
        self.officers.scan(&[]).map(|officer| Ok(officer?.1)).collect()
    }

    fn save_officer(
        &self,
        seen: Option<&Officer>,
        officer: &Officer,
        events: &[Event],
    ) -> Result<bool, StoreError> {
        self.change(|change| {
            if self.officer(&officer.name)?.as_ref() != seen {
                return Ok(false);
            }
            change.put(&self.officers, officer.name.as_bytes(), officer)?;
            self.log(change, events)?;
            Ok(true)
        })
    }
}

impl Corrections for SledStore {
    fn request_correction(
        &self,
        correction: &Correction,
        revision: u64,
        event: &Event,
    ) -> Result<(), StoreError> {
        self.change(|change| {
            self.standing(&correction.upi)?.check_revision(&correction.upi, revision)?;
            change.put(&self.corrections, &correction.id.0, correction)?;
            change.put_key(&self.corrections_by_upi, &keys::correction(&correction.upi, correction.id));
            change.put_key(&self.open_corrections, &correction.id.0);
            self.log(change, std::slice::from_ref(event))
        })
    }

    fn correction(&self, id: &CorrectionId) -> Result<Option<Correction>, StoreError> {
        self.corrections.get(&id.0)
    }

    fn corrections_of(&self, upi: &str) -> Result<Vec<Correction>, StoreError> {
        let prefix = keys::upi_prefix(upi);
        let found = self.corrections_by_upi.keys(&prefix).map(|key| {
            let key = key?;
            self.corrections.get(key.get(prefix.len()..).unwrap_or_default())
        });
        found.filter_map(Result::transpose).collect()
    }

    fn open_corrections(
        &self,
        after: Option<&CorrectionId>,
        limit: usize,
    ) -> Result<Vec<Correction>, StoreError> {
        let after = after.map_or(&[][..], |id| &id.0[..]);
        let open =
            self.open_corrections.keys_from(after).filter(|key| !matches!(key, Ok(key) if key == after));
        let found = open.take(limit).map(|key| self.corrections.get(&key?));
        found.filter_map(Result::transpose).collect()
    }
}

impl SledStore {
    pub(super) fn forget_corrections<'a>(
        &'a self,
        change: &mut Change<'a>,
        upi: &str,
    ) -> Result<(), StoreError> {
        let prefix = keys::upi_prefix(upi);
        for key in self.corrections_by_upi.keys(&prefix) {
            let key = key?;
            let id = key.get(prefix.len()..).unwrap_or_default();
            change.remove(&self.corrections, id);
            change.remove(&self.open_corrections, id);
            change.remove(&self.corrections_by_upi, &key);
        }
        Ok(())
    }
}

impl Publications for SledStore {
    fn next_version(&self, document: Document) -> Result<u64, StoreError> {
        self.change(|change| {
            let key = [document.number()];
            let version = self.versions.get::<u64>(&key)?.unwrap_or(0) + 1;
            change.put(&self.versions, &key, &version)?;
            Ok(version)
        })
    }

    fn publish(&self, publication: &Publication, event: &Event) -> Result<(), StoreError> {
        self.change(|change| {
            let newest = self.latest(publication.document)?.map_or(0, |known| known.version);
            if publication.version <= newest {
                return Err(StoreError::OldVersion { newest, got: publication.version });
            }
            change.put(&self.publications, &[publication.document.number()], publication)?;
            self.log(change, std::slice::from_ref(event))
        })
    }

    fn published_version(&self, document: Document) -> Result<u64, StoreError> {
        Ok(self.latest(document)?.map_or(0, |newest| newest.version))
    }

    fn latest(&self, document: Document) -> Result<Option<Publication>, StoreError> {
        self.publications.get(&[document.number()])
    }

    fn shared_clock(&self) -> Result<Option<i64>, StoreError> {
        Ok(None)
    }
}

impl Audit for SledStore {
    fn events(&self, from: u64, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let entries = self.audit.keys_from(&from.to_be_bytes()).take(limit).map(|key| {
            let key = key?;
            let number = key.as_ref().try_into().map_or(u64::MAX, u64::from_be_bytes);
            let missing =
                || StoreError::UnreadableEntry { number, detail: "it is not there any more".into() };
            self.audit.get(&key).map_err(audit::unreadable(number))?.ok_or_else(missing)
        });
        entries.collect()
    }

    fn end(&self) -> Result<AuditEnd, StoreError> {
        self.audit_end()
    }

    fn log(&self, events: &[Event]) -> Result<(), StoreError> {
        self.change(|change| self.log(change, events))
    }
}
