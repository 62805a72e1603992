//! The issuance ledger in PostgreSQL.

use std::collections::BTreeSet;

use postgres::Row;
use rand_core::CryptoRng;

use super::columns::{column, digest, number, variant, variant_number};
use super::session::Work;
use super::{PostgresStore, allocation, amend, failure::Failure, log, once, tickets};
use crate::{
    Change, Changed, Entry, Event, Ledger, ListUse, NewCopies, NewCopy, Slot, Status, StoreError, TicketKind,
    pace,
};

pub(super) const LEDGER: &str = "ledger";
const NOT_VALID: &str = "not_valid";
const PACES: &str = "paces";

/// Statuses forgotten in one transaction, so that a long memory is not one huge write.
const FORGET_AT_ONCE: i64 = 4096;

impl Ledger for PostgresStore {
    fn record(
        &self,
        new: &NewCopies<'_>,
        rng: &mut dyn CryptoRng,
        events: &[Event],
    ) -> Result<Vec<Slot>, StoreError> {
        self.change("recording copies", |work| {
            once::use_up_all(work, new.once)?;
            amend::check_standings(work, new)?;
            keep_pace(work, new)?;
            let allocated = allocation::allocate(work, new.copies, new.list_size, rng)?;
            enter(work, new.copies, &allocated.slots)?;
            // What everybody counts on comes last.
            allocated.record(work)?;
            log::append_all(work, events)?;
            Ok(allocated.slots)
        })
    }

    fn entries_of(&self, upi: &str) -> Result<Vec<Entry>, StoreError> {
        const SQL: &str =
            "SELECT upi, list, idx, credential_type, holder_key, valid_from, valid_until, status
            FROM ledger WHERE upi = $1 ORDER BY list, idx";
        let found = self.read("reading a person's entries", |work| work.rows(SQL, &[&upi]))?;
        found.iter().map(entry).collect()
    }

    fn change_status(
        &self,
        upi: &str,
        credential_type: Option<&str>,
        wanted: Change,
        event: &Event,
    ) -> Result<Changed, StoreError> {
        const ALL: &str = "SELECT list, idx, status, valid_until FROM ledger
            WHERE upi = $1 AND ($2::text IS NULL OR credential_type = $2) ORDER BY list, idx FOR UPDATE";
        self.change("changing a status", |work| {
            // First, as everybody else does: copies and tokens wait for it that would be made meanwhile.
            amend::withhold(work, upi, credential_type, wanted)?;
            let mut changed = Changed::default();
            let mut now = NewStatuses::default();
            for row in work.rows(ALL, &[&upi, &credential_type])? {
                let before: Status = variant(&row, "status", LEDGER)?;
                changed.count(before, wanted);
                if before != before.after(wanted) {
                    now.push(&row, before.after(wanted))?;
                }
            }
            let mut lists = BTreeSet::new();
            now.write(work, upi, &mut lists)?;
            if wanted == Change::Revoke {
                changed.withdrawn = tickets::withdraw(work, upi, &TicketKind::GRANTS)?;
            }
            count_changes(work, &lists)?;
            log::append(work, event)?;
            Ok(changed)
        })
    }

    fn lists(&self) -> Result<Vec<ListUse>, StoreError> {
        const SQL: &str = "SELECT list, size, used, valid_until, changes FROM status_lists ORDER BY list";
        let found = self.read("reading the status lists", |work| work.rows(SQL, &[]))?;
        found.iter().map(allocation::list_use).collect()
    }

    fn not_valid(&self, list: u32) -> Result<Vec<(u32, Status)>, StoreError> {
        const SQL: &str = "SELECT idx, status FROM not_valid WHERE list = $1 ORDER BY idx";
        let Ok(list) = i32::try_from(list) else { return Ok(Vec::new()) };
        let found = self.read("reading a status list", |work| work.rows(SQL, &[&list]))?;
        let status = |row| Ok((number::<i32, _>(row, "idx", NOT_VALID)?, variant(row, "status", NOT_VALID)?));
        found.iter().map(status).collect()
    }

    fn forget_statuses(&self, ended: i64) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM not_valid WHERE (list, idx) IN
            (SELECT list, idx FROM not_valid WHERE valid_until <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING list";
        let mut forgotten = 0;
        loop {
            let here = self.change("forgetting statuses", |work| {
                let rows = work.rows(SQL, &[&ended, &FORGET_AT_ONCE])?;
                let lists = rows.iter().map(|row| column(row, "list", NOT_VALID));
                count_changes(work, &lists.collect::<Result<_, _>>()?)?;
                Ok(rows.len() as u64)
            })?;
            if here == 0 {
                return Ok(forgotten);
            }
            forgotten += here;
        }
    }
}

/// Tells that lists were changed, so that the next edition reads them. Whoever changes or counts in one of them waits from here
/// to the end of the transaction: in one order, so that no two wait for each other.
pub(super) fn count_changes(work: &mut Work<'_>, lists: &BTreeSet<i32>) -> Result<(), Failure> {
    const SQL: &str = "UPDATE status_lists SET changes = changes + 1
        FROM (SELECT list FROM status_lists WHERE list = ANY($1) ORDER BY list FOR UPDATE) AS locked
        WHERE status_lists.list = locked.list";
    if !lists.is_empty() {
        work.write(SQL, &[&lists.iter().collect::<Vec<_>>()])?;
    }
    Ok(())
}

/// Counts what each person gets, as [`Pace::after`](crate::Pace) does: of two that count at once, the second waits here and
/// counts on. In one order, so that no two wait for each other.
fn keep_pace(work: &mut Work<'_>, new: &NewCopies<'_>) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO paces (upi, credential_type, free_at)
        SELECT upi, credential_type, $4 + seconds
            FROM unnest($1::text[], $2::text[], $3::bigint[]) AS new (upi, credential_type, seconds)
            ORDER BY upi COLLATE \"C\", credential_type COLLATE \"C\"
        ON CONFLICT (upi, credential_type) DO UPDATE SET free_at = excluded.free_at - $4
            + CASE WHEN paces.free_at BETWEEN $4 AND $5 THEN paces.free_at ELSE $4 END
        RETURNING upi, credential_type, free_at";
    let Some(pace) = new.pace else { return Ok(()) };
    let now = new.once.now;
    let counted = pace::counted(new.copies);
    let (upis, kinds): (Vec<_>, Vec<_>) = counted.keys().copied().unzip();
    let seconds: Vec<_> = counted.values().map(|copies| pace.seconds_for(*copies)).collect();
    for row in work.rows(SQL, &[&upis, &kinds, &seconds, &now, &pace.latest(now)])? {
        let [upi, kind] = ["upi", "credential_type"].map(|name| column::<String>(&row, name, PACES));
        pace.check(&upi?, &kind?, column(&row, "free_at", PACES)?, now)?;
    }
    Ok(())
}

fn enter(work: &mut Work<'_>, copies: &[NewCopy], slots: &[Slot]) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO ledger
            (upi, list, idx, credential_type, holder_key, valid_from, valid_until, status)
        SELECT *, $8 FROM
            unnest($1::text[], $2::integer[], $3::integer[], $4::text[], $5::bytea[], $6::bigint[], $7::bigint[])";
    let (lists, indices) = allocation::as_columns(slots)?;
    let upis: Vec<_> = copies.iter().map(|copy| copy.upi.as_str()).collect();
    let types: Vec<_> = copies.iter().map(|copy| copy.credential_type.as_str()).collect();
    let keys: Vec<_> = copies.iter().map(|copy| copy.holder_key.as_slice()).collect();
    let from: Vec<_> = copies.iter().map(|copy| copy.valid_from).collect();
    let until: Vec<_> = copies.iter().map(|copy| copy.valid_until).collect();
    let valid = variant_number(&Status::Valid, LEDGER)?;
    work.write(SQL, &[&upis, &lists, &indices, &types, &keys, &from, &until, &valid])?;
    Ok(())
}

/// Entries of one person whose status becomes another one, as columns.
#[derive(Default)]
pub(super) struct NewStatuses {
    lists: Vec<i32>,
    indices: Vec<i32>,
    statuses: Vec<i16>,
    ends: Vec<i64>,
}

impl NewStatuses {
    pub(super) fn push(&mut self, row: &Row, status: Status) -> Result<(), StoreError> {
        self.lists.push(column(row, "list", LEDGER)?);
        self.indices.push(column(row, "idx", LEDGER)?);
        self.statuses.push(variant_number(&status, LEDGER)?);
        self.ends.push(column(row, "valid_until", LEDGER)?);
        Ok(())
    }

    /// Gives the lists that were changed by it.
    pub(super) fn write(
        &self,
        work: &mut Work<'_>,
        upi: &str,
        changed: &mut BTreeSet<i32>,
    ) -> Result<(), Failure> {
        const CHANGE: &str = "UPDATE ledger SET status = new.status
            FROM unnest($2::integer[], $3::integer[], $4::smallint[]) AS new (list, idx, status)
            WHERE ledger.upi = $1 AND ledger.list = new.list AND ledger.idx = new.idx";
        const PUBLISH: &str = "INSERT INTO not_valid (list, idx, status, valid_until)
            SELECT list, idx, status, valid_until
            FROM unnest($1::integer[], $2::integer[], $3::smallint[], $5::bigint[]) AS new (list, idx, status, valid_until)
            WHERE status <> $4
            ON CONFLICT (list, idx) DO UPDATE SET status = excluded.status";
        const CLEAR: &str = "DELETE FROM not_valid
            USING unnest($1::integer[], $2::integer[], $3::smallint[]) AS new (list, idx, status)
            WHERE not_valid.list = new.list AND not_valid.idx = new.idx AND new.status = $4";
        if self.lists.is_empty() {
            return Ok(());
        }
        let Self { lists, indices, statuses, ends } = self;
        let valid = variant_number(&Status::Valid, LEDGER)?;
        work.write(CHANGE, &[&upi, lists, indices, statuses])?;
        work.write(PUBLISH, &[lists, indices, statuses, &valid, ends])?;
        work.write(CLEAR, &[lists, indices, statuses, &valid])?;
        changed.extend(lists);
        Ok(())
    }
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        upi: column(row, "upi", LEDGER)?,
        credential_type: column(row, "credential_type", LEDGER)?,
        holder_key: digest(row, "holder_key", LEDGER)?,
        valid_from: column(row, "valid_from", LEDGER)?,
        valid_until: column(row, "valid_until", LEDGER)?,
        slot: Slot {
            list: number::<i32, _>(row, "list", LEDGER)?,
            index: number::<i32, _>(row, "idx", LEDGER)?,
        },
        status: variant(row, "status", LEDGER)?,
    })
}
