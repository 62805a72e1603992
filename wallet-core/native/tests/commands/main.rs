//! The command line, as other programs call it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod answers;
#[path = "../../../tests/wallet/country.rs"]
mod country;
mod credentials;
mod trust;
mod vaults;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use country::Country;
use hati_formats::credential::Format;
use hati_formats::keys::PublicKey;
use hati_formats::time::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

const NOW: &str = "2026-11-22T09:00:00Z";

fn now() -> Timestamp {
    Timestamp::parse_rfc3339(NOW).unwrap()
}

/// A folder to work in, and the country around it.
struct Bench {
    folder: TempDir,
    country: Country,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), country: Country::new(now()) }
    }

    /// With a vault that pinned the root and took in the first bundle.
    fn trusting() -> Self {
        let bench = Self::new();
        let root = bench.country.root().public().to_jwk().to_string();
        bench.write("root.jwk", root.as_bytes());
        bench.write("bundle", &bench.country.bundle(1, false));
        bench.done(&["init", "--root", "root.jwk"]);
        bench.done(&["trust", "bundle"]);
        bench
    }

    /// With copies of a credential beside.
    fn holding(type_id: &str, copies: usize) -> Self {
        let mut bench = Self::trusting();
        bench.add(type_id, Format::VcSdJwt, copies);
        bench
    }

    fn add(&mut self, type_id: &str, format: Format, copies: usize) -> Value {
        self.done(&["keys", "--count", &copies.to_string(), "--out", "keys.json"]);
        self.issue(type_id, format);
        self.done(&["add", "issued.json"])
    }

    /// What an issuer makes of `keys.json`.
    fn issue(&mut self, type_id: &str, format: Format) {
        let jwks: Value = serde_json::from_slice(&self.read("keys.json")).unwrap();
        let keys = jwks["keys"].as_array().unwrap().iter().map(|jwk| PublicKey::from_jwk(jwk).unwrap());
        let issued = self.country.issue(type_id, format, &keys.collect::<Vec<_>>());
        self.write("issued.json", issued.to_json().as_bytes());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hati-wallet"));
        command
            .args(if arguments.contains(&"--vault") { &[][..] } else { &["--vault", "vault"][..] })
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HATI_PIN", "246810")
            .env_remove("HATI_NEW_PIN")
            .env_remove("HATI_DEVICE_SECRET")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that must succeed says to programs.
    fn done(&self, arguments: &[&str]) -> Value {
        self.done_at(NOW, arguments)
    }

    fn done_at(&self, now: &str, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json", "--now", now]].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What it says to people.
    fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(&[arguments, &["--now", NOW]].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The code with which a command refuses.
    fn refused(&self, arguments: &[&str]) -> String {
        self.refused_at(NOW, arguments)
    }

    fn refused_at(&self, now: &str, arguments: &[&str]) -> String {
        refusal(&self.run(&[arguments, &["--json", "--now", now]].concat()))
    }
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(error["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
    error["error"]["code"].as_str().unwrap().to_owned()
}

#[test]
fn every_command_helps_with_an_example() {
    let bench = Bench::new();
    let commands =
        ["init", "trust", "keys", "add", "list", "show", "answer", "show-code", "history", "change-pin"];
    for command in commands {
        let help = bench.said(&[command, "--help"]);
        assert!(help.contains(&format!("Example:\n  hati-wallet --vault V {command}")), "{command}: {help}");
    }
    let help = bench.said(&["--help"]);
    assert!(commands.iter().all(|command| help.contains(command)), "{help}");
}

#[test]
fn wrong_usage_is_told_from_a_refusal() {
    let bench = Bench::new();
    let output = bench.run(&["keys", "--count", "many", "--out", "x", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["code"], "usage");
    assert!(!bench.run(&["keys"]).status.success());
}

#[test]
fn every_code_of_a_refusal_stands_in_the_spec() {
    let spec = include_str!("../../../../spec/verdict.md");
    for code in hati_wallet::Error::CODES {
        assert!(spec.contains(&format!("\n| `{code}` |")), "{code}");
    }
}
