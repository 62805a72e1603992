//! `hati-issuer serve`, over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod editions;
mod hostile;
mod limits;
mod lists;
mod operation;
mod outlook;
mod program;
mod public;
mod rotation;
mod vc_api;
mod vci;

use std::net::SocketAddr;
use std::process::Command;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::Timestamp;
use hati_issuer::config::Config;
use hati_issuer::home::Home;
use hati_issuer::service::{ServeError, Service, Settings, run};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;
use ureq::http::Response;
use ureq::{Agent, Body};

const URL: &str = "https://id.example.go.ke";

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T09:00:00Z").unwrap()
}

fn home(folder: &TempDir) -> Home {
    let config =
        Config::new(URL, "Issuer", "Mtoaji").unwrap().with_database(hati_test_postgres::database_if_wanted());
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), rng).unwrap()
}

/// Somebody's credential, issued by the command line.
fn issue_one(folder: &TempDir) {
    let keys = SoftwareKey::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(2));
    let keys = serde_json::json!({ "keys": [keys.public().to_jwk()] });
    std::fs::write(folder.path().join("keys.json"), keys.to_string()).unwrap();
    let run = |arguments: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
        command.current_dir(folder.path()).args(["--now", "2026-11-22T08:00:00Z"]);
        let output = command.args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "{arguments}: {output:?}");
    };
    run("sample-register --people 1 --out people.csv");
    run("import --dir issuer people.csv");
    let people = std::fs::read_to_string(folder.path().join("people.csv")).unwrap();
    let upi = people.lines().nth(1).unwrap().split(',').next().unwrap();
    run(&format!(
        "issue --dir issuer --upi {upi} --type maisha-id --format vc+sd-jwt --holder-keys keys.json --out id.json"
    ));
}

/// The settings of a test, at a port that the system chooses.
fn settings() -> Settings {
    Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Settings::default() }
}

/// A service that runs in this process.
struct Running {
    service: Service,
    clock: fn() -> Timestamp,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
    folder: TempDir,
}

impl Running {
    fn start(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop(home(&folder));
        Self::of(folder, settings)
    }

    /// Of an issuer that is there already.
    fn of(folder: TempDir, settings: Settings) -> Self {
        Self::at(folder, settings, now)
    }

    /// With a clock of the test's own.
    fn at(folder: TempDir, settings: Settings, clock: fn() -> Timestamp) -> Self {
        let home = Home::open(&folder.path().join("issuer")).unwrap();
        let service = Service::new(home, settings, clock);
        service.publish().unwrap();
        let shared = service.clone();
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let stopped = async move { drop(stopped.await) };
            runtime.block_on(run(service, move |address| tell.send(address).unwrap(), stopped))
        });
        Self {
            service: shared,
            clock,
            address: told.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
            folder,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> Response<Body> {
        agent().get(self.url(path)).call().unwrap()
    }

    /// Stops it, and waits until it has.
    fn stop(&mut self) -> Result<(), ServeError> {
        drop(self.stop.take());
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// A client that takes every status for an answer.
fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().new_agent()
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn text(response: Response<Body>) -> String {
    response.into_body().read_to_string().unwrap()
}

/// The detail of a problem document of this status.
fn problem(response: Response<Body>, status: u16) -> String {
    assert_eq!(response.status().as_u16(), status, "{response:?}");
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    assert_eq!(header(&response, "cache-control"), "no-store");
    let said: Value = serde_json::from_str(&text(response)).unwrap();
    assert_eq!((&said["type"], &said["status"]), (&"about:blank".into(), &status.into()), "{said}");
    assert!(said["title"].is_string());
    said["detail"].as_str().unwrap().to_owned()
}
