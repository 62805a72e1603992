//! The keys of an issuer: sealed, in a token, rotated, and the root elsewhere.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod root;
mod rotation;
mod sealed;
mod token;

use std::path::Path;
use std::process::{Command, Output};

use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::trust::Bundle;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The day on which an issuer is made.
const NOW: &str = "2026-11-22T09:00:00Z";
const ADULT: &str = "20480163920017";
const PASSPHRASE: (&str, &str) = ("HATI_ISSUER_PASSPHRASE", "correct horse battery staple");

/// An issuer's folder, and the environment in which its commands run.
struct Office {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Office {
    /// One with an adult in its register, and a wallet's keys.
    fn new(environment: &[(&'static str, &str)], init: &[&str]) -> Self {
        let environment = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let office = Self { folder: tempfile::tempdir().unwrap(), environment };
        office.init(init);
        office
    }

    fn init(&self, options: &[&str]) {
        let init = ["init", "--dir", "issuer", "--issuer-url", "https://id.example.go.ke"];
        self.done(&[&init, options].concat());
        let people = format!(
            "upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country\n\
             {ADULT},31415926,Grace Achieng,Odhiambo,1997-01-01,female,KE,Kisumu,Ahero,KE\n"
        );
        std::fs::write(self.path("people.csv"), people).unwrap();
        self.done(&["import", "--dir", "issuer", "people.csv"]);
        let keys = [1, 2].map(|seed| {
            SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap().public().to_jwk()
        });
        std::fs::write(self.path("keys.json"), json!({ "keys": keys }).to_string()).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
        for name in ["PASSPHRASE", "PASSPHRASE_FILE", "NEW_PASSPHRASE", "HSM_PIN"] {
            command.env_remove(format!("HATI_ISSUER_{name}"));
        }
        command.env_remove("CREDENTIALS_DIRECTORY").stdin(std::process::Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (*name, value.as_str())));
        command.current_dir(self.folder.path()).args(arguments).arg("--json");
        command
    }

    /// What a command answers, on the first day.
    fn done(&self, arguments: &[&str]) -> Value {
        self.done_at(NOW, arguments)
    }

    fn done_at(&self, now: &str, arguments: &[&str]) -> Value {
        let output = self.command(arguments).args(["--now", now]).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The code of a refusal.
    fn refused(&self, arguments: &[&str]) -> String {
        self.refused_at(NOW, arguments)
    }

    fn refused_at(&self, now: &str, arguments: &[&str]) -> String {
        code(&self.command(arguments).args(["--now", now]).output().unwrap())
    }

    /// Issues to the adult, and gives one of the copies.
    fn issue(&self, now: &str) -> String {
        let issue = ["issue", "--dir", "issuer", "--upi", ADULT, "--type", "proof-of-age", "--holder-keys"];
        self.done_at(now, &[&issue[..], &["keys.json", "--out", "issued.json"]].concat());
        let issued: Value =
            serde_json::from_slice(&std::fs::read(self.path("issued.json")).unwrap()).unwrap();
        issued["credentials"][0].as_str().unwrap().to_owned()
    }

    /// Publishes a bundle, and reads it as a device that pinned the root does.
    fn bundle(&self, now: &str, root: &PublicKey) -> Bundle {
        self.done_at(now, &["bundle", "--dir", "issuer", "--out", "bundle.hati"]);
        Bundle::verify(&std::fs::read(self.path("bundle.hati")).unwrap(), root, None).unwrap()
    }

    /// The public root key.
    fn root(&self) -> PublicKey {
        let jwk = std::fs::read(self.path("issuer/root.jwk")).unwrap();
        PublicKey::from_jwk(&serde_json::from_slice(&jwk).unwrap()).unwrap()
    }

    /// The ids of keys in a state, as `keys list` shows them.
    fn listed(&self, key: &str, state: &str) -> Vec<String> {
        let list = self.done(&["keys", "list", "--dir", "issuer"]);
        let keys = list["keys"].as_array().unwrap().iter();
        let these = keys.filter(|shown| shown["key"] == key && shown["state"] == state);
        these.map(|shown| shown["id"].as_str().unwrap().to_owned()).collect()
    }
}

fn code(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stderr).unwrap();
    said["error"]["code"].as_str().unwrap().to_owned()
}

/// Every file below a folder, with what is in it.
fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}
