//! Calls that admit or amend people come one after the other, and imports too.

use std::collections::HashMap;

use super::columns::{column, corrupt, narrow, number as number_of};
use super::failure::Failure;
use super::schema::IMPORT_LOCK;
use super::session::Work;
use crate::{RegisterChange, register};

const CHANGES: &str = "people_changes";
const PEOPLE: &str = "people";

/// Makes a call that admits or amends people the next one, if it may be. Others wait until it is done, and it sees what
/// those before it did, because each statement does. Gives its number, or 0 for a call that does not count.
pub(super) fn begin(work: &mut Work<'_>, changes: &[RegisterChange]) -> Result<i64, Failure> {
    const NEXT: &str = "UPDATE people_changes SET number = number + 1 RETURNING number - 1 AS number";
    if !register::is_counted(changes) {
        return Ok(0);
    }
    let row = work.row(NEXT, &[])?.ok_or_else(|| corrupt(CHANGES, "it is empty".into()))?;
    let number = register::number(changes, number_of::<i64, _>(&row, "number", CHANGES)?)?;
    check_id_numbers(work, changes)?;
    Ok(narrow(number.unwrap_or_default(), CHANGES)?)
}

fn check_id_numbers(work: &mut Work<'_>, changes: &[RegisterChange]) -> Result<(), Failure> {
    const HOLDERS: &str = "SELECT upi, id_number FROM people WHERE id_number = ANY($1) ORDER BY upi";
    let numbers: Vec<_> = register::people(changes).filter_map(|it| it.id_number.as_deref()).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let mut holders: HashMap<String, Vec<String>> = HashMap::new();
    for row in work.rows(HOLDERS, &[&numbers])? {
        let number = column(&row, "id_number", PEOPLE)?;
        holders.entry(number).or_default().push(column(&row, "upi", PEOPLE)?);
    }
    Ok(register::check_id_numbers(changes, |number| Ok(holders.remove(number).unwrap_or_default()))?)
}

pub(super) fn number(work: &mut Work<'_>) -> Result<u64, Failure> {
    let row = work.row("SELECT number FROM people_changes", &[])?;
    let row = row.ok_or_else(|| corrupt(CHANGES, "it is empty".into()))?;
    Ok(number_of::<i64, _>(&row, "number", CHANGES)?)
}

/// Whether the turn to import was free; from now on this session has it. The server ends a session whose process does not
/// answer any more within a minute, so that a machine that went away keeps nobody waiting.
pub(super) fn take_turn(work: &mut Work<'_>) -> Result<bool, Failure> {
    const KEEP: &str = "SET idle_session_timeout = 0; SET tcp_keepalives_idle = 30;
        SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3";
    work.client.batch_execute(KEEP)?;
    let row = work.row("SELECT pg_try_advisory_lock($1) AS taken", &[&IMPORT_LOCK])?;
    let row = row.ok_or_else(|| corrupt(CHANGES, "no answer".into()))?;
    Ok(column(&row, "taken", CHANGES)?)
}

pub(super) fn end_turn(work: &mut Work<'_>) -> Result<(), Failure> {
    work.row("SELECT pg_advisory_unlock($1)", &[&IMPORT_LOCK]).map(|_| ())
}
