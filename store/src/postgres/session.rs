//! One connection, and how the pool makes it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::types::ToSql;
use postgres::{Client, Config, Row, Statement};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure::{Answer, Failure};
use super::people::columns;
use crate::StoreError;

/// What the store counts on, whatever the server's configuration says:
/// - a COMMIT lets go of its locks before the disk has it, and [`Session::change`] then waits for the disk;
/// - a process that hangs inside a transaction does not hold up the others for longer than 10 s, and no statement runs for longer
///   than a minute: those of an import or a report take seconds. Migrations have a connection of their own, without a limit;
/// - tables where rows arrive by COPY before they are compared with what is there.
const PREPARE: &str = concat!(
    "
    SET synchronous_commit = off;
    SET idle_in_transaction_session_timeout = '10s';
    SET statement_timeout = '60s';
    SET default_transaction_isolation = 'read committed';
    CREATE TEMPORARY TABLE arriving_people ON COMMIT DELETE ROWS AS SELECT ",
    columns!(),
    " FROM people WITH NO DATA;
    CREATE TEMPORARY TABLE arriving_quarantine (LIKE quarantine) ON COMMIT DELETE ROWS;
"
);

/// A connection with the statements that were prepared on it.
pub(super) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    /// Ends a transaction, and waits for the disk.
    commit: String,
    /// Whether a transaction is under way: a connection that comes back so, after a panic, is not used again.
    is_open: bool,
}

impl Session {
    fn new(mut client: Client) -> Result<Self, postgres::Error> {
        // A setting that asks for more than this disk, for a standby's too, stays.
        let durable = "SELECT coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on')";
        let durable: String = client.query_one(durable, &[])?.try_get(0)?;
        let commit = format!(
            "COMMIT; BEGIN; SET LOCAL synchronous_commit = '{durable}';
             SELECT pg_logical_emit_message(true, 'hati', ''); COMMIT"
        );
        client.batch_execute(PREPARE)?;
        Ok(Self { client, statements: HashMap::new(), commit, is_open: false })
    }

    /// Reads: each statement sees what was committed before it, so a transaction around them would be two more
    /// questions to the server and nothing else.
    pub(super) fn read<T>(
        &mut self,
        task: &mut impl FnMut(&mut Work<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let done = task(&mut Work { client: &mut self.client, statements: &mut self.statements });
        // Nothing was written, so whatever became of it, it may be asked again.
        done.map_err(|failure| match failure {
            Failure::Database(error) if self.client.is_closed() => Failure::NotBegun(error),
            other => other,
        })
    }

    /// Runs a transaction, and returns when what it wrote, and what it saw of others, is on disk.
    ///
    /// The log is written in the order of the commits. So a commit that waits for the disk has waited for all
    /// before it, and those of several connections share one write. The transaction itself does not wait:
    /// the rows that everybody needs are free again as soon as its place in the log is settled.
    pub(super) fn change<T>(
        &mut self,
        task: &mut impl FnMut(&mut Work<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.client.batch_execute("BEGIN").map_err(Failure::NotBegun)?;
        self.is_open = true;
        let done = task(&mut Work { client: &mut self.client, statements: &mut self.statements });
        // All of it in one message: between the two transactions nobody here has to be woken.
        let ended = self.client.batch_execute(if done.is_ok() { &self.commit } else { "ROLLBACK" });
        self.is_open = ended.is_err();
        match done {
            Ok(done) => ended.map(|()| done).map_err(Failure::Database),
            refused => refused,
        }
    }

    /// Ends it, and whatever it holds: it is not used again.
    pub(super) fn end(&mut self) {
        self.is_open = true;
    }

    /// Whether it can be used again.
    pub(super) fn is_usable(&self) -> bool {
        !self.is_open && !self.client.is_closed()
    }
}

/// Statements, in a transaction or one by one.
pub(super) struct Work<'a> {
    pub(super) client: &'a mut Client,
    statements: &'a mut HashMap<&'static str, Statement>,
}

impl Work<'_> {
    pub(super) fn rows(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failure> {
        let statement = self.prepared(sql)?;
        Ok(self.client.query(&statement, values)?)
    }

    pub(super) fn row(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, Failure> {
        let statement = self.prepared(sql)?;
        Ok(self.client.query_opt(&statement, values)?)
    }

    /// Gives the number of rows that were written.
    pub(super) fn write(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Failure> {
        let statement = self.prepared(sql)?;
        Ok(self.client.execute(&statement, values)?)
    }

    fn prepared(&mut self, sql: &'static str) -> Result<Statement, Failure> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

/// Makes connections to one database.
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Connector {
    /// Over a network a connection is TLS with a certificate that the system trusts, unless the address says
    /// `sslmode=disable`. A socket in the file system needs none.
    pub(super) fn new(mut config: Config) -> Result<Self, StoreError> {
        keep_alive(&mut config);
        let remote = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
        if remote && config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Require);
        }
        let mut roots = RootCertStore::empty();
        if remote && config.get_ssl_mode() == SslMode::Require {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Ok(Self { tls: tls(roots).map_err(|source| unusable(&config, source))?, config })
    }

    pub(super) fn connect(&self) -> Result<Client, postgres::Error> {
        self.config.connect(self.tls.clone())
    }

    /// Where the database is, without its password.
    pub(super) fn place(&self) -> String {
        place(&self.config)
    }
}

impl r2d2::ManageConnection for Connector {
    type Connection = Session;
    type Error = Answer;

    fn connect(&self) -> Result<Session, Answer> {
        Self::connect(self).and_then(Session::new).map_err(Answer)
    }

    fn is_valid(&self, session: &mut Session) -> Result<(), Answer> {
        session.client.check_connection().map_err(Answer)
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        !session.is_usable()
    }
}

/// How long a host that has vanished is waited for, unless the address says otherwise: the system alone would wait for a quarter of
/// an hour for an answer, and for two hours on a connection that is idle.
fn keep_alive(config: &mut Config) {
    let seconds = Duration::from_secs;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(seconds(5));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(seconds(15));
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(seconds(10));
    }
}

fn tls(roots: RootCertStore) -> Result<MakeRustlsConnect, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}

fn unusable(config: &Config, source: rustls::Error) -> StoreError {
    StoreError::Unreachable { place: place(config), source: Box::new(source) }
}

fn place(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    });
    let hosts: Vec<_> = hosts.collect();
    format!("postgresql://{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_vanishes_is_noticed_unless_the_address_says_otherwise() {
        let of = |address: &str| {
            let config = Connector::new(address.parse().unwrap()).unwrap().config;
            let times =
                [config.get_connect_timeout(), config.get_tcp_user_timeout()].map(|it| it.unwrap().as_secs());
            (times, config.get_keepalives_idle().as_secs())
        };
        assert_eq!(of("host=/nowhere"), ([5, 15], 10));
        let own = "host=/nowhere connect_timeout=40 tcp_user_timeout=41 keepalives_idle=42";
        assert_eq!(of(own), ([40, 41], 42));
    }
}
