//! The command line, as other programs call it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod audit;
mod bundle;
mod codes;
mod init;
mod issue;
mod issue_all;
mod offer;
mod register;
mod resume;
mod rights;
mod status;
mod verifier;

use std::path::Path;
use std::process::{Command, Output};

use hati_formats::keys::{Algorithm, SoftwareKey};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The day on which the tests happen.
const NOW: &str = "2026-11-22T09:00:00Z";

/// Of age, with an identity card.
const ADULT: &str = "20480163920017";
/// Seventeen.
const MINOR: &str = "20480163920018";

#[test]
fn every_command_shows_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let commands = [
        "init",
        "sample-register",
        "import",
        "issue",
        "offer",
        "revoke",
        "suspend",
        "reinstate",
        "register-verifier",
        "withdraw-verifier",
        "bundle",
        "trust-list",
        "rotate-root",
        "serve",
        "audit",
        "keys",
        "trust",
    ];
    for command in commands {
        let text = run_text(&folder, &[command, "--help"]);
        assert!(text.contains("Example") && text.contains("  hati-issuer "), "{text}");
    }
    assert!(run_text(&folder, &["--help"]).contains("  hati-issuer issue"));
}

#[test]
fn a_command_line_that_cannot_be_read_is_told_to_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["isue"][..], &[], &["bundle", "--dir", "d"]] {
        let output = command(folder.path(), arguments).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        let output = command(folder.path(), arguments).arg("--json").output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        let said: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(said["error"]["code"], "usage");
        assert!(said["error"]["message"].as_str().unwrap().contains("Usage:"), "{said}");
    }
}

/// An issuer with an adult and a minor in its register, and a wallet's keys.
fn office() -> TempDir {
    let folder = issuer();
    let people = format!(
        "upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country\n\
         {ADULT},31415926,Grace Achieng,Odhiambo,1997-01-01,female,KE,Kisumu,Ahero,KE\n\
         {MINOR},,Brian,Mutua,2009-01-01,male,KE,Machakos,Mwala,KE\n"
    );
    std::fs::write(folder.path().join("people.csv"), people).unwrap();
    let import = ["import", "--dir", "issuer", "people.csv", "--now", NOW];
    assert_eq!(json_of(&run(&folder, &import))["counts"]["added"], 2);
    write_keys(&folder, "keys.json", 3);
    folder
}

fn write_keys(folder: &TempDir, name: &str, count: u8) {
    let key = |seed| SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap();
    let keys: Vec<_> = (1..=count).map(|seed| key(seed).public().to_jwk()).collect();
    std::fs::write(folder.path().join(name), json!({ "keys": keys }).to_string()).unwrap();
}

/// Issues to the adult, into `out`.
fn issue(folder: &TempDir, type_id: &str, format: &str, out: &str) -> Output {
    issue_to(folder, ADULT, &["--type", type_id, "--format", format, "--out", out])
}

fn issue_to(folder: &TempDir, upi: &str, options: &[&str]) -> Output {
    let command = ["issue", "--dir", "issuer", "--holder-keys", "keys.json", "--now", NOW, "--upi", upi];
    run(folder, &[&command[..], options].concat())
}

fn issuer() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let init = ["init", "--dir", "issuer", "--issuer-url", "https://id.example.go.ke", "--now", NOW];
    assert_eq!(json_of(&run(&folder, &init))["trust_list_version"], 1);
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder.path(), arguments).arg("--json").output().unwrap()
}

fn run_text(folder: &TempDir, arguments: &[&str]) -> String {
    let output = command(folder.path(), arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
    command.current_dir(folder).args(arguments);
    command
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The message of a command that failed as it should.
fn error_of(output: &Output) -> String {
    refusal(output)["message"].as_str().unwrap().to_owned()
}

/// Its stable code.
fn code_of(output: &Output) -> String {
    refusal(output)["code"].as_str().unwrap().to_owned()
}

/// One object on standard error, and nothing beside it.
fn refusal(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty());
    let said: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((said.as_object().unwrap().len(), said["error"].as_object().unwrap().len()), (1, 2), "{said}");
    said["error"].clone()
}
