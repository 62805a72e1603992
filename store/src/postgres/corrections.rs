//! Requests for corrections in PostgreSQL.

use postgres::Row;

use super::columns::{column, corrupt};
use super::failure::Failure;
use super::session::Work;
use super::{PostgresStore, amend, log};
use crate::{Correction, CorrectionAnswer, CorrectionId, Corrections, Event, StoreError, register};

const CORRECTIONS: &str = "corrections";

macro_rules! columns {
    () => {
        "id, upi, claim, wanted, evidence, at, granted, reason, officer, answered"
    };
}

impl Corrections for PostgresStore {
    fn request_correction(
        &self,
        correction: &Correction,
        revision: u64,
        event: &Event,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO corrections (upi, id, claim, wanted, evidence, at)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let Correction { id, upi, claim, wanted, evidence, at, .. } = correction;
        self.change("keeping a request for a correction", |work| {
            amend::standing_kept(work, upi)?.check_revision(upi, revision)?;
            work.write(SQL, &[upi, &id.0.as_slice(), claim, wanted, evidence, at])?;
            log::append(work, event)
        })
    }

    fn correction(&self, id: &CorrectionId) -> Result<Option<Correction>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM corrections WHERE id = $1");
        let found = self.read("reading a correction", |work| work.row(SQL, &[&id.0.as_slice()]))?;
        found.map(|row| correction(&row)).transpose()
    }

    fn corrections_of(&self, upi: &str) -> Result<Vec<Correction>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM corrections WHERE upi = $1 ORDER BY id");
        let found = self.read("reading somebody's corrections", |work| work.rows(SQL, &[&upi]))?;
        found.iter().map(correction).collect()
    }

    fn open_corrections(
        &self,
        after: Option<&CorrectionId>,
        limit: usize,
    ) -> Result<Vec<Correction>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM corrections
            WHERE granted IS NULL AND id > $1 ORDER BY id LIMIT $2"
        );
        // No bytes at all come before every id.
        let after = after.map_or(&[] as &[u8], |id| id.0.as_slice());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.read("reading open corrections", |work| work.rows(SQL, &[&after, &limit]))?;
        found.iter().map(correction).collect()
    }
}

/// Forgets what somebody asked for.
pub(super) fn forget(work: &mut Work<'_>, upi: &str) -> Result<(), Failure> {
    work.write("DELETE FROM corrections WHERE upi = $1", &[&upi])?;
    Ok(())
}

pub(super) fn answer(
    work: &mut Work<'_>,
    id: &CorrectionId,
    answer: &CorrectionAnswer,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE corrections SET granted = $2, reason = $3, officer = $4, answered = $5
        WHERE id = $1 AND granted IS NULL";
    let CorrectionAnswer { granted, reason, officer, at } = answer;
    if work.write(SQL, &[&id.0.as_slice(), granted, reason, officer, at])? == 0 {
        return Err(StoreError::Gone { what: register::A_REQUEST }.into());
    }
    Ok(())
}

fn correction(row: &Row) -> Result<Correction, StoreError> {
    let id: &[u8] = column(row, "id", CORRECTIONS)?;
    let id = id.try_into().map_err(|_| corrupt(CORRECTIONS, "an id that is not 16 bytes".into()))?;
    let granted: Option<bool> = column(row, "granted", CORRECTIONS)?;
    let answer = |granted| {
        Ok::<_, StoreError>(CorrectionAnswer {
            granted,
            reason: column(row, "reason", CORRECTIONS)?,
            officer: column(row, "officer", CORRECTIONS)?,
            at: column(row, "answered", CORRECTIONS)?,
        })
    };
    Ok(Correction {
        id: CorrectionId(id),
        upi: column(row, "upi", CORRECTIONS)?,
        claim: column(row, "claim", CORRECTIONS)?,
        wanted: column(row, "wanted", CORRECTIONS)?,
        evidence: column(row, "evidence", CORRECTIONS)?,
        at: column(row, "at", CORRECTIONS)?,
        answer: granted.map(answer).transpose()?,
    })
}
