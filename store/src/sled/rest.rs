//! One-time values, verifiers, publications and the audit in sled.

use super::{SledStore, change::Change, keys};
use crate::{
    Audit, Document, Event, Logged, OneTime, Publication, Publications, Seen, StoreError, Verifier,
    Verifiers, once,
};

/// Keys forgotten in one transaction, so that a long memory is not one huge write.
const FORGET_AT_ONCE: usize = 4096;

impl OneTime for SledStore {
    fn remember(&self, key: &[u8], expires: i64, now: i64) -> Result<Seen, StoreError> {
        once::check_key(key)?;
        let _writing = self.writing();
        let mut change = Change::default();
        match self.once.get::<i64>(key)? {
            Some(known) if known > now => return Ok(Seen::Before),
            Some(known) => change.remove(&self.once_by_expiry, &keys::by_expiry(known, key)),
            None => {}
        }
        change.put(&self.once, key, &expires)?;
        change.put_key(&self.once_by_expiry, &keys::by_expiry(expires, key));
        self.commit(change)?;
        Ok(Seen::FirstTime)
    }

    fn forget_expired(&self, now: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let _writing = self.writing();
            let mut change = Change::default();
            let mut here = 0;
            for key in self.once_by_expiry.keys(&[]).take(FORGET_AT_ONCE) {
                let key = key?;
                let Some((_, value)) = keys::expiry_of(&key).filter(|(expires, _)| *expires <= now) else {
                    break;
                };
                change.remove(&self.once, value);
                change.remove(&self.once_by_expiry, &key);
                here += 1;
            }
            if here == 0 {
                return Ok(forgotten);
            }
            self.commit(change)?;
            forgotten += here;
        }
    }
}

impl Verifiers for SledStore {
    fn register_verifier(&self, verifier: &Verifier, event: &Event) -> Result<(), StoreError> {
        let _writing = self.writing();
        let mut change = Change::default();
        change.put(&self.verifiers, verifier.id.as_bytes(), verifier)?;
        self.log(&mut change, event)?;
        self.commit(change)
    }

    fn withdraw_verifier(&self, id: &str, at: i64, event: &Event) -> Result<bool, StoreError> {
        let _writing = self.writing();
        let known = self.verifiers.get::<Verifier>(id.as_bytes())?;
        let Some(known) = known.filter(|verifier| verifier.withdrawn_at.is_none()) else {
            return Ok(false);
        };
        let mut change = Change::default();
        change.put(&self.verifiers, id.as_bytes(), &Verifier { withdrawn_at: Some(at), ..known })?;
        self.log(&mut change, event)?;
        self.commit(change)?;
        Ok(true)
    }

    fn verifiers(&self) -> Result<Vec<Verifier>, StoreError> {
        self.verifiers.scan(&[]).map(|verifier| Ok(verifier?.1)).collect()
    }
}

impl Publications for SledStore {
    fn next_version(&self, document: Document) -> Result<u64, StoreError> {
        let _writing = self.writing();
        let key = [document.number()];
        let version = self.versions.get::<u64>(&key)?.unwrap_or(0) + 1;
        let mut change = Change::default();
        change.put(&self.versions, &key, &version)?;
        self.commit(change)?;
        Ok(version)
    }

    fn publish(&self, publication: &Publication, event: &Event) -> Result<(), StoreError> {
        let _writing = self.writing();
        let newest = self.latest(publication.document)?.map_or(0, |known| known.version);
        if publication.version <= newest {
            return Err(StoreError::OldVersion { newest, got: publication.version });
        }
        let mut change = Change::default();
        change.put(&self.publications, &[publication.document.number()], publication)?;
        self.log(&mut change, event)?;
        self.commit(change)
    }

    fn latest(&self, document: Document) -> Result<Option<Publication>, StoreError> {
        self.publications.get(&[document.number()])
    }
}

impl Audit for SledStore {
    fn events(&self, from: u64, limit: usize) -> Result<Vec<Logged>, StoreError> {
        self.audit.from(&from.to_be_bytes()).take(limit).map(|logged| Ok(logged?.1)).collect()
    }
}
