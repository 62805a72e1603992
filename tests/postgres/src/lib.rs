//! A PostgreSQL of the tests' own, made from nothing: a folder and a socket that nobody else knows.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where its server does"
)]

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};

/// One for the tests of this process. Nobody stops it: its keeper does when this process is gone, however it went.
static SHARED: LazyLock<Server> = LazyLock::new(Server::start);

const MISSING: &str = "PostgreSQL's server is missing: run `scripts/need.sh postgres`, or on Debian \
    `sudo apt-get install postgresql`, and try again";

/// Makes a server and keeps it, on a port too if it is given a certificate: says where it is, takes orders, and removes it at the end of the orders, which
/// is the end of the process that gives them. The server writes to the disk as one in service does; only its
/// first making does not wait for it.
const KEEPER: &str = r#"
set -eu
umask 077
folder=$(mktemp -d)
control() { pg_ctl --silent --wait --pgdata="$folder/data" --log="$folder/log" "$@" </dev/null >&2; }
options="-k '$folder' -c listen_addresses=''"
if [ -n "${PORT-}" ]; then
    echo "$CERTIFICATE" >"$folder/certificate"
    echo "$KEY" >"$folder/key"
    options="-k '$folder' -c listen_addresses=127.0.0.1 -p $PORT -c ssl=on"
    options="$options -c ssl_cert_file='$folder/certificate' -c ssl_key_file='$folder/key'"
fi
run() { control --options="$options" start || { cat "$folder/log" >&2; return 1; }; }
trap 'control --mode=immediate stop || true; rm -rf "$folder"' EXIT
initdb --pgdata="$folder/data" --username=operator --auth=trust --encoding=UTF8 --no-locale --no-sync >/dev/null
run
createuser --host="$folder" ${PORT:+--port="$PORT"} --username=operator hati
echo "$folder"
while read -r order; do
    case $order in
    crash) control --mode=immediate stop ;;
    run) run ;;
    esac
    echo done
done
"#;

/// A server.
#[derive(Debug)]
pub struct Server {
    keeper: Child,
    answers: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
}

impl Server {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// Where PostgreSQL is not installed.
    #[must_use]
    pub fn start() -> Self {
        Self::keep([].into())
    }

    /// One that is reached by `127.0.0.1` too, with a certificate and its key as PEM. Gives its port.
    #[must_use]
    pub fn start_with_tls(certificate: &str, key: &str) -> (Self, u16) {
        // Free a moment ago: the database cannot be asked to choose one.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = [("PORT", port.to_string()), ("CERTIFICATE", certificate.into()), ("KEY", key.into())];
        (Self::keep(settings.into()), port)
    }

    fn keep(settings: Vec<(&str, String)>) -> Self {
        let mut keeper = as_plain_user()
            .args(["sh", "-c", KEEPER])
            .env("PATH", format!("{}:/usr/bin:/bin", programs().display()))
            .envs(settings)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("`env`, or `setpriv` of util-linux, is missing");
        let mut answers = BufReader::new(keeper.stdout.take().unwrap()).lines();
        let Some(folder) = answers.next() else {
            let said = keeper.wait_with_output().unwrap();
            panic!("PostgreSQL does not start: {}", String::from_utf8_lossy(&said.stderr));
        };
        Self { keeper, answers, folder: folder.unwrap().into() }
    }

    /// The address of a database that was not there before, for its owner, who owns nothing else.
    #[must_use]
    pub fn database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut operator = client(&as_operator(&self.address("postgres")));
        operator.batch_execute(&format!("CREATE DATABASE {name} OWNER hati")).unwrap();
        self.address(&name)
    }

    /// Ends the server as a power cut of its processes would: nothing is written that was not written before.
    pub fn crash(&mut self) {
        self.order("crash");
    }

    /// Starts it again.
    pub fn run(&mut self) {
        self.order("run");
    }

    fn address(&self, database: &str) -> String {
        format!("host={} user=hati dbname={database}", self.folder.display())
    }

    fn order(&mut self, order: &str) {
        writeln!(self.keeper.stdin.as_ref().unwrap(), "{order}").unwrap();
        assert_eq!(self.answers.next().map(Result::unwrap).as_deref(), Some("done"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Its folder is gone when it is.
        self.keeper.wait().unwrap();
    }
}

/// The address of a new, empty database.
#[must_use]
pub fn database() -> String {
    SHARED.database()
}

/// The address of a new database where `HATI_TEST_STORE=postgres` asks for one: the tests of a service run on both stores.
#[must_use]
pub fn database_if_wanted() -> Option<String> {
    match std::env::var("HATI_TEST_STORE").as_deref() {
        Ok("postgres") => Some(database()),
        Ok(other) if other != "sled" => panic!("HATI_TEST_STORE: expected sled or postgres, got {other}"),
        _ => None,
    }
}

/// The same address for the server's superuser, which a store's user is not.
#[must_use]
pub fn as_operator(address: &str) -> String {
    address.replace("user=hati", "user=operator")
}

/// A connection beside the store's own.
#[must_use]
pub fn client(address: &str) -> Client {
    Client::connect(address, NoTls).unwrap()
}

/// PostgreSQL refuses to be run by root, as tests in a container often are.
fn as_plain_user() -> Command {
    let who = Command::new("id").arg("-u").output().unwrap();
    if who.stdout != b"0\n" {
        return Command::new("env");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    command
}

/// The folder of `initdb` and `pg_ctl`: Debian's newest, or one that is on the path.
fn programs() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.into_iter().rev().chain(std::env::split_paths(&path));
    all.into_iter().find(|folder| folder.join("initdb").exists()).expect(MISSING)
}
