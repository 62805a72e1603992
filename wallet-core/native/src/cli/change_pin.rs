//! `hati-wallet change-pin`: another PIN for the same vault.

use hati_wallet::Error;
use serde_json::json;

use super::{Answer, Context, random, terminal};

/// Replace the PIN: the key of the records is wrapped anew, the records stay
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V change-pin

Scripts give the old PIN in HATI_PIN and the new one in HATI_NEW_PIN.")]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let vault = context.open()?;
        vault.change_pin(&terminal::new_pin()?, &mut random()?)?;
        Ok(Answer {
            text: "Only the new PIN opens the vault now.".to_owned(),
            json: json!({ "vault": context.folder }),
            status: 0,
        })
    }
}
