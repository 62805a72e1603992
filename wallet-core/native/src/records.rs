//! Sealed records in sled 0.34: one tree, each step one batch that is flushed before it counts as done.

use std::path::Path;
use std::time::Duration;

use hati_wallet_core::Change;

use crate::Error;

/// A wallet has some hundred records of some kilobytes, and one bundle.
const CACHE_BYTES: u64 = 16 << 20;

/// sled lets go of its lock a moment after a database is dropped, so opening waits for up to a second.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Records {
    db: sled::Db,
}

impl Records {
    /// Opens the records, or makes an empty folder of them. One process at a time has them open.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let config = sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            // Every step is flushed before it is acknowledged, so nothing is left for a timer.
            .flush_every_ms(None);
        match open_when_free(&config) {
            Ok(db) => Ok(Self { db }),
            Err(error) if is_locked(&error) => Err(Error::InUse { folder: folder.to_owned() }),
            Err(error) => Err(error.into()),
        }
    }

    /// Every record with its name.
    pub(crate) fn all(&self) -> Result<Vec<(String, sled::IVec)>, Error> {
        let record = |found: sled::Result<(sled::IVec, sled::IVec)>| {
            let (name, sealed) = found?;
            Ok((String::from_utf8_lossy(&name).into_owned(), sealed))
        };
        self.db.iter().map(record).collect()
    }

    /// Stores all changes of a step, or none; on disk when this returns.
    pub(crate) fn store(&self, changes: Vec<Change>) -> Result<(), Error> {
        let mut batch = sled::Batch::default();
        for change in changes {
            match change {
                Change::Put { name, sealed } => batch.insert(name.as_bytes(), sealed),
                Change::Delete { name } => batch.remove(name.as_bytes()),
            }
        }
        self.db.apply_batch(batch)?;
        self.db.flush()?;
        Ok(())
    }
}

fn open_when_free(config: &sled::Config) -> sled::Result<sled::Db> {
    for _ in 0..LOCK_TRIES {
        match config.open() {
            Err(error) if is_locked(&error) => std::thread::sleep(LOCK_PAUSE),
            outcome => return outcome,
        }
    }
    config.open()
}

fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(io) if io.to_string().contains("could not acquire lock"))
}
