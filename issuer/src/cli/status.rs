//! `hati-issuer revoke`, `suspend` and `reinstate`.

use std::path::PathBuf;

use hati_issuer::status::{StatusOrder, change};
use hati_store::{Change, Changed};

use super::{Answer, Context, Failure, actor, copies, open_home};

pub(super) const REVOKE: &str = "Example:
  hati-issuer revoke --dir issuer --upi 20480163920017
  hati-issuer bundle --dir issuer --out bundle.hati";

pub(super) const SUSPEND: &str = "Example: a phone is lost
  hati-issuer suspend --dir issuer --upi 20480163920017
  hati-issuer bundle --dir issuer --out bundle.hati";

pub(super) const REINSTATE: &str = "Example: the phone is found
  hati-issuer reinstate --dir issuer --upi 20480163920017
  hati-issuer bundle --dir issuer --out bundle.hati";

#[derive(clap::Args)]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The person
    #[arg(long)]
    upi: String,
    /// Only credentials of this type
    #[arg(long = "type", value_name = "T")]
    credential_type: Option<String>,
}

impl Args {
    pub(super) fn run(self, wanted: Change, context: &Context) -> Result<Answer, Failure> {
        let home = open_home(&self.dir)?;
        let types = home.types()?;
        let order = StatusOrder {
            upi: &self.upi,
            credential_type: self.credential_type.as_deref(),
            types: &types.ids(),
            change: wanted,
            actor: &actor(),
            now: context.now,
        };
        let Changed { changed, unchanged, stay_revoked, withdrawn } = change(&*home.store, order)?;
        let done = match wanted {
            Change::Revoke => "revoked",
            Change::Suspend => "suspended",
            Change::Reinstate => "reinstated",
        };
        let mut text = format!("{} {done}", copies(changed));
        if unchanged > 0 {
            text.push_str(&format!(", {unchanged} already were"));
        }
        if stay_revoked > 0 {
            text.push_str(&format!(", {} revoked before, which is for good", copies(stay_revoked)));
        }
        text.push_str(". Verifiers learn it from the next bundle");
        text.push_str(match wanted {
            Change::Suspend => ". Until it is reinstated or revoked nothing more is issued",
            Change::Revoke if withdrawn > 0 => {
                ". The person's wallets get nothing more: offer anew to the one that they have now"
            }
            _ => "",
        });
        let json = serde_json::json!({
            "upi": self.upi,
            "type": self.credential_type,
            "changed": changed,
            "unchanged": unchanged,
            "stay_revoked": stay_revoked,
            "withdrawn": withdrawn,
        });
        Ok(Answer::done(text, json))
    }
}
