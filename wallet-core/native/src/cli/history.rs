//! `hati-wallet history`: what was shown.

use hati_wallet::Error;
use hati_wallet_core::history::{Entry, Recipient};
use serde_json::{Value, json};

use super::{Answer, Context, Lang};

/// Tell what was shown, to whom, and when: which claims, never their values
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V history")]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let vault = context.open()?;
        let entries = vault.wallet.history();
        let lines: Vec<String> = entries.iter().map(|entry| line(entry, context.lang)).collect();
        let text = if lines.is_empty() { "Nothing was shown yet.".to_owned() } else { lines.join("\n") };
        let json: Vec<Value> = entries.iter().map(as_json).collect();
        Ok(Answer::done(text, json!({ "entries": json })))
    }
}

fn line(entry: &Entry, lang: Lang) -> String {
    let to = match &entry.to {
        Some(to) => format!("to {}, {}", recipient(to, lang), to.purpose),
        None => "to whoever scanned the code".to_owned(),
    };
    let reused = if entry.reused { ", a copy shown before" } else { "" };
    format!(
        "{}  {} of {} {to} (copy {}{reused})",
        entry.at,
        entry.claims.join(", "),
        entry.credential_type,
        entry.copy
    )
}

fn recipient(to: &Recipient, lang: Lang) -> String {
    let name = to.names.as_ref().map(|names| if lang == Lang::Sw { names.sw() } else { names.en() });
    let name = name.unwrap_or("somebody who is not registered");
    to.place.as_ref().map_or_else(|| name.to_owned(), |place| format!("{name}, {place}"))
}

fn as_json(entry: &Entry) -> Value {
    let to = entry.to.as_ref().map(|to| {
        json!({
            "registered": to.names.is_some(),
            "names": to.names.as_ref().map(|names| json!({ "en": names.en(), "sw": names.sw() })),
            "audience": to.audience,
            "place": to.place,
            "purpose": to.purpose,
        })
    });
    json!({
        "at": entry.at.to_string(),
        "to": to,
        "type": entry.credential_type.as_str(),
        "claims": entry.claims,
        "copy": entry.copy,
        "reused": entry.reused,
    })
}
