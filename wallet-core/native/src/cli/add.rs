//! `hati-wallet add`: take in what an issuer issued.

use std::path::PathBuf;

use hati_formats::json;
use hati_protocol::issued::IssuedCredentials;
use hati_wallet::{Error, files};
use serde_json::json;

use super::{Answer, Context, random};

/// Take in issued credentials: each is verified in full, and all are kept or none
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V add maisha-id.json

The file comes from: hati-issuer issue … --out maisha-id.json")]
pub(super) struct Args {
    /// The issuer's file
    #[arg(value_name = "F.json")]
    file: PathBuf,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let issued = IssuedCredentials::parse(&files::read(&self.file, json::MAX_BYTES)?)?;
        let mut vault = context.open()?;
        let (numbers, changes) = vault.wallet.take_in(&issued, context.now(), &mut random()?)?;
        vault.store(changes)?;
        let kind = issued.credential_type.as_str();
        let waiting = vault.wallet.pool().waiting().len();
        Ok(Answer {
            text: format!(
                "{} copies of {kind} ({}) by {} are in the vault; {waiting} keys still wait",
                numbers.len(),
                issued.format,
                issued.issuer
            ),
            json: json!({
                "added": numbers.len(),
                "type": kind,
                "format": issued.format.media_type(),
                "issuer": issued.issuer,
                "copies": numbers,
                "waiting": waiting,
            }),
            status: 0,
        })
    }
}
