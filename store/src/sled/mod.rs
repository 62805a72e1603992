//! Everything in sled 0.34, on one machine.
//!
//! Writers take turns under one lock; a change is one transaction over its trees and is flushed before it is
//! acknowledged. The flush comes after the lock is free, and is one for all that wait for it: sled's log is in the
//! order of the changes, so what is flushed has all before it on disk. Readers never wait.

mod change;
mod gather;
mod indices;
mod keys;
mod ledger;
mod private;
mod register;
mod rest;
mod table;
mod tickets;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use self::change::Change;
use self::table::Table;
use crate::{AuditEnd, Event, Logged, StoreError};

/// Bytes of cache: sled's default of 1 GiB is too much beside a service.
const CACHE_BYTES: u64 = 64 << 20;

/// The only record of its table.
const END: &[u8] = b"end";

const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A store in a folder. One process at a time has it open.
pub struct SledStore {
    db: ::sled::Db,
    place: String,
    writer: Mutex<()>,
    /// Changes made, and up to which of them the disk has all.
    made: AtomicU64,
    flushed: Mutex<u64>,
    /// Of the list that is open, once it was asked for.
    taken: Mutex<Option<ledger::Taken>>,
    people: Table,
    standings: Table,
    by_birthdate: Table,
    by_id_number: Table,
    by_phone: Table,
    by_names: Table,
    by_change: Table,
    changes: Table,
    importing: AtomicBool,
    indices: Table,
    feeds: Table,
    quarantine: Table,
    quarantine_by_upi: Table,
    decisions: Table,
    batches: Table,
    by_upi: Table,
    not_valid: Table,
    not_valid_by_expiry: Table,
    lists: Table,
    paces: Table,
    once: Table,
    once_by_expiry: Table,
    tickets: Table,
    tickets_by_owner: Table,
    tickets_by_expiry: Table,
    officers: Table,
    corrections: Table,
    corrections_by_upi: Table,
    open_corrections: Table,
    verifiers: Table,
    versions: Table,
    publications: Table,
    audit: Table,
    audit_end: Table,
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
        let store = Self {
            people: table("people")?,
            standings: table("standings")?,
            by_phone: table("people-by-phone")?,
            by_names: table("people-by-names")?,
            by_change: table("people-by-change")?,
            changes: table("people-changes")?,
            importing: AtomicBool::new(false),
            indices: table("indices")?,
            feeds: table("feeds")?,
            tickets: table("tickets")?,
            tickets_by_owner: table("tickets-by-owner")?,
            tickets_by_expiry: table("tickets-by-expiry")?,
            officers: table("officers")?,
            corrections: table("corrections")?,
            corrections_by_upi: table("corrections-by-upi")?,
            open_corrections: table("corrections-open")?,
            by_birthdate: table("people-by-birthdate")?,
            by_id_number: table("people-by-id-number")?,
            quarantine: table("quarantine")?,
            quarantine_by_upi: table("quarantine-by-upi")?,
            decisions: table("decisions")?,
            batches: table("ledger-batches")?,
            by_upi: table("ledger-batches-by-upi")?,
            not_valid: table("ledger-not-valid")?,
            not_valid_by_expiry: table("ledger-not-valid-by-expiry")?,
            lists: table("status-lists")?,
            paces: table("paces")?,
            once: table("one-time")?,
            once_by_expiry: table("one-time-by-expiry")?,
            verifiers: table("verifiers")?,
            versions: table("versions")?,
            publications: table("publications")?,
            audit: table("audit")?,
            audit_end: table("audit-end")?,
            writer: Mutex::new(()),
            made: AtomicU64::new(0),
            flushed: Mutex::new(0),
            taken: Mutex::new(None),
            db,
            place,
        };
        store.find_audit_end()?;
        store.complete_indices()?;
        store.gather_copies()?;
        store.find_ends()?;
        Ok(store)
    }

    /// Makes a change: what `task` puts together from what it reads, or nothing where it gives an error. When
    /// this returns, the change is on disk.
    fn change<'a, T>(
        &'a self,
        task: impl FnOnce(&mut Change<'a>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (done, number) = {
            // The lock guards no data, so a poisoned one is as good.
            let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let mut change = Change::default();
            let done = task(&mut change)?;
            if change.is_empty() {
                return Ok(done);
            }
            change.apply(&self.place)?;
            (done, self.made.fetch_add(1, Ordering::Relaxed) + 1)
        };
        self.flush(number)?;
        Ok(done)
    }

    /// Waits until the disk has this change. Whoever comes first flushes for all who wait.
    fn flush(&self, number: u64) -> Result<(), StoreError> {
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        if *flushed >= number {
            return Ok(());
        }
        let made = self.made.load(Ordering::Relaxed);
        self.db.flush().map_err(|error| backend("flushing", error, &self.place))?;
        *flushed = made;
        Ok(())
    }

    fn log<'a>(&'a self, change: &mut Change<'a>, events: &[Event]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        // Not after the last event that is there: one that was removed would be made up for.
        let mut end = self.audit_end()?;
        for event in events {
            let logged = end.follow(event)?;
            change.put(&self.audit, &logged.number.to_be_bytes(), &logged)?;
            end = AuditEnd::from(&logged);
        }
        change.put(&self.audit_end, END, &end)
    }

    fn audit_end(&self) -> Result<AuditEnd, StoreError> {
        Ok(self.audit_end.get(END)?.unwrap_or_default())
    }

    /// In a store that an older version of this program wrote, the end is where the events end.
    fn find_audit_end(&self) -> Result<(), StoreError> {
        if self.audit_end.has(END)? {
            return Ok(());
        }
        let Some(newest) = self.audit.last::<Logged>()? else { return Ok(()) };
        self.change(|change| change.put(&self.audit_end, END, &AuditEnd::from(&newest)))
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
