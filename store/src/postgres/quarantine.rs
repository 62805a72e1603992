//! Rows that wait for an officer, and those that were dismissed, in PostgreSQL.

use postgres::Row;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::{ToSql, Type};

use super::columns::{column, corrupt, digest, narrow};
use super::failure::Failure;
use super::people::{TYPES, Values, columns, person};
use super::session::Work;
use crate::{QuarantineId, Quarantined, Reason, StoreError, register};

const QUARANTINE: &str = "quarantine";

/// The columns of a row beside those of the person that it tells of.
macro_rules! row_columns {
    () => {
        "id, differs_in, duplicate_of, likeness, at, source, is_behind"
    };
}
pub(super) use row_columns;

pub(super) fn keep(work: &mut Work<'_>, rows: &[&Quarantined]) -> Result<(), Failure> {
    const ARRIVE: &str = concat!(
        "COPY arriving_quarantine (",
        columns!(),
        ", ",
        row_columns!(),
        ") FROM STDIN (FORMAT binary)"
    );
    const KEEP: &str = concat!(
        "INSERT INTO quarantine (",
        columns!(),
        ", ",
        row_columns!(),
        ") SELECT ",
        columns!(),
        ", ",
        row_columns!(),
        " FROM arriving_quarantine AS new
        WHERE NOT EXISTS (SELECT FROM dismissed WHERE dismissed.upi = new.upi AND dismissed.id = new.id)
        ORDER BY upi, id ON CONFLICT DO NOTHING"
    );
    if rows.is_empty() {
        return Ok(());
    }
    work.write("TRUNCATE arriving_quarantine", &[])?;
    let types = [Type::BYTEA, Type::TEXT_ARRAY, Type::TEXT, Type::INT4, Type::INT8, Type::TEXT, Type::BOOL];
    let types: Vec<_> = TYPES.into_iter().chain(types).collect();
    let mut copy = BinaryCopyInWriter::new(work.client.copy_in(ARRIVE)?, &types);
    for row in rows {
        let id = row.id()?;
        let id = id.0.as_slice();
        let (differs_in, duplicate_of, likeness) = match &row.reason {
            Reason::UpiTaken { differs } | Reason::UpiWaiting { differs } => (Some(differs), None, None),
            Reason::LikelyDuplicate { of, likeness } => (None, Some(of), Some(i32::from(*likeness))),
            Reason::SameIdNumber { of } => (None, Some(of), None),
        };
        let is_behind = matches!(row.reason, Reason::UpiWaiting { .. });
        let reason: [&(dyn ToSql + Sync); 7] =
            [&id, &differs_in, &duplicate_of, &likeness, &row.at, &row.source, &is_behind];
        let person = Values::of(&row.person, QUARANTINE)?;
        let values: Vec<_> = person.all().into_iter().chain(reason).collect();
        copy.write(&values)?;
    }
    copy.finish()?;
    work.write(KEEP, &[])?;
    Ok(())
}

pub(super) fn resolve(work: &mut Work<'_>, id: &QuarantineId) -> Result<(), Failure> {
    decide(work, "DELETE FROM quarantine WHERE id = $1", id)
}

pub(super) fn dismiss(work: &mut Work<'_>, id: &QuarantineId) -> Result<(), Failure> {
    const SQL: &str = "WITH row AS (DELETE FROM quarantine WHERE id = $1 RETURNING upi, id)
        INSERT INTO dismissed (upi, id) SELECT upi, id FROM row";
    decide(work, SQL, id)
}

fn decide(work: &mut Work<'_>, sql: &'static str, id: &QuarantineId) -> Result<(), Failure> {
    match work.write(sql, &[&id.0.as_slice()])? {
        0 => Err(StoreError::Gone { what: register::A_ROW }.into()),
        _ => Ok(()),
    }
}

pub(super) fn with_id(row: &Row) -> Result<(QuarantineId, Quarantined), StoreError> {
    Ok((QuarantineId(digest(row, "id", QUARANTINE)?), quarantined(row)?))
}

pub(super) fn quarantined(row: &Row) -> Result<Quarantined, StoreError> {
    let differs_in: Option<_> = column(row, "differs_in", QUARANTINE)?;
    let reason = match differs_in {
        Some(differs) if column(row, "is_behind", QUARANTINE)? => Reason::UpiWaiting { differs },
        Some(differs) => Reason::UpiTaken { differs },
        None => duplicate(row)?,
    };
    Ok(Quarantined {
        person: person(row, QUARANTINE)?,
        reason,
        at: column(row, "at", QUARANTINE)?,
        source: column(row, "source", QUARANTINE)?,
    })
}

fn duplicate(row: &Row) -> Result<Reason, StoreError> {
    let missing = |_| corrupt(QUARANTINE, "a row without a reason".into());
    let of = column(row, "duplicate_of", QUARANTINE).map_err(missing)?;
    let likeness: Option<i32> = column(row, "likeness", QUARANTINE)?;
    Ok(match likeness {
        Some(likeness) => Reason::LikelyDuplicate { of, likeness: narrow(likeness, QUARANTINE)? },
        None => Reason::SameIdNumber { of },
    })
}

/// A column of ids.
pub(super) fn ids(row: &Row, name: &str) -> Result<Vec<QuarantineId>, StoreError> {
    let ids: Vec<&[u8]> = column(row, name, QUARANTINE)?;
    let id = |bytes: &[u8]| {
        let wrong = |_| corrupt(QUARANTINE, format!("an id is {} bytes, expected 32", bytes.len()));
        Ok(QuarantineId(bytes.try_into().map_err(wrong)?))
    };
    ids.into_iter().map(id).collect()
}
