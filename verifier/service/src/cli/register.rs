//! `hati-verifier register`: what the registrar says of this verifier.

use std::path::PathBuf;

use hati_verifier_service::{Error, Home, MAX_REGISTRATION_BYTES, Registered, read};
use serde_json::json;

use super::{Answer, Context};

/// Take in the registration of this verifier, to travel in its requests
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-verifier register --dir shop registration.cose")]
pub(super) struct Args {
    /// The verifier's folder
    #[arg(long, value_name = "D")]
    dir: PathBuf,
    /// The registration, as the registrar signed it
    #[arg(value_name = "F")]
    file: PathBuf,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let home = Home::open(&self.dir)?;
        let registration = read(&self.file, MAX_REGISTRATION_BYTES)?;
        match home.register(&registration, context.now)? {
            Registered::Verified(registration) => {
                let content = registration.content();
                let claims: Vec<&str> = content.claims.iter().map(|claim| claim.as_str()).collect();
                let text = format!(
                    "Registered as {} by {} until {}\n  may ask for  {}",
                    content.names.en(),
                    registration.registrar(),
                    content.validity.until,
                    claims.join(", "),
                );
                let json = json!({
                    "verified": true,
                    "name": { "en": content.names.en(), "sw": content.names.sw() },
                    "registrar": registration.registrar(),
                    "until": content.validity.until.to_string(),
                    "claims": claims,
                });
                Ok(Answer::done(text, json))
            }
            Registered::Unverified => {
                let text = "Taken in, but not checked: no bundle was seen yet. The first request checks it.";
                Ok(Answer::done(text.to_owned(), json!({ "verified": false })))
            }
        }
    }
}
