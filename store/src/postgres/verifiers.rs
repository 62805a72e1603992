//! Verifiers in PostgreSQL.

use postgres::Row;

use super::columns::column;
use super::{PostgresStore, log};
use crate::{Event, StoreError, Verifier, Verifiers};

const VERIFIERS: &str = "verifiers";

impl Verifiers for PostgresStore {
    fn register_verifier(&self, verifier: &Verifier, event: &Event) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO verifiers (id, name, statement, expires, withdrawn_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, statement = excluded.statement,
                expires = excluded.expires, withdrawn_at = excluded.withdrawn_at";
        let Verifier { id, name, statement, expires, withdrawn_at } = verifier;
        self.change("registering a verifier", |work| {
            work.write(SQL, &[id, name, statement, expires, withdrawn_at])?;
            log::append(work, event)
        })
    }

    fn withdraw_verifier(&self, id: &str, at: i64, event: &Event) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE verifiers SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL";
        self.change("withdrawing a verifier", |work| {
            if work.write(SQL, &[&id, &at])? == 0 {
                return Ok(false);
            }
            log::append(work, event)?;
            Ok(true)
        })
    }

    fn verifiers(&self) -> Result<Vec<Verifier>, StoreError> {
        const SQL: &str = "SELECT id, name, statement, expires, withdrawn_at FROM verifiers ORDER BY id";
        let found = self.read("reading the verifiers", |work| work.rows(SQL, &[]))?;
        found.iter().map(verifier).collect()
    }
}

fn verifier(row: &Row) -> Result<Verifier, StoreError> {
    Ok(Verifier {
        id: column(row, "id", VERIFIERS)?,
        name: column(row, "name", VERIFIERS)?,
        statement: column(row, "statement", VERIFIERS)?,
        expires: column(row, "expires", VERIFIERS)?,
        withdrawn_at: column(row, "withdrawn_at", VERIFIERS)?,
    })
}
