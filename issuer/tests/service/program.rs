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

fn start(folder: &Path, settings: &str) -> (Program, BufReader<ChildStderr>) {
    std::fs::write(folder.join("issuer.toml"), settings).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
    command.current_dir(folder).args(["--json", "serve", "--dir", "issuer", "--settings", "issuer.toml"]);
    command.env("HATI_ISSUER_LISTEN", "127.0.0.1:0").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    (Program(child), stderr)
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

#[test]
fn settings_that_are_wrong_are_told_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    drop(home(&folder));
    for (settings, expected, code) in [
        ("grace_seconds = \"ten\"", "line 1", "settings_refused"),
        ("[limits]\nbrust = 1", "unknown field `brust`", "settings_refused"),
        ("[tls]\ncertificate = \"no.pem\"\nkey = \"no.key\"", "no.pem", "tls_unusable"),
    ] {
        let (mut program, mut stderr) = start(folder.path(), settings);
        assert_eq!(program.0.wait().unwrap().code(), Some(1), "{settings}");
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        let error: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        assert_eq!(error["error"]["code"], code, "{said}");
        assert!(error["error"]["message"].as_str().unwrap().contains(expected), "{said}");
    }
}
