//! `hati-verifier request`: a request code.

use std::path::PathBuf;

use hati_formats::qr::image::{Code, Level};
use hati_formats::qr::request::Requester;
use hati_verifier_service::{Error, Home, MAX_BUNDLE_BYTES, profile, read, replace};
use serde_json::json;

use super::{Answer, Context, random};

/// Pixels a module: a version 20 code is then 840 pixels wide, sharp on a phone and on a counter's screen.
const MODULE_PX: u32 = 8;

/// Make a request code for the holder to scan
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-verifier request --dir shop --bundle bundle.hati --profile merchant-age --out request.png --state pending.json

Shipped profiles: merchant-age, merchant-name, officer-identity, border. Without a registration, wallets answer
merchant-age alone. A request may be answered for two minutes, once.")]
pub(super) struct Args {
    /// The verifier's folder
    #[arg(long, value_name = "D")]
    dir: PathBuf,
    /// The newest bundle
    #[arg(long, value_name = "B")]
    bundle: PathBuf,
    /// What to ask for: the id of a shipped profile, or the path of a profile file
    #[arg(long, value_name = "P")]
    profile: String,
    /// Where this is, such as a counter, for the holder to see
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// Where to write the picture of the code
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    /// Where to write what the check of the answer needs
    #[arg(long, value_name = "S")]
    state: PathBuf,
}

impl Args {
    pub(super) fn run(self, context: &mut Context) -> Result<Answer, Error> {
        let home = Home::open(&self.dir)?;
        let profile = profile(&self.profile)?;
        let accepted = home.accept_bundle(&read(&self.bundle, MAX_BUNDLE_BYTES)?)?;
        context.note_pinned(&accepted);
        let request = home.request(profile, self.place, &accepted.bundle, context.now, &mut random()?)?;
        let code = Code::new(&request.text, Level::L).map_err(Error::Drawing)?;
        let picture = code.png(MODULE_PX).map_err(Error::Drawing)?;
        // The state first: a code without it could be scanned, and its answer not be checked.
        replace(&self.state, format!("{:#}\n", request.pending.to_json()).as_bytes())?;
        replace(&self.out, &picture)?;

        let registered_as = match &request.requester {
            Requester::Registered(registration) => Some(registration.content().names.en()),
            Requester::Unregistered(_) => None,
        };
        let pending = &request.pending;
        let text = format!(
            "{}, asked by {}\n  \
             code         {}, {} characters, version {}\n  \
             answered by  {}",
            pending.profile.name_en,
            registered_as.unwrap_or("an unregistered verifier"),
            self.out.display(),
            request.text.len(),
            code.version(),
            pending.expires_at(),
        );
        let json = json!({
            "text": request.text,
            "characters": request.text.len(),
            "version": code.version(),
            "out": self.out,
            "state": self.state,
            "audience": pending.audience,
            "registered_as": registered_as,
            "expires_at": pending.expires_at().to_string(),
        });
        Ok(Answer::done(text, json))
    }
}
