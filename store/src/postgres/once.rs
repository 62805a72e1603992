//! One-time values in PostgreSQL.

use std::collections::HashSet;

use super::PostgresStore;
use super::failure::Failure;
use super::session::Work;
use crate::{OneTime, Seen, StoreError, UsedUp, once};

/// Keys forgotten in one transaction, so that a long memory is not one huge write.
const FORGET_AT_ONCE: i64 = 4096;

impl OneTime for PostgresStore {
    fn remember(&self, key: &[u8], expires: i64, now: i64) -> Result<Seen, StoreError> {
        once::check_key(key)?;
        let values = [(key.to_vec(), expires)];
        self.change("remembering a value", |work| use_up(work, UsedUp { values: &values, now }))
    }

    fn forget_expired(&self, now: i64) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM one_time WHERE key IN
            (SELECT key FROM one_time WHERE expires <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
        let mut forgotten = 0;
        loop {
            let here = self.change("forgetting values", |work| work.write(SQL, &[&now, &FORGET_AT_ONCE]))?;
            if here == 0 {
                return Ok(forgotten);
            }
            forgotten += here;
        }
    }
}

/// Uses up all of them.
pub(super) fn use_up_all(work: &mut Work<'_>, once: UsedUp<'_>) -> Result<(), Failure> {
    once.check()?;
    match use_up(work, once)? {
        Seen::FirstTime => Ok(()),
        Seen::Before => Err(StoreError::Replayed.into()),
    }
}

/// Remembers all of them. Where one was seen before, the transaction has to be undone.
fn use_up(work: &mut Work<'_>, once: UsedUp<'_>) -> Result<Seen, Failure> {
    // Of two that remember one key at once, the second waits here for the first; in one order, so that no third
    // waits for both.
    const SQL: &str = "INSERT INTO one_time (key, expires)
        SELECT * FROM unnest($1::bytea[], $2::bigint[]) AS new (key, expires) ORDER BY key
        ON CONFLICT (key) DO UPDATE SET expires = excluded.expires WHERE one_time.expires <= $3";
    let UsedUp { values, now } = once;
    let mut seen = HashSet::new();
    if values.is_empty() {
        return Ok(Seen::FirstTime);
    }
    if !values.iter().all(|(key, _)| seen.insert(key)) {
        return Ok(Seen::Before);
    }
    let (keys, expires): (Vec<_>, Vec<_>) =
        values.iter().map(|(key, expires)| (key.as_slice(), *expires)).unzip();
    let written = work.write(SQL, &[&keys, &expires, &now])?;
    Ok(if written < values.len() as u64 { Seen::Before } else { Seen::FirstTime })
}
