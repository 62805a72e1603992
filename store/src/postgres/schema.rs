//! The tables, and how a database gets from one version of them to the next.

use postgres::Transaction;

use super::columns::column;
use super::failure::Failure;
use super::names;
use super::session::Work;
use crate::StoreError;

/// Each step leads from the version before it; a step that was released is never altered.
const MIGRATIONS: &[(i32, &str)] = &[
    (1, include_str!("migrations/0001-first.sql")),
    (2, include_str!("migrations/0002-service.sql")),
    (3, include_str!("migrations/0003-allocation.sql")),
    (4, include_str!("migrations/0004-withheld.sql")),
    (5, include_str!("migrations/0005-people.sql")),
    (6, include_str!("migrations/0006-coverage.sql")),
    (7, include_str!("migrations/0007-changes.sql")),
    (8, include_str!("migrations/0008-pace.sql")),
    (9, include_str!("migrations/0009-ends.sql")),
];

/// The step after which the program itself indexes whoever is there.
const INDEXED_BY_NAMES: i32 = 5;

/// Any number that nothing else in the database locks: "hati" in ASCII.
const LOCK: i64 = 0x6861_7469;

/// The one whose session has this imports.
pub(super) const IMPORT_LOCK: i64 = LOCK + 1;

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_versions (
    version    integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
)";

/// Applies what is missing. Of several processes that start at once, one does and the others wait.
pub(super) fn migrate(transaction: &mut Transaction<'_>, place: &str) -> Result<(), Failure> {
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
    transaction.batch_execute(VERSIONS)?;
    let found: i32 =
        transaction.query_one("SELECT coalesce(max(version), 0) FROM schema_versions", &[])?.try_get(0)?;
    refuse_newer(found, place)?;
    for (version, step) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
        transaction.batch_execute(step)?;
        if *version == INDEXED_BY_NAMES {
            names::index_all(transaction)?;
        }
        transaction.execute("INSERT INTO schema_versions (version) VALUES ($1)", &[version])?;
    }
    Ok(())
}

/// That no newer program has altered the tables since they were opened.
pub(super) fn check(work: &mut Work<'_>, place: &str) -> Result<(), Failure> {
    const SQL: &str = "SELECT coalesce(max(version), 0) AS version FROM schema_versions";
    let found = work.row(SQL, &[])?.map(|row| column(&row, "version", "schema_versions"));
    Ok(refuse_newer(found.unwrap_or(Ok(0))?, place)?)
}

fn refuse_newer(found: i32, place: &str) -> Result<(), StoreError> {
    let newest = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    if found > newest {
        return Err(StoreError::NewerSchema { place: place.to_owned(), expected: newest, got: found });
    }
    Ok(())
}
