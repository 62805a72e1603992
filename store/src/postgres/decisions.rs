//! Decisions on quarantined rows in PostgreSQL.

use postgres::Row;

use super::columns::{column, corrupt, digest};
use super::failure::Failure;
use super::session::Work;
use crate::{Decided, DecisionId, StoreError};

const DECISIONS: &str = "decisions";

pub(super) fn keep(work: &mut Work<'_>, decided: &Decided) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO decisions (upi, id, row_id, decision, reason, officer, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let Decided { id, upi, row, decision, reason, officer, at } = decided;
    work.write(SQL, &[upi, &id.0.as_slice(), &row.as_slice(), decision, reason, officer, at])?;
    Ok(())
}

pub(super) fn on(work: &mut Work<'_>, upi: &str) -> Result<Vec<Decided>, Failure> {
    const SQL: &str =
        "SELECT id, upi, row_id, decision, reason, officer, at FROM decisions WHERE upi = $1 ORDER BY id";
    let found = work.rows(SQL, &[&upi])?;
    Ok(found.iter().map(decided).collect::<Result<_, _>>()?)
}

fn decided(row: &Row) -> Result<Decided, StoreError> {
    let id: &[u8] = column(row, "id", DECISIONS)?;
    let id = id.try_into().map_err(|_| corrupt(DECISIONS, "an id that is not 16 bytes".into()))?;
    Ok(Decided {
        id: DecisionId(id),
        upi: column(row, "upi", DECISIONS)?,
        row: digest(row, "row_id", DECISIONS)?,
        decision: column(row, "decision", DECISIONS)?,
        reason: column(row, "reason", DECISIONS)?,
        officer: column(row, "officer", DECISIONS)?,
        at: column(row, "at", DECISIONS)?,
    })
}
