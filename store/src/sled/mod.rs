//! Everything in sled 0.34, on one machine.
//!
//! Writers take turns under one lock; a change is one transaction over its trees and is flushed before it is
//! acknowledged. Readers never wait.

mod change;
mod keys;
mod ledger;
mod private;
mod register;
mod rest;
mod table;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::change::Change;
use self::table::Table;
use crate::{Event, Logged, StoreError};

/// Bytes of cache: sled's default of 1 GiB is too much beside a service.
const CACHE_BYTES: u64 = 64 << 20;

const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A store in a folder. One process at a time has it open.
pub struct SledStore {
    db: ::sled::Db,
    place: String,
    writer: Mutex<()>,
    people: Table,
    by_birthdate: Table,
    by_id_number: Table,
    quarantine: Table,
    entries: Table,
    by_upi: Table,
    not_valid: Table,
    lists: Table,
    once: Table,
    once_by_expiry: Table,
    verifiers: Table,
    versions: Table,
    publications: Table,
    audit: Table,
}

impl SledStore {
    /// Opens the store in a folder, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] if another process has it open.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let place = folder.display().to_string();
        let config = ::sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .mode(::sled::Mode::HighThroughput)
            // Every change is flushed before it is acknowledged, so nothing is left for a timer.
            .flush_every_ms(None);
        private::make_folder(folder).map_err(|error| opening(error.into(), &place))?;
        let db = open_when_free(&config).map_err(|error| opening(error, &place))?;
        private::restrict(folder).map_err(|error| opening(error.into(), &place))?;
        let table = |name| Table::open(&db, name, &place);
        Ok(Self {
            people: table("people")?,
            by_birthdate: table("people-by-birthdate")?,
            by_id_number: table("people-by-id-number")?,
            quarantine: table("quarantine")?,
            entries: table("ledger")?,
            by_upi: table("ledger-by-upi")?,
            not_valid: table("ledger-not-valid")?,
            lists: table("status-lists")?,
            once: table("one-time")?,
            once_by_expiry: table("one-time-by-expiry")?,
            verifiers: table("verifiers")?,
            versions: table("versions")?,
            publications: table("publications")?,
            audit: table("audit")?,
            writer: Mutex::new(()),
            db,
            place,
        })
    }

    /// Held from the first read to the commit of a change. It guards no data, so a poisoned one is as good.
    fn writing(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log<'a>(&'a self, change: &mut Change<'a>, event: &Event) -> Result<(), StoreError> {
        let newest = self.audit.last::<Logged>()?;
        let logged = Logged::follow(newest.as_ref(), event)?;
        change.put(&self.audit, &logged.number.to_be_bytes(), &logged)
    }

    fn commit(&self, change: Change<'_>) -> Result<(), StoreError> {
        change.apply(&self.place)?;
        self.db.flush().map_err(|error| backend("flushing", error, &self.place))?;
        Ok(())
    }
}

impl std::fmt::Debug for SledStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SledStore({})", self.place)
    }
}

/// Tries for a second while the lock is held: sled's threads let go of it a moment after a store is dropped, and
/// a command that another one precedes need not fail.
fn open_when_free(config: &::sled::Config) -> ::sled::Result<::sled::Db> {
    for _ in 0..LOCK_TRIES {
        match config.open() {
            Err(error) if is_locked(&error) => std::thread::sleep(LOCK_PAUSE),
            outcome => return outcome,
        }
    }
    config.open()
}

fn is_locked(error: &::sled::Error) -> bool {
    matches!(error, ::sled::Error::Io(io) if io.to_string().contains("could not acquire lock"))
}

fn opening(error: ::sled::Error, place: &str) -> StoreError {
    if is_locked(&error) {
        return StoreError::InUse { place: place.to_owned() };
    }
    backend("opening", error, place)
}

fn backend(action: &'static str, error: ::sled::Error, place: &str) -> StoreError {
    StoreError::Backend { action, place: place.to_owned(), source: Box::new(error) }
}
