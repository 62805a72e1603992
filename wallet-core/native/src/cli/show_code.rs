//! `hati-wallet show-code`: a code for a verifier that only scans.

use std::path::PathBuf;

use hati_formats::qr::request::TypeId;
use hati_wallet::Error;
use serde_json::{Value, json};

use super::answer::{reuse, show};
use super::{Answer, Context, codes, random};

/// Show a code without a request: proof of age, for whoever scans it within a minute
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V show-code --type proof-of-age --out age.png

Called again within a minute, it renews the code with the same copy; after that it takes the next one.")]
pub(super) struct Args {
    /// The type of credential
    #[arg(long = "type", value_name = "T", default_value = TypeId::PROOF_OF_AGE)]
    credential_type: String,
    /// The picture of the code
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// Show a copy again if every one was shown before: those who saw it then know that it is you
    #[arg(long)]
    reuse: bool,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let kind = TypeId::parse(&self.credential_type)?;
        let mut rng = random()?;
        let mut vault = context.open()?;
        let unsigned = vault.wallet.single_scan(&kind, reuse(self.reuse), context.now(), &mut rng)?;
        let copy = unsigned.copy();
        let mut lines = codes::claim_lines(unsigned.claims(), context.lang);
        let mut json = json!({
            "type": kind.as_str(),
            "claims": codes::claims_json(unsigned.claims(), context.lang),
            "copy": copy,
        });
        let written = show(&mut vault, unsigned, &self.out, &mut rng)?;
        if let Value::Object(members) = &mut json {
            members.extend(written.json);
        }
        lines.push(written.text);
        Ok(Answer::done(lines.join("\n"), json))
    }
}
