//! `hati-wallet show`: what a credential says.

use hati_wallet::Error;
use serde_json::{Value, json};

use super::credentials::{self, plain, type_name};
use super::{Answer, Context};

/// Show what a credential says, to the holder alone
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V show maisha-id
  hati-wallet --vault V show 1 --lang sw")]
pub(super) struct Args {
    /// Its number, as `list` gives it, or its type
    #[arg(value_name = "ID")]
    id: String,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let vault = context.open()?;
        let now = context.now();
        let credential = credentials::find(&vault.wallet, &self.id)?;
        let claims = credential.claims(&vault.wallet)?;
        let label =
            |claim: &hati_wallet_core::describe::LabelledClaim| claim.label(context.lang.id()).to_owned();
        let width = claims.iter().map(|claim| label(claim).chars().count()).max().unwrap_or(0);
        let mut lines = vec![
            type_name(&vault.wallet, credential.type_id(), context.lang),
            format!("by {}, {}", credential.issuer(), credential.copies_left(now)),
        ];
        let line = |claim| format!("  {:width$}  {}", label(claim), plain(&claim.value, context.lang));
        lines.extend(claims.iter().map(line));
        let claims: Vec<Value> = claims
            .iter()
            .map(|claim| json!({ "path": claim.name(), "label": label(claim), "value": claim.value }))
            .collect();
        let mut json = credential.as_json(now);
        if let Value::Object(members) = &mut json {
            members.insert("claims".to_owned(), claims.into());
        }
        Ok(Answer::done(lines.join("\n"), json))
    }
}
