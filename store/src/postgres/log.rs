//! The audit in PostgreSQL: one chain, whoever appends.

use postgres::Row;

use super::PostgresStore;
use super::columns::{column, corrupt, digest, number, unwritable, variant, variant_number};
use super::failure::Failure;
use super::session::Work;
use crate::{Audit, AuditEnd, Event, Logged, StoreError, audit};

const AUDIT: &str = "audit";
const END: &str = "audit_end";

impl Audit for PostgresStore {
    fn events(&self, from: u64, limit: usize) -> Result<Vec<Logged>, StoreError> {
        const SQL: &str = "SELECT number, at, actor, action, subject, digest FROM audit
            WHERE number >= $1 ORDER BY number LIMIT $2";
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.read("reading the audit", |work| work.rows(SQL, &[&from, &limit]))?;
        found.iter().map(logged).collect()
    }

    fn end(&self) -> Result<AuditEnd, StoreError> {
        const SQL: &str = "SELECT number, digest FROM audit_end";
        let found = self.read("reading the end of the audit", |work| work.row(SQL, &[]))?;
        let row = found.ok_or_else(|| corrupt(END, "it is empty".into()))?;
        Ok(AuditEnd { entries: number::<i64, _>(&row, "number", END)?, digest: digest(&row, "digest", END)? })
    }

    fn log(&self, events: &[Event]) -> Result<(), StoreError> {
        self.change("appending to the audit", |work| append_all(work, events))
    }
}

pub(super) fn append_all(work: &mut Work<'_>, events: &[Event]) -> Result<(), Failure> {
    events.iter().try_for_each(|event| append(work, event))
}

/// Appends an event. It comes last in its transaction: from here to the commit every other change waits, and
/// for no round trip more than that. So the digest is taken where its predecessor is, in the database, from
/// the same bytes as [`AuditEnd::follow`] takes it.
pub(super) fn append(work: &mut Work<'_>, event: &Event) -> Result<(), Failure> {
    const SQL: &str = "
        WITH place AS (
            UPDATE audit_end
            SET number = number + 1, digest = sha256(digest || int8send(number) || $1)
            RETURNING number - 1 AS number, digest
        )
        INSERT INTO audit (number, digest, at, actor, action, subject)
        SELECT number, digest, $2, $3, $4, $5 FROM place";
    let encoded = minicbor::to_vec(event).map_err(|error| unwritable(AUDIT, error))?;
    let action = variant_number(&event.action, AUDIT)?;
    let appended = work.write(SQL, &[&encoded, &event.at, &event.actor, &action, &event.subject])?;
    if appended != 1 {
        let detail = format!("audit_end has {appended} rows, expected 1");
        return Err(StoreError::Corrupt { tree: AUDIT, detail }.into());
    }
    Ok(())
}

fn logged(row: &Row) -> Result<Logged, StoreError> {
    let number = number::<i64, _>(row, "number", AUDIT)?;
    let logged = || {
        Ok(Logged {
            number,
            event: Event {
                at: column(row, "at", AUDIT)?,
                actor: column(row, "actor", AUDIT)?,
                action: variant(row, "action", AUDIT)?,
                subject: column(row, "subject", AUDIT)?,
            },
            digest: digest(row, "digest", AUDIT)?,
        })
    };
    logged().map_err(audit::unreadable(number))
}
