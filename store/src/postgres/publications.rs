//! Publications in PostgreSQL.

use postgres::Row;
use postgres::types::ToSql;

use super::columns::{column, narrow, number, variant, variant_number};
use super::failure::Failure;
use super::session::Work;
use super::{PostgresStore, log, schema};
use crate::{Document, Event, Publication, Publications, StoreError};

const VERSIONS: &str = "versions";
const PUBLICATIONS: &str = "publications";

impl Publications for PostgresStore {
    fn next_version(&self, document: Document) -> Result<u64, StoreError> {
        const SQL: &str = "INSERT INTO versions (document, version) VALUES ($1, 1)
            ON CONFLICT (document) DO UPDATE SET version = versions.version + 1 RETURNING version";
        let document = variant_number(&document, VERSIONS)?;
        let taken = self.change("taking a version", |work| work.row(SQL, &[&document]))?;
        taken.map_or(Ok(0), |row| number::<i64, _>(&row, "version", VERSIONS))
    }

    fn publish(&self, publication: &Publication, event: &Event) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO publications (document, version, at, bytes, entries)
            SELECT $1, $2::bigint, $3, $4, $5 WHERE $2::bigint > 0
            ON CONFLICT (document) DO UPDATE SET version = excluded.version, at = excluded.at,
                bytes = excluded.bytes, entries = excluded.entries WHERE publications.version < excluded.version";
        let document = variant_number(&publication.document, PUBLICATIONS)?;
        let version: i64 = narrow(publication.version, PUBLICATIONS)?;
        let entries: i64 = narrow(publication.entries, PUBLICATIONS)?;
        self.change("publishing", |work| {
            let values: [&(dyn ToSql + Sync); 5] =
                [&document, &version, &publication.at, &publication.bytes, &entries];
            let written = work.write(SQL, &values)?;
            if written == 1 {
                return log::append(work, event);
            }
            let newest = newest(work, document)?;
            Err(StoreError::OldVersion { newest, got: publication.version }.into())
        })
    }

    /// A service asks this twice a second, and to say whether it is ready: so it learns here that another program made the tables
    /// newer than it knows.
    fn published_version(&self, document: Document) -> Result<u64, StoreError> {
        let document = variant_number(&document, PUBLICATIONS)?;
        self.read("reading a version", |work| {
            schema::check(work, &self.place)?;
            newest(work, document)
        })
    }

    fn latest(&self, document: Document) -> Result<Option<Publication>, StoreError> {
        const SQL: &str =
            "SELECT document, version, at, bytes, entries FROM publications WHERE document = $1";
        let document = variant_number(&document, PUBLICATIONS)?;
        let found = self.read("reading a publication", |work| work.row(SQL, &[&document]))?;
        found.map(|row| publication(&row)).transpose()
    }

    fn shared_clock(&self) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "SELECT floor(extract(epoch FROM clock_timestamp()))::bigint AS seconds";
        let read = self.read("reading the clock", |work| work.row(SQL, &[]))?;
        read.map(|row| column(&row, "seconds", PUBLICATIONS)).transpose()
    }
}

fn newest(work: &mut Work<'_>, document: i16) -> Result<u64, Failure> {
    const SQL: &str = "SELECT version FROM publications WHERE document = $1";
    let newest = work.row(SQL, &[&document])?;
    Ok(newest.map_or(Ok(0), |row| number::<i64, _>(&row, "version", PUBLICATIONS))?)
}

fn publication(row: &Row) -> Result<Publication, StoreError> {
    Ok(Publication {
        document: variant(row, "document", PUBLICATIONS)?,
        version: number::<i64, _>(row, "version", PUBLICATIONS)?,
        at: column(row, "at", PUBLICATIONS)?,
        bytes: column(row, "bytes", PUBLICATIONS)?,
        entries: number::<i64, _>(row, "entries", PUBLICATIONS)?,
    })
}
