//! What an operator is told before verifiers refuse: gauges, the log, and what readiness says.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hati_formats::keys::Algorithm;
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_formats::trust::Bundle;
use hati_issuer::config::Config;
use hati_issuer::home::Home;
use hati_store::Document;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

use super::{Running, home, issue_one, now, problem, settings, text};

/// The value of a gauge or counter.
#[track_caller]
fn value(running: &Running, name: &str) -> f64 {
    let counters = text(running.get("/metrics"));
    let line = counters.lines().find_map(|line| line.strip_prefix(&format!("hati_issuer_{name} ")));
    line.unwrap_or_else(|| panic!("{name}: {counters}")).parse().unwrap()
}

#[test]
fn gauges_say_what_an_alarm_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let key_due = home(&folder).replace_issuer_key_by().unwrap().unwrap();
    issue_one(&folder);
    let running = Running::of(folder, settings());
    let at = |time: Timestamp| time.seconds() as f64;
    let version = {
        let bundle = running.get("/bundle").into_body().read_to_vec().unwrap();
        let root = hati_formats::trust::Bundle::root_unverified(&bundle).unwrap();
        hati_formats::trust::Bundle::verify(&bundle, &root, None).unwrap().content().version
    };
    assert_eq!(value(&running, "edition_version"), version as f64);
    assert_eq!(value(&running, "edition_issued_timestamp_seconds"), at(now()));
    let tomorrow = now().plus_seconds(SECONDS_PER_DAY);
    assert_eq!(value(&running, "edition_next_update_timestamp_seconds"), at(tomorrow));
    assert_eq!(
        value(&running, "trust_list_next_update_timestamp_seconds"),
        at(now().plus_seconds(92 * SECONDS_PER_DAY))
    );
    assert_eq!(value(&running, "issuer_key_replace_by_timestamp_seconds"), at(key_due));
    assert_eq!(value(&running, "status_lists"), 1.0);
    // It, and the one that will be opened next.
    assert_eq!(value(&running, "edition_status_lists"), 2.0);
    let bytes = running.get("/bundle").into_body().read_to_vec().unwrap().len();
    assert_eq!(value(&running, "edition_bytes"), bytes as f64);
    assert_eq!(value(&running, "status_list_used_ratio"), 1.0 / f64::from(1 << 20));
    assert_eq!(value(&running, "publishing_failures_total"), 0.0);
}

#[test]
fn an_edition_that_fails_is_counted() {
    let running = Running::start(super::editions::settings());
    let public = running.folder.path().join("issuer/public");
    std::fs::rename(&public, running.folder.path().join("moved")).unwrap();
    std::fs::write(&public, "in the way").unwrap();
    running.service.announce();
    let failures = || value(&running, "publishing_failures_total");
    while failures() < 1.0 {
        std::thread::yield_now();
    }
    // Tried again, it is the same edition, not another one for everybody to take; and then it is out.
    let version = || running.service.home().store.published_version(Document::Bundle).unwrap();
    let recorded = version();
    while failures() < 3.0 {
        std::thread::yield_now();
    }
    assert_eq!(version(), recorded);
    let said = text(running.get("/readyz"));
    assert!(said.starts_with("ready\nWhat changed since the last edition could not be published"), "{said}");
    std::fs::remove_file(&public).unwrap();
    let root = running.service.home().trust().unwrap().root().clone();
    let served = || {
        let bytes = running.get("/bundle").into_body().read_to_vec().unwrap();
        Bundle::verify(&bytes, &root, None).unwrap().content().version
    };
    while served() < recorded {
        std::thread::yield_now();
    }
    assert_eq!(version(), recorded);
}

#[test]
fn an_overdue_trust_list_is_told_and_does_not_stop_the_service() {
    fn after_the_list_is_due() -> Timestamp {
        now().plus_seconds(92 * SECONDS_PER_DAY)
    }
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    let running = Running::at(folder, settings(), after_the_list_is_due);
    let ready = running.get("/readyz");
    assert_eq!(ready.status().as_u16(), 200);
    let said = text(ready);
    assert!(
        said.starts_with("ready\nThe trust list was due 2027-02-22T09:00:00Z: verifiers accept nothing"),
        "{said}"
    );
}

/// An issuer that was made before so many days, started as an operator starts it; gives the lines of its log that warn.
fn warnings(days: i64, mut are_enough: impl FnMut(&[Value]) -> bool) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let made = hati_program::system::clock().plus_seconds(-days * SECONDS_PER_DAY);
    let config = Config::new(super::URL, "Issuer", "Mtoaji").unwrap();
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    drop(Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, made, rng).unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
    command.current_dir(folder.path()).args(["serve", "--dir", "issuer"]);
    command.env("HATI_ISSUER_LISTEN", "127.0.0.1:0").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    let mut warned = Vec::new();
    for line in BufReader::new(program.stderr.take().unwrap()).lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let is_listening = line["note"].as_str().is_some_and(|note| note.starts_with("listening"));
        warned.extend((line["level"] == "WARN").then_some(line));
        if is_listening || are_enough(&warned) {
            break;
        }
    }
    program.kill().unwrap();
    program.wait().unwrap();
    warned
}

#[test]
fn what_is_due_is_told_in_the_log_at_the_start() {
    assert_eq!(warnings(1, |_| false), Vec::<Value>::new());
    let about = |warned: &Value| {
        let message = warned["fields"]["message"].as_str().unwrap();
        let what = if message.starts_with("the next trust list is due") { "list" } else { "key" };
        assert!(message.contains("hati-issuer "), "{message}");
        (what, warned["fields"]["overdue"].as_bool().unwrap())
    };
    let told = |days| warnings(days, |_| false).iter().map(about).collect::<Vec<_>>();
    // A list holds 92 days. A key signs for three years, and a credential of the longest type holds two.
    assert_eq!(told(80), [("list", false)]);
    assert_eq!(told(400), [("list", true), ("key", true)]);
}

/// A way to the database that can be blocked, as a network is that loses every packet.
fn blockable(to: std::path::PathBuf, is_blocked: Arc<AtomicBool>) -> std::net::SocketAddr {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    fn carry(mut from: impl Read, mut to: impl Write, is_blocked: &AtomicBool) {
        let mut buffer = [0; 4096];
        while let Ok(got @ 1..) = from.read(&mut buffer) {
            while is_blocked.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            if to.write_all(&buffer[..got]).is_err() {
                return;
            }
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client: TcpStream = client.unwrap();
            let server = UnixStream::connect(&to).unwrap();
            let (from, back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let (one, other) = (is_blocked.clone(), is_blocked.clone());
            std::thread::spawn(move || carry(from, server, &one));
            std::thread::spawn(move || carry(back, client, &other));
        }
    });
    address
}

#[test]
fn a_database_that_does_not_answer_is_told_without_its_address() {
    let address = hati_test_postgres::database();
    let part = |name: &str| address.split(name).nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let is_blocked = Arc::new(AtomicBool::new(false));
    let socket = std::path::Path::new(&part("host=")).join(".s.PGSQL.5432");
    let way = blockable(socket, is_blocked.clone());
    let folder = tempfile::tempdir().unwrap();
    let database = format!("postgresql://hati@127.0.0.1:{}/{}?sslmode=disable", way.port(), part("dbname="));
    let config = Config::new(super::URL, "Issuer", "Mtoaji").unwrap().with_database(Some(database));
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    drop(Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), rng).unwrap());
    let running = Running::of(folder, settings());
    assert_eq!(text(running.get("/readyz")), "ready\n");
    is_blocked.store(true, Ordering::Relaxed);
    // An answer counts for a second.
    let refused = loop {
        let answer = running.get("/readyz");
        if answer.status().as_u16() != 200 {
            break answer;
        }
    };
    assert_eq!(problem(refused, 503), "The store does not answer. See the log");
    is_blocked.store(false, Ordering::Relaxed);
}
