//! One verifier's folder, a country around it, and somebody who answers.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::qr::presentation::{self, SINGLE_SCAN_AUDIENCE};
use hati_formats::qr::text::{self, Kind};
use hati_formats::sd_jwt::ClaimPath;
use hati_formats::time::Timestamp;
use hati_formats::trust::Bundle;
use serde_json::Value;
use tempfile::TempDir;

use super::country::{Country, at, key, present};

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) json: Value,
    pub(crate) notes: Vec<String>,
}

impl Ran {
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, Some(0), "{self:?}");
        self.json
    }

    #[track_caller]
    pub(crate) fn refused(self, code: &str) -> String {
        assert_eq!((self.status, self.json["error"]["code"].as_str()), (Some(3), Some(code)), "{self:?}");
        self.json["error"]["message"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn verdict(self, verdict: &str, code: &str) -> Value {
        let status = match verdict {
            "accepted" => 0,
            "rejected" => 1,
            _ => 2,
        };
        let got = (self.json["verdict"].as_str(), self.json["code"].as_str(), self.status);
        assert_eq!(got, (Some(verdict), Some(code), Some(status)), "{self:#?}");
        self.json
    }
}

/// A verifier in the folder `v`, with the first bundle in `b1`.
pub(crate) struct Scene {
    temp: TempDir,
    pub(crate) country: Country,
    pub(crate) holder: SoftwareKey,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let scene = Self {
            temp: tempfile::tempdir().unwrap(),
            country: Country::new().unwrap(),
            holder: key(Algorithm::EdDsa, 10).unwrap(),
        };
        scene.run(&["init", "--dir", "v"]).ok();
        scene.write("b1", &scene.country.signed_bundle().unwrap());
        scene
    }

    pub(crate) fn folder(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs a command at [`NOW`](super::country::NOW).
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_at(at(0), arguments)
    }

    pub(crate) fn run_at(&self, now: Timestamp, arguments: &[&str]) -> Ran {
        let mut command = command(self.folder(), arguments);
        ran(&command.args(["--json", "--now", &now.to_string()]).output().unwrap())
    }

    /// What a person sees.
    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        let mut command = command(self.folder(), arguments);
        let output = command.args(["--now", &at(0).to_string()]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// A newer bundle of the country.
    pub(crate) fn next_bundle(&mut self, name: &str) -> Bundle {
        self.country.bundle.version += 1;
        self.country.bundle.issued_at = self.country.bundle.issued_at.plus_seconds(60);
        let bytes = self.country.signed_bundle().unwrap();
        self.write(name, &bytes);
        Bundle::verify(&bytes, self.country.root.public(), None).unwrap()
    }

    /// Registers the verifier for `claims`, as of the files `b1` and `registration`.
    pub(crate) fn register(&self, claims: &[&str]) -> Ran {
        let bytes = self.country.register(&self.verifier_key(), claims).unwrap();
        self.write("registration", &bytes);
        self.run(&["register", "--dir", "v", "registration"])
    }

    pub(crate) fn verifier_key(&self) -> SoftwareKey {
        let jwk: Value = serde_json::from_slice(&self.read("v/key.jwk")).unwrap();
        SoftwareKey::from_jwk(&jwk).unwrap()
    }

    pub(crate) fn request(&self, profile: &str) -> Ran {
        self.run(&[
            "request",
            "--dir",
            "v",
            "--bundle",
            "b1",
            "--profile",
            profile,
            "--out",
            "request.png",
            "--state",
            "state",
        ])
    }

    /// The answer that the holder signs at `iat` to the request whose state is `state`.
    pub(crate) fn answer(&self, type_id: &str, claims: &[&str], iat: Timestamp) -> String {
        let state: Value = serde_json::from_slice(&self.read("state")).unwrap();
        let [nonce, audience] = ["nonce", "audience"].map(|name| state[name].as_str().unwrap().to_owned());
        let payload = self.presentation(type_id, claims, &audience, &nonce, iat);
        text::encode(Kind::Presentation, &payload)
    }

    /// A code that the holder shows by itself.
    pub(crate) fn single_scan(&self) -> String {
        let payload = self.presentation("proof-of-age", &[], SINGLE_SCAN_AUDIENCE, "", at(-5));
        text::encode(Kind::SingleScan, &payload)
    }

    pub(crate) fn presentation(
        &self,
        type_id: &str,
        claims: &[&str],
        audience: &str,
        nonce: &str,
        iat: Timestamp,
    ) -> Vec<u8> {
        let credential = self.country.issue(type_id, &self.holder, &self.country.issuer, |_| {}).unwrap();
        let inside = |path: &&str| ClaimPath::names(["credentialSubject"].into_iter().chain(path.split('.')));
        let claims: Vec<ClaimPath> = claims.iter().map(inside).collect();
        let shown = present(&credential, &self.holder, &claims, audience, nonce, iat).unwrap();
        presentation::compact(&shown).unwrap()
    }

    /// Checks an answer to the request in `state`.
    pub(crate) fn check(&self, now: Timestamp, text: &str) -> Ran {
        self.run_at(now, &["check", "--dir", "v", "--bundle", "b1", "--state", "state", "--text", text])
    }
}

pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-verifier"));
    command.current_dir(folder).env_remove("CLICOLOR_FORCE").args(arguments);
    command
}

/// An answer is one JSON object on standard output, an error is one on standard error; nothing else is said, but
/// for notes beside an answer.
fn ran(output: &Output) -> Ran {
    let status = output.status.code();
    let parse = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
    if status == Some(3) {
        assert!(output.stdout.is_empty(), "{output:?}");
        return Ran { status, json: parse(&output.stderr), notes: Vec::new() };
    }
    let lines = std::str::from_utf8(&output.stderr).unwrap().lines();
    let note = |line: &str| parse(line.as_bytes())["note"].as_str().unwrap().to_owned();
    Ran { status, json: parse(&output.stdout), notes: lines.map(note).collect() }
}
