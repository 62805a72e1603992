//! The line-by-line talk with a peer's program (`tests/peers/README.md`).

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A running peer. One process serves a whole test, because starting one takes longer than all it does.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// `@sd-jwt/sd-jwt-vc` and `jose`, of npm.
    pub(crate) fn node() -> Self {
        let folder = folder().join("node");
        Self::start("npm", &folder.join("node_modules"), Command::new("node").arg(folder.join("peer.js")))
    }

    /// `@openid4vc/openid4vci`, of npm.
    pub(crate) fn wallet() -> Self {
        let folder = folder().join("node");
        Self::start("npm", &folder.join("node_modules"), Command::new("node").arg(folder.join("wallet.js")))
    }

    /// `sd-jwt` over `jwcrypto`, of PyPI.
    pub(crate) fn python() -> Self {
        let folder = folder().join("python");
        let python = folder.join(".venv/bin/python");
        Self::start("PyPI", &python, Command::new(&python).arg(folder.join("peer.py")))
    }

    /// Both of them.
    pub(crate) fn all() -> [Self; 2] {
        [Self::node(), Self::python()]
    }

    /// Starts a program that `make peers` or `make bench` has installed.
    pub(crate) fn start(name: &'static str, installed: &Path, command: &mut Command) -> Self {
        assert!(installed.exists(), "the {name} peers are not installed: run `make peers`");
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("the {name} peer does not start ({error}): run `make peers`"));
        let input = process.stdin.take().expect("stdin is piped");
        let output = BufReader::new(process.stdout.take().expect("stdout is piped"));
        Self { name, process, input, output }
    }

    /// What the peer answers, or why it refused.
    pub(crate) fn ask(&mut self, command: &Value) -> Result<Value, String> {
        writeln!(self.input, "{command}").expect("the peer reads");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the peer answers");
        let mut answer: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{} answered {line:?} ({error}) to {command}", self.name));
        match answer.get_mut("ok") {
            Some(ok) => Ok(ok.take()),
            None => Err(answer.get("error").expect("an answer is ok or an error").to_string()),
        }
    }

    /// An answer that is a text, such as a token.
    pub(crate) fn ask_text(&mut self, command: &Value) -> String {
        match self.ask(command) {
            Ok(Value::String(text)) => text,
            other => panic!("{} answered {other:?} to {command}", self.name),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}
