//! `hati-wallet list`: what is in the wallet.

use hati_formats::encoding::b64url;
use hati_wallet::Error;
use serde_json::{Value, json};

use super::credentials::{self, type_name};
use super::{Answer, Context};

/// List the credentials, and how many copies of each are left
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V list")]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let vault = context.open()?;
        let (wallet, now) = (&vault.wallet, context.now());
        let mut lines = Vec::new();
        let mut found: Vec<Value> = Vec::new();
        for credential in credentials::all(wallet) {
            let name = type_name(wallet, credential.type_id(), context.lang);
            let until = credential
                .valid_until()
                .map_or("without an end".to_owned(), |until| format!("until {until}"));
            lines.push(format!(
                "{:>4}  {name} ({}, {}), {}, {until}",
                credential.id,
                credential.type_id(),
                credential.format(),
                credential.copies_left(now),
            ));
            let mut json = credential.as_json(now);
            if let Value::Object(members) = &mut json {
                members.insert("name".to_owned(), name.into());
            }
            found.push(json);
        }
        if lines.is_empty() {
            lines.push("The wallet holds no credential yet.".to_owned());
        }
        let waiting = wallet.pool().waiting().len();
        lines.push(format!("{waiting} keys wait for their credential."));
        let bundle = wallet.bundle().map(|bundle| {
            let content = bundle.content();
            lines.push(format!(
                "Bundle {} of {}{}.",
                content.version,
                content.issued_at,
                if bundle.is_overdue(now) { ", and a newer one is due" } else { "" }
            ));
            json!({
                "version": content.version,
                "issued_at": content.issued_at.to_string(),
                "overdue": bundle.is_overdue(now),
            })
        });
        let root = wallet.root().map(|root| b64url(&root.thumbprint()));
        let json = json!({ "credentials": found, "waiting_keys": waiting, "bundle": bundle, "root": root });
        Ok(Answer::done(lines.join("\n"), json))
    }
}
