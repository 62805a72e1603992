//! `hati-issuer trust-list` and `rotate-root`.

use std::path::PathBuf;

use hati_formats::trust::{KeyId, TrustList};
use hati_issuer::home::Home;

use super::{Answer, Context, Failure, actor, random};

pub(super) const TRUST_LIST: &str = "Example: a new credential type, or a quarter later
  hati-issuer trust-list --dir issuer
  hati-issuer bundle --dir issuer --out bundle.hati

It needs keys/root.jwk, brought from its safe.";

pub(super) const ROTATE_ROOT: &str = "Example:
  hati-issuer rotate-root --dir issuer
  hati-issuer bundle --dir issuer --out bundle.hati

It needs keys/root.jwk, brought from its safe, and leaves the new root key there: take it to a safe, and destroy
the old one. Whoever pinned the old root follows it to the new one.";

#[derive(clap::Args)]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
}

impl Args {
    pub(super) fn sign(self, context: &Context) -> Result<Answer, Failure> {
        let home = Home::open(&self.dir)?;
        let list = home.sign_trust_list(context.now, &actor())?;
        Ok(answer(&list, "signed"))
    }

    pub(super) fn rotate(self, context: &Context) -> Result<Answer, Failure> {
        let home = Home::open(&self.dir)?;
        let list = home.rotate_root(context.now, &actor(), &mut random()?)?;
        Ok(answer(&list, "signed by a new root"))
    }
}

fn answer(list: &TrustList, how: &str) -> Answer {
    let content = list.content();
    let types: Vec<_> = content.issuers.iter().flat_map(|issuer| &issuer.types).collect();
    let root = KeyId::of(list.root()).to_string();
    let names: Vec<_> = types.iter().map(|id| id.as_str()).collect();
    Answer {
        text: format!(
            "Trust list {} is {how} ({root}), with the types {}; the next is due {}",
            content.version,
            names.join(", "),
            content.next_update
        ),
        json: serde_json::json!({
            "version": content.version,
            "root": root,
            "types": types,
            "next_update": content.next_update.to_string(),
        }),
        status: 0,
    }
}
