//! `hati-verifier expand`: the standard token inside a code.

use hati_verifier_service::{Error, expand};

use super::codes::Codes;
use super::{Answer, Context};

/// Print the SD-JWT+KB inside a code, unchecked, for other software
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-verifier expand --image photo.jpg

With --json its header, payload, disclosures and key binding are decoded.")]
pub(super) struct Args {
    #[command(flatten)]
    codes: Codes,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let expanded = expand(&self.codes.read()?)?;
        let json = if context.json { expanded.decoded()? } else { serde_json::Value::Null };
        Ok(Answer::done(expanded.sd_jwt, json))
    }
}
