//! `hati-verifier update`: the newer bundle that a delta leads to.

use std::path::PathBuf;

use hati_verifier_service::{Error, Home, MAX_BUNDLE_BYTES, read, replace};
use serde_json::json;

use super::{Answer, Context};

/// Apply a delta to a bundle
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-verifier update --dir shop --bundle bundle.hati --delta delta.hati --out bundle.hati")]
pub(super) struct Args {
    /// The verifier's folder
    #[arg(long, value_name = "D")]
    dir: PathBuf,
    /// The bundle that the delta starts from
    #[arg(long, value_name = "OLD")]
    bundle: PathBuf,
    /// The delta
    #[arg(long, value_name = "DELTA")]
    delta: PathBuf,
    /// Where to write the newer bundle; it may be the same file
    #[arg(long, value_name = "NEW")]
    out: PathBuf,
}

impl Args {
    pub(super) fn run(self, context: &mut Context) -> Result<Answer, Error> {
        let home = Home::open(&self.dir)?;
        let base = read(&self.bundle, MAX_BUNDLE_BYTES)?;
        let accepted = home.update(&base, &read(&self.delta, MAX_BUNDLE_BYTES)?)?;
        context.note_pinned(&accepted);
        replace(&self.out, accepted.bundle.as_bytes())?;
        let content = accepted.bundle.content();
        let text = format!(
            "Bundle {} of {} is in {}; the next is due at {}",
            content.version,
            content.issued_at,
            self.out.display(),
            content.next_update,
        );
        let json = json!({
            "version": content.version,
            "issued_at": content.issued_at.to_string(),
            "next_update": content.next_update.to_string(),
            "out": self.out,
        });
        Ok(Answer::done(text, json))
    }
}
