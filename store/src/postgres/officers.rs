//! Officers in PostgreSQL.

use postgres::Row;

use super::columns::{column, decode_variant, narrow, number, variant_number};
use super::failure::Failure;
use super::session::Work;
use super::{PostgresStore, log};
use crate::{Event, Officer, Officers, StoreError};

const OFFICERS: &str = "officers";

macro_rules! columns {
    () => {
        "name, roles, password, second_factor, last_step, failures, locked_until, closed"
    };
}

impl Officers for PostgresStore {
    fn officer(&self, name: &str) -> Result<Option<Officer>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM officers WHERE name = $1");
        let found = self.read("reading an officer", |work| work.row(SQL, &[&name]))?;
        found.map(|row| officer(&row)).transpose()
    }

    fn officers(&self) -> Result<Vec<Officer>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM officers ORDER BY name");
        let found = self.read("reading the officers", |work| work.rows(SQL, &[]))?;
        found.iter().map(officer).collect()
    }

    fn save_officer(
        &self,
        seen: Option<&Officer>,
        officer: &Officer,
        events: &[Event],
    ) -> Result<bool, StoreError> {
        self.change("saving an officer", |work| {
            let written = match seen {
                None => insert(work, officer)?,
                Some(seen) => update(work, seen, officer)?,
            };
            if written {
                log::append_all(work, events)?;
            }
            Ok(written)
        })
    }
}

fn insert(work: &mut Work<'_>, officer: &Officer) -> Result<bool, Failure> {
    const SQL: &str = "INSERT INTO officers
            (name, roles, password, second_factor, last_step, failures, locked_until, closed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    write(work, SQL, officer)
}

fn update(work: &mut Work<'_>, seen: &Officer, new: &Officer) -> Result<bool, Failure> {
    const SEEN: &str = concat!("SELECT ", columns!(), " FROM officers WHERE name = $1 FOR UPDATE");
    const SQL: &str = "UPDATE officers SET roles = $2, password = $3, second_factor = $4, last_step = $5,
            failures = $6, locked_until = $7, closed = $8 WHERE name = $1";
    match work.row(SEEN, &[&new.name])? {
        Some(row) if officer(&row)? == *seen => write(work, SQL, new),
        _ => Ok(false),
    }
}

fn write(work: &mut Work<'_>, sql: &'static str, officer: &Officer) -> Result<bool, Failure> {
    let Officer { name, password, second_factor, locked_until, closed, .. } = officer;
    let roles: Vec<_> =
        officer.roles.iter().map(|role| variant_number(role, OFFICERS)).collect::<Result<_, _>>()?;
    let last_step: i64 = narrow(officer.last_step, OFFICERS)?;
    let failures: i32 = narrow(officer.failures, OFFICERS)?;
    let values: [&(dyn postgres::types::ToSql + Sync); 8] =
        [name, &roles, password, second_factor, &last_step, &failures, locked_until, closed];
    Ok(work.write(sql, &values)? == 1)
}

fn officer(row: &Row) -> Result<Officer, StoreError> {
    let roles: Vec<i16> = column(row, "roles", OFFICERS)?;
    let roles = roles.into_iter().map(|role| decode_variant(role, "roles", OFFICERS));
    Ok(Officer {
        name: column(row, "name", OFFICERS)?,
        roles: roles.collect::<Result<_, _>>()?,
        password: column(row, "password", OFFICERS)?,
        second_factor: column(row, "second_factor", OFFICERS)?,
        last_step: number::<i64, _>(row, "last_step", OFFICERS)?,
        failures: number::<i32, _>(row, "failures", OFFICERS)?,
        locked_until: column(row, "locked_until", OFFICERS)?,
        closed: column(row, "closed", OFFICERS)?,
    })
}
