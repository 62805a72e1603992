//! The command, as a supervisor runs it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use super::{agent, home, text};

/// The program under test, ended with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(folder: &Path, settings: &str) -> Command {
    std::fs::write(folder.join("issuer.toml"), settings).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
    command.current_dir(folder).args(["serve", "--dir", "issuer", "--settings", "issuer.toml"]);
    command.env("HATI_ISSUER_LISTEN", "127.0.0.1:0").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn started(command: &mut Command) -> (Program, BufReader<ChildStderr>) {
    let mut child = command.spawn().unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    (Program(child), stderr)
}

fn start(folder: &Path, settings: &str) -> (Program, BufReader<ChildStderr>) {
    started(serve(folder, settings).arg("--json"))
}

fn line(from: &mut impl BufRead) -> Value {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

#[cfg(unix)]
#[test]
fn it_says_where_it_listens_and_ends_when_terminated() {
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    let (mut program, mut stderr) = start(folder.path(), "grace_seconds = 2\n");
    // The first edition is logged before.
    let mut notes = std::iter::repeat_with(|| line(&mut stderr)["note"].as_str().map(str::to_owned));
    let note = notes.find_map(|note| note).unwrap();
    let address = note.split(['/', ';']).nth(2).unwrap();
    let ask = |path: &str| agent().get(format!("http://{address}{path}")).call().unwrap();
    assert_eq!(text(ask("/healthz")), "alive\n");
    ask("/people/20480163920017?name=Achieng");

    let id = program.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let mut said = String::new();
    program.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(program.0.wait().unwrap().success());
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["stopped"], true);
    // Every line of the log is JSON, and none names what was asked for.
    let lines: Vec<String> = stderr.lines().map(Result::unwrap).collect();
    assert!(lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("public file")), "{lines:?}");
    let log = lines.join("\n");
    for personal in ["20480163920017", "Achieng", "127.0.0.1"] {
        assert!(!log.contains(personal), "{log}");
    }
}

#[test]
fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
    command.current_dir(folder.path()).args(["--json", "serve", "--dir", "issuer"]);
    let output = command.env("HATI_ISSUER_LISTEN", &address).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let error: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "address_unusable", "{said}");
    assert!(error["error"]["message"].as_str().unwrap().contains(&address), "{said}");
}

/// What it says where it does not start: code and text.
#[track_caller]
fn refused(command: &mut Command) -> (String, String) {
    let (mut program, mut stderr) = started(command.arg("--json"));
    assert_eq!(program.0.wait().unwrap().code(), Some(1));
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    // Nothing before it: neither where it listens, nor what it published.
    let mut error = serde_json::from_str::<Value>(&said).unwrap()["error"].take();
    (error["code"].take().as_str().unwrap().to_owned(), error["message"].take().as_str().unwrap().to_owned())
}

#[test]
fn settings_that_are_wrong_are_told_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    let caller = "[[vc_api]]\nname = \"desk\"\ntoken = \"desk-0123456789-0123456789\"\n";
    let upstream = "[upstream]\nissuer = \"https://op.example\"\nname = \"O\"\nclient_id = \"c\"\n";
    for (settings, expected, code) in [
        ("grace_seconds = \"ten\"".to_owned(), "line 1: ", "settings_refused"),
        ("[limits]\nbrust = 1".to_owned(), "line 2: unknown field `brust`", "settings_refused"),
        (
            "\npublish_minutes = 2000".to_owned(),
            "line 2: expected a whole number from 1 to 720",
            "settings_refused",
        ),
        (
            format!("{caller}types = [\"maisha-idd\"]"),
            "line 4: types: expected some of maisha-id, ",
            "settings_refused",
        ),
        (
            format!("{upstream}client_secret_file = \"none\"\nupi_claim = \"upi\""),
            "line 5: client_secret_file: none: ",
            "settings_refused",
        ),
        ("[tls]\ncertificate = \"no.pem\"\nkey = \"no.key\"".to_owned(), "line 2: no.pem: ", "tls_unusable"),
    ] {
        let (got, said) = refused(&mut serve(folder.path(), &settings));
        assert_eq!(got, code, "{said}");
        assert!(said.starts_with(&format!("issuer.toml, {expected}")), "{said}");
    }
    let (_, said) = refused(serve(folder.path(), "").env("HATI_ISSUER_LIMITS_BRUST", "1"));
    assert!(said.starts_with("environment variable HATI_ISSUER_LIMITS_BRUST: expected one of "), "{said}");
    assert!(!folder.path().join("issuer/public").exists());
}

#[test]
fn no_secret_of_the_settings_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    let (_, said) = refused(&mut serve(folder.path(), "\n[ussd]\ntoken = \"prod/hunter2-0123456789\""));
    assert!(
        said.starts_with("issuer.toml, line 3: expected a secret") && !said.contains("hunter2"),
        "{said}"
    );
}

#[test]
fn a_configuration_that_is_wrong_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    let path = folder.path().join("issuer/issuer.json");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, good.replace("14", "40")).unwrap();
    let line = good.lines().position(|line| line.contains("upi_digits")).unwrap() + 1;
    let (code, said) = refused(&mut serve(folder.path(), ""));
    assert_eq!(code, "config_refused");
    assert!(
        said.contains(&format!("issuer.json: line {line}: upi_digits: expected 6 to 20, got 40")),
        "{said}"
    );
}

#[test]
fn what_was_one_too_many_is_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    let (program, mut stderr) = start(folder.path(), "[limits]\nrequests_per_second = 1\nburst = 1\n");
    let mut notes = std::iter::repeat_with(|| line(&mut stderr)["note"].as_str().map(str::to_owned));
    let note = notes.find_map(|note| note).unwrap();
    let address = note.split(['/', ';']).nth(2).unwrap();
    for _ in 0..3 {
        agent().get(format!("http://{address}/bundle")).call().unwrap();
    }
    let mut answered = std::iter::repeat_with(|| line(&mut stderr)["fields"].take());
    let refused = answered.find(|fields| fields["status"] == 429).unwrap();
    assert_eq!((&refused["route"], &refused["method"]), (&"public file".into(), &"GET".into()));
    drop(program);
}

/// Whoever collects the log reads one kind of line, with `--json` or without.
#[test]
fn every_line_of_the_log_is_an_object() {
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    let (program, mut stderr) = started(&mut serve(folder.path(), ""));
    let notes = std::iter::repeat_with(|| line(&mut stderr)["note"].as_str().map(str::to_owned));
    let notes: Vec<_> = notes.flatten().take(2).collect();
    assert!(notes[0].starts_with("listening at ") && notes[1].contains("in the clear"), "{notes:?}");
    drop(program);
}
