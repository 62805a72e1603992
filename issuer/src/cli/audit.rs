//! `hati-issuer audit`: what was done, and whether all of it is still there.

use std::path::PathBuf;

use clap::Subcommand;
use hati_formats::json;
use hati_issuer::audit::{AuditError, Checkpoint, verify};
use hati_issuer::home::Home;

use super::{Answer, Failure, open_home, read_file};

/// Show the audit, or check that nobody altered it
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer audit verify --dir issuer --checkpoint kept-in-june.jwt --checkpoint kept-in-july.jwt
  hati-issuer audit list --dir issuer --from 120")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check that every entry follows from the one before it, and from the checkpoints kept elsewhere
    #[command(after_help = "Example:
  hati-issuer audit verify --dir issuer --checkpoint kept-in-june.jwt

A checkpoint is published with every bundle, as D/public/audit-checkpoint. Keep some elsewhere: without one, nobody can
tell that the end of the audit was cut off, or all of it made anew.")]
    Verify {
        /// The issuer's folder
        #[arg(long)]
        dir: PathBuf,
        /// A checkpoint that was kept
        #[arg(long, value_name = "F")]
        checkpoint: Vec<PathBuf>,
    },
    /// Print entries, one a line: who did what to whom, and when
    #[command(after_help = "Example:
  hati-issuer audit list --dir issuer --from 120 --count 20")]
    List {
        /// The issuer's folder
        #[arg(long)]
        dir: PathBuf,
        /// The first entry
        #[arg(long, value_name = "N", default_value_t = 0)]
        from: u64,
        /// How many at the most
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        count: u32,
    },
}

impl Args {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        match self.command {
            Command::Verify { dir, checkpoint } => check(&open_home(&dir)?, &checkpoint),
            Command::List { dir, from, count } => list(&open_home(&dir)?, from, count as usize),
        }
    }
}

fn check(home: &Home, kept: &[PathBuf]) -> Result<Answer, Failure> {
    let (issuer, registrar) = (home.config.issuer_url(), home.registrar_keys()?);
    let mut checkpoints = Vec::with_capacity(kept.len());
    for path in kept {
        let text = String::from_utf8_lossy(&read_file(path, json::MAX_BYTES)?).into_owned();
        let checkpoint = Checkpoint::verify(&text, issuer, &registrar)
            .map_err(|source| Failure::Checkpoint { path: path.clone(), source: Box::new(source) })?;
        checkpoints.push(checkpoint);
    }
    let entries = verify(&*home.store, &checkpoints).map_err(Box::new)?;
    let text = match checkpoints.len() {
        0 => format!(
            "{entries} entries, each as it was written. No checkpoint was given, so an end that somebody cut together with the store's own mark of it would not show"
        ),
        1 => format!("{entries} entries, each as it was written, and as the checkpoint says"),
        many => format!("{entries} entries, each as it was written, and as {many} checkpoints say"),
    };
    Ok(Answer::done(text, serde_json::json!({ "entries": entries, "checkpoints": checkpoints.len() })))
}

fn list(home: &Home, from: u64, count: usize) -> Result<Answer, Failure> {
    let entries = home.store.events(from, count).map_err(|error| Box::new(AuditError::from(error)))?;
    let mut lines = Vec::with_capacity(entries.len());
    let mut listed = Vec::with_capacity(entries.len());
    for logged in entries {
        let event = logged.event;
        let at = hati_formats::time::Timestamp::from_seconds(event.at).to_string();
        let action = event.action.name();
        lines
            .push(format!("{:>8}  {at}  {action:<20}  {}  by {}", logged.number, event.subject, event.actor));
        listed.push(serde_json::json!({
            "entry": logged.number, "at": at, "action": action, "subject": event.subject, "actor": event.actor,
        }));
    }
    let text = if lines.is_empty() { format!("No entry {from} or later") } else { lines.join("\n") };
    Ok(Answer::done(text, serde_json::json!({ "entries": listed })))
}
