//! What every act shares: the folder, the commands, and the telling.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use super::Commands;
use super::commands::Ran;
use crate::country::Result;

/// The scene of the journey.
pub struct Stage<'o> {
    commands: Commands,
    folder: PathBuf,
    out: &'o mut dyn Write,
    act: u32,
    began: Instant,
}

impl<'o> Stage<'o> {
    pub(super) fn new(commands: Commands, folder: &Path, out: &'o mut dyn Write) -> Result<Self> {
        for name in ["codes", "verdicts"] {
            fs::create_dir_all(folder.join(name))?;
        }
        Ok(Self { commands, folder: folder.canonicalize()?, out, act: 0, began: Instant::now() })
    }

    /// A file of the journey.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Begins an act.
    pub(super) fn act(&mut self, title: &str) -> Result<()> {
        self.act += 1;
        writeln!(self.out, "\n{}. {title}", self.act)?;
        Ok(())
    }

    /// Tells one thing.
    pub(super) fn tell(&mut self, line: &str) -> Result<()> {
        writeln!(self.out, "   {line}")?;
        Ok(())
    }

    /// Runs a command that must succeed, and gives what it printed and how long it took.
    pub(super) fn run(&mut self, name: &str, arguments: &[&str]) -> Result<(Value, String)> {
        let began = Instant::now();
        let ran = self.commands.run(&self.folder, name, arguments)?;
        if ran.status != 0 {
            return Err(format!("{name} {} failed: {}", arguments.join(" "), ran.json).into());
        }
        Ok((ran.json, format!("{} ms", began.elapsed().as_millis())))
    }

    /// Runs a command that must refuse, and gives its code and message.
    pub(super) fn refused(&mut self, name: &str, arguments: &[&str]) -> Result<(String, String)> {
        let ran = self.commands.run(&self.folder, name, arguments)?;
        if ran.status == 0 {
            return Err(format!("{name} {} should have refused", arguments.join(" ")).into());
        }
        let text = |member: &str| {
            let error = ran.json.get("error").and_then(|e| e.get(member)).and_then(Value::as_str);
            error.map(str::to_owned).ok_or_else(|| format!("an error without `{member}`: {}", ran.json))
        };
        Ok((text("code")?, text("message")?))
    }

    /// Checks codes, keeps the verdict, and demands `code`.
    pub(super) fn verdict(&mut self, file: &str, code: &str, arguments: &[&str]) -> Result<Value> {
        let began = Instant::now();
        let Ran { status, json } = self.commands.run(&self.folder, "hati-verifier", arguments)?;
        let took = began.elapsed().as_millis();
        fs::write(self.path(&format!("verdicts/{file}.json")), serde_json::to_string_pretty(&json)?)?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("?").to_owned();
        let (verdict, got) = (text(json.get("verdict")), text(json.get("code")));
        let expected = match verdict.as_str() {
            "accepted" => 0,
            "rejected" => 1,
            _ => 2,
        };
        if got != code || status != expected {
            return Err(format!("expected `{code}`, got status {status} and {json}").into());
        }
        let message = text(json.get("message").and_then(|m| m.get("en")));
        self.tell(&format!("verdict   {} ({got}) in {took} ms: {message}", verdict.to_uppercase()))?;
        Ok(json)
    }

    pub(super) fn end(self) -> Result<()> {
        writeln!(self.out, "\nThe whole journey took {} s.", self.began.elapsed().as_secs())?;
        writeln!(self.out, "The QR pictures are in  {}", self.folder.join("codes").display())?;
        writeln!(self.out, "The verdicts are in     {}", self.folder.join("verdicts").display())?;
        Ok(())
    }
}
