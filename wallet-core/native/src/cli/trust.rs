//! `hati-wallet trust`: whom to believe.

use std::path::PathBuf;

use hati_formats::encoding::b64url;
use hati_formats::trust::{Bundle, BundleError};
use hati_wallet::{Error, Vault, files};
use hati_wallet_core::trust::TrustError;
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::{Answer, Context, Lang, random, terminal};

/// As much as a bundle may have, and a little more: the bundle's own bound refuses it with its own code.
const MAX_FILE_BYTES: usize = 20 << 20;

/// Take in a bundle, or a delta onto the bundle that is there
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V trust bundle.hati

A bundle names issuers, registrars, withdrawn registrations and credential types, under the pinned root. The
wallet never goes back behind the newest one it has seen.

Where no root is pinned yet, this bundle's is (trust on first use): its thumbprint is printed, and asked about
at a terminal. Compare it with the published one.")]
pub(super) struct Args {
    /// The bundle or delta
    #[arg(value_name = "B")]
    file: PathBuf,
    /// Pin the root of a first bundle without asking
    #[arg(long)]
    approve: bool,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let file = files::read(&self.file, MAX_FILE_BYTES)?;
        let mut rng = random()?;
        let mut vault = context.open()?;
        let pins = vault.wallet.root().is_none();
        let mut changes = if pins { self.pin(&file, &mut vault, &mut rng)? } else { Vec::new() };
        changes.extend(vault.wallet.take_bundle(&file, &mut rng)?);
        // One step: a root whose bundle was refused is not pinned.
        vault.store(changes)?;
        let bundle = vault.wallet.bundle().ok_or(TrustError::NoRoot)?;
        Ok(answer(bundle, pins, context.lang))
    }

    /// Trust on first use.
    fn pin(
        &self,
        file: &[u8],
        vault: &mut Vault,
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<hati_wallet_core::Change>, Error> {
        let root = Bundle::root_unverified(file).map_err(TrustError::from)?;
        let checked: Result<Bundle, BundleError> = Bundle::verify(file, &root, None);
        checked.map_err(TrustError::from)?;
        let thumbprint = b64url(&root.thumbprint());
        terminal::tell(&format!(
            "No root is pinned yet, and anybody can make a bundle. This one is from the root\n  {thumbprint}\n\
             Compare this thumbprint with the one its publisher prints."
        ));
        if terminal::is_attended() && !self.approve && !terminal::confirm("Pin this root?") {
            return Err(Error::NotApproved { what: "no root was pinned and no bundle taken in" });
        }
        Ok(vault.wallet.pin_root(root, rng)?)
    }
}

fn answer(bundle: &Bundle, pinned: bool, lang: Lang) -> Answer {
    let content = bundle.content();
    let issuers = bundle.trust().content().issuers.iter();
    let names: Vec<&str> =
        issuers.map(|issuer| if lang == Lang::Sw { issuer.names.sw() } else { issuer.names.en() }).collect();
    let types: Vec<&str> = content.types.iter().map(|kind| kind.id.as_str()).collect();
    let root = b64url(&bundle.trust().root().thumbprint());
    let text = format!(
        "Bundle {} of {} is taken in. Issuers: {}. Types: {}. The next is due {}.{}",
        content.version,
        content.issued_at,
        names.join(", "),
        types.join(", "),
        content.next_update,
        if pinned { format!("\nRoot {root} is pinned.") } else { String::new() },
    );
    let json = json!({
        "version": content.version,
        "issued_at": content.issued_at.to_string(),
        "next_update": content.next_update.to_string(),
        "issuers": names,
        "types": types,
        "root": root,
        "pinned": pinned,
    });
    Answer::done(text, json)
}
