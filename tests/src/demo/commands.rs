//! Running the three commands.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::country::Result;

/// The PIN of the demo's wallet.
const PIN: &str = "271828";

/// Where the commands are.
#[derive(Debug, Clone)]
pub struct Commands {
    folder: PathBuf,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit status.
    pub status: i32,
    /// What it printed.
    pub json: Value,
}

impl Commands {
    /// Finds the commands beside the program that runs now, where cargo builds them.
    ///
    /// # Errors
    /// If one is not there.
    pub fn beside_this_program() -> Result<Self> {
        let program = std::env::current_exe()?;
        let folders = program.ancestors().skip(1).take(2);
        let here = |folder: &&Path| {
            ["hati-issuer", "hati-wallet", "hati-verifier"].iter().all(|name| folder.join(name).is_file())
        };
        let folder = folders.into_iter().find(here).ok_or(
            "hati-issuer, hati-wallet and hati-verifier are not built; run: cargo build --workspace --all-features",
        )?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where a command is.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs a command with `--json`, in `folder`.
    ///
    /// # Errors
    /// If it cannot be started, or prints no JSON.
    pub fn run(&self, folder: &Path, name: &str, arguments: &[&str]) -> Result<Ran> {
        let output = Command::new(self.path(name))
            .args(["--json"])
            .args(arguments)
            .current_dir(folder)
            .env("HATI_PIN", PIN)
            .stdin(Stdio::null())
            .output()?;
        let said = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let said = String::from_utf8_lossy(said);
        let json = serde_json::from_str(said.trim())
            .map_err(|e| format!("{name} {} printed no JSON ({e}): {said}", arguments.join(" ")))?;
        Ok(Ran { status: output.status.code().unwrap_or(-1), json })
    }
}
