//! Everything in PostgreSQL, for more than one machine.
//!
//! Every method that changes something is one transaction, `READ COMMITTED`, which appends its audit event last.
//! What has to be one after the other is so by the lock of a row: `people_changes` from the beginning of a call that admits
//! or amends people; that of a status list while what was given out is counted, and `audit_end` while an event is appended,
//! always in this order and with nothing but the commit after the last two.

mod allocation;
mod amend;
mod changes;
mod columns;
mod corrections;
mod decisions;
mod failure;
mod ledger;
mod log;
mod names;
mod officers;
mod once;
mod people;
mod publications;
mod quarantine;
mod register;
mod schema;
mod session;
mod tickets;
mod verifiers;

use std::time::Duration;

use self::failure::{Answer, Failure};
use self::session::{Connector, Session, Work};
use crate::StoreError;

/// Connections of one process. Changes are committed one after the other, so more would only wait longer; a
/// server takes 100 by default, which is six processes.
const CONNECTIONS: u32 = 16;

/// How long a call waits for a connection: a server that starts again meanwhile is not noticed.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);

/// How often a transaction is run again that the database undid because of another one. One that waits its
/// turn meets another at most once in practice; a bound keeps a defect from running for ever.
const RETRIES: u32 = 8;

/// A store in a database, which any number of processes have open.
///
/// Calls block. An asynchronous program calls, and drops the last of it, where blocking is allowed.
pub struct PostgresStore {
    pool: r2d2::Pool<Connector>,
    place: String,
}

impl PostgresStore {
    /// Opens the store in a database, and makes or migrates its tables.
    ///
    /// The address is a URL, `postgresql://user:password@host:port/database`, or PostgreSQL's `key=value` form.
    /// Over a network it asks for TLS with a certificate that the system trusts (`SSL_CERT_FILE` names others);
    /// `sslmode=disable` asks for none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Address`] if the address is none, [`StoreError::Unreachable`] if there is no database or
    /// it lets nobody in, [`StoreError::NewerSchema`] if a newer version of this program made the tables.
    pub fn open(address: &str) -> Result<Self, StoreError> {
        let config =
            address.parse().map_err(|error| StoreError::Address { source: Box::new(Answer(error)) })?;
        let connector = Connector::new(config)?;
        let place = connector.place();
        let mut client = connector.connect().map_err(|error| unreachable(&place, Answer(error)))?;
        migrate(&mut client, &place).map_err(|failure| failure.into_error("migrating", &place))?;
        let pool = r2d2::Pool::builder()
            .max_size(CONNECTIONS)
            .min_idle(Some(1))
            // A dead connection is found out by the BEGIN that has to be sent anyway.
            .test_on_check_out(false)
            .connection_timeout(CONNECTION_WAIT)
            .build(connector)
            .map_err(|error| unreachable(&place, error))?;
        Ok(Self { pool, place })
    }

    fn read<T>(
        &self,
        action: &'static str,
        mut task: impl FnMut(&mut Work<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.transact(action, |session| session.read(&mut task))
    }

    fn change<T>(
        &self,
        action: &'static str,
        mut task: impl FnMut(&mut Work<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.transact(action, |session| session.change(&mut task))
    }

    /// Runs a transaction, again if the database undid it because of another one.
    ///
    /// Nothing is run again once a connection is lost: whether the COMMIT arrived is not known then. One that is
    /// found dead at the BEGIN is replaced; all of them may be, if the server was started again.
    fn transact<T>(
        &self,
        action: &'static str,
        mut transaction: impl FnMut(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let (mut undone, mut dead) = (0, 0);
        loop {
            match transaction(&mut *self.session()?) {
                Err(failure) if failure.met_another() && undone < RETRIES => undone += 1,
                Err(Failure::NotBegun(_)) if dead < CONNECTIONS => dead += 1,
                outcome => return outcome.map_err(|failure| failure.into_error(action, &self.place)),
            }
        }
    }

    fn session(&self) -> Result<r2d2::PooledConnection<Connector>, StoreError> {
        self.pool.get().map_err(|error| unreachable(&self.place, error))
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresStore({})", self.place)
    }
}

fn migrate(client: &mut postgres::Client, place: &str) -> Result<(), Failure> {
    let mut transaction = client.transaction()?;
    schema::migrate(&mut transaction, place)?;
    Ok(transaction.commit()?)
}

fn unreachable(place: &str, error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unreachable { place: place.to_owned(), source: Box::new(error) }
}
