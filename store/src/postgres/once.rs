//! One-time values in PostgreSQL.

use super::PostgresStore;
use super::failure::Failure;
use super::session::Work;
use crate::{OneTime, Seen, StoreError, once};

/// Keys forgotten in one transaction, so that a long memory is not one huge write.
const FORGET_AT_ONCE: i64 = 4096;

impl OneTime for PostgresStore {
    fn remember(&self, key: &[u8], expires: i64, now: i64) -> Result<Seen, StoreError> {
        once::check_key(key)?;
        self.change("remembering a value", |work| use_up(work, key, expires, now))
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

pub(super) fn use_up(work: &mut Work<'_>, key: &[u8], expires: i64, now: i64) -> Result<Seen, Failure> {
    // Of two that remember one key at once, the second waits here for the first.
    const SQL: &str = "INSERT INTO one_time (key, expires) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET expires = excluded.expires WHERE one_time.expires <= $3";
    let written = work.write(SQL, &[&key, &expires, &now])?;
    Ok(if written == 0 { Seen::Before } else { Seen::FirstTime })
}
