//! `hati-wallet answer`: who asks, for what; and with the holder's approval, the answer.

use std::path::{Path, PathBuf};

use hati_wallet::{Error, Vault};
use hati_wallet_core::history::Entry;
use hati_wallet_core::pool::Reuse;
use hati_wallet_core::present::{Codes, Consent, Unsigned};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::codes::{Pictures, Written};
use super::{Answer, Context, Lang, codes, random, request, terminal};

/// Read a verifier's request, show who asks and what would be shown, and answer it
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V answer request.png --out answer.png

Nothing is shown before you say yes. A copy is shown once; with --reuse one is shown again if no other is left.
The same request answered again within its two minutes gives the same answer again, as for another place.
An answer that one code cannot hold becomes an animated picture, with its frames one by one beside it:
  hati-verifier check … --image answer-*.png")]
pub(super) struct Args {
    /// A picture (PNG, JPEG) of the verifier's code, or its text
    #[arg(value_name = "REQUEST")]
    request: String,
    /// The picture of the answer
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// Say yes without being asked, for scripts
    #[arg(long)]
    approve: bool,
    /// Show a copy again if every one was shown before: those who saw it then know that it is you
    #[arg(long)]
    reuse: bool,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let text = request::read(&self.request)?;
        let mut vault = context.open()?;
        if let Some((entry, answer)) = vault.wallet.answered(&text, context.now())? {
            return again(entry, &answer.codes, &self.out);
        }
        let consent = vault.wallet.consider(&text, reuse(self.reuse), context.now())?;
        let asked = consent_lines(&consent, context.lang).join("\n");
        let mut json = consent_json(&consent, context.lang);
        if !self.approve {
            // A program that reads JSON from standard error gets nothing else there.
            if terminal::is_attended() || !context.json {
                terminal::tell(&asked);
            }
            if !terminal::is_attended() || !terminal::confirm("Show this?") {
                return Err(Error::NotApproved { what: "nothing was shown" });
            }
        }
        let unsigned = consent.approve(context.now())?;
        let written = show(&mut vault, unsigned, &self.out, &mut random()?)?;
        if let Value::Object(members) = &mut json {
            members.extend(written.json);
        }
        let text = if self.approve { format!("{asked}\n{}", written.text) } else { written.text };
        Ok(Answer::done(text, json))
    }
}

pub(super) const fn reuse(allowed: bool) -> Reuse {
    if allowed { Reuse::LastResort } else { Reuse::Never }
}

/// Signs with the copy's key, and stores that the copy is used before anybody can see it; nothing is stored if it cannot
/// be written where it should.
pub(super) fn show(
    vault: &mut Vault,
    unsigned: Unsigned,
    out: &Path,
    rng: &mut ChaCha20Rng,
) -> Result<Written, Error> {
    let signature = vault.wallet.pool().sign(unsigned.copy(), unsigned.signing_input())?;
    let (answer, changes) = vault.wallet.finish(unsigned, &signature, rng)?;
    let pictures = Pictures::draw(&answer.codes, out)?;
    vault.store(changes)?;
    pictures.write()
}

/// Writes the answer once more that was approved and stored before.
fn again(entry: &Entry, codes: &Codes, out: &Path) -> Result<Answer, Error> {
    let written = Pictures::draw(codes, out)?.write()?;
    let at = entry.at.to_string();
    let text = format!("You answered this request at {at}; this is the same answer again.\n{}", written.text);
    let mut json = json!({
        "again": true,
        "answered_at": at,
        "type": entry.credential_type.as_str(),
        "copy": entry.copy,
        "reused": entry.reused,
    });
    if let Value::Object(members) = &mut json {
        members.extend(written.json);
    }
    Ok(Answer::done(text, json))
}

fn consent_lines(consent: &Consent, lang: Lang) -> Vec<String> {
    let names = consent.names().map(|names| if lang == Lang::Sw { names.sw() } else { names.en() });
    let place = consent.place().map(|place| format!(", {place}")).unwrap_or_default();
    let who = match (names, lang) {
        (Some(name), Lang::En) => format!("{name}{place} asks (registered)"),
        (Some(name), Lang::Sw) => format!("{name}{place} anauliza (amesajiliwa)"),
        (None, Lang::En) => "Somebody who is NOT REGISTERED asks".to_owned(),
        (None, Lang::Sw) => "Mtu AMBAYE HAJASAJILIWA anauliza".to_owned(),
    };
    let (purpose, shown) = match lang {
        Lang::En => (format!("What for: {}", consent.purpose().en()), "This would be shown:"),
        Lang::Sw => (format!("Kwa nini: {}", consent.purpose().sw()), "Hii itaonyeshwa:"),
    };
    let mut lines = vec![who, purpose, shown.to_owned()];
    lines.extend(codes::claim_lines(consent.claims(), lang));
    if consent.reuses() {
        lines.push("This copy was shown before: whoever saw it then can know that it is you.".to_owned());
    }
    lines
}

fn consent_json(consent: &Consent, lang: Lang) -> Value {
    let purpose = consent.purpose();
    json!({
        "again": false,
        "requester": {
            "registered": consent.is_registered(),
            "names": consent.names().map(|names| json!({ "en": names.en(), "sw": names.sw() })),
            "place": consent.place(),
        },
        "purpose": { "id": purpose.id(), "en": purpose.en(), "sw": purpose.sw() },
        "type": consent.request().content().credential_type.as_str(),
        "claims": codes::claims_json(consent.claims(), lang),
        "copy": consent.copy(),
        "reused": consent.reuses(),
    })
}
