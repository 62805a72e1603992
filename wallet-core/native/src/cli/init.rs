//! `hati-wallet init`: a new vault.

use std::path::{Path, PathBuf};

use hati_formats::encoding::b64url;
use hati_formats::json;
use hati_formats::keys::PublicKey;
use hati_wallet::{Error, RootKeyError, Vault, files};
use serde_json::json;

use super::{Answer, Context, random, terminal};

/// A JWK has some hundred bytes.
const MAX_JWK_BYTES: usize = 1 << 12;

/// Make a vault, sealed under a PIN and a secret of this device
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V init --root root.jwk

Without --root, the first bundle's root is pinned: compare its thumbprint with the published one.")]
pub(super) struct Args {
    /// The root key to pin, as its publisher gives it
    #[arg(long, value_name = "JWK-FILE")]
    root: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        // Read before anything is made, so that a wrong file leaves nothing behind.
        let root = self.root.as_deref().map(read_root).transpose()?;
        let mut rng = random()?;
        let mut vault = Vault::create(&context.folder, &context.secret, &terminal::first_pin()?, &mut rng)?;
        let thumbprint = root.as_ref().map(|root| b64url(&root.thumbprint()));
        if let Some(root) = root {
            let changes = vault.wallet.pin_root(root, &mut rng)?;
            vault.store(changes)?;
        }
        let pinned = thumbprint.as_deref().map_or_else(
            || "No root is pinned; the first `trust` pins one.".to_owned(),
            |root| format!("Root {root} is pinned."),
        );
        Ok(Answer {
            text: format!(
                "The vault is in {}, and opens only with the device secret {}. {pinned}",
                context.folder.display(),
                context.secret.display()
            ),
            json: json!({ "vault": context.folder, "device_secret": context.secret, "root": thumbprint }),
            status: 0,
        })
    }
}

fn read_root(path: &Path) -> Result<PublicKey, Error> {
    let read =
        |bytes: &[u8]| -> Result<PublicKey, RootKeyError> { Ok(PublicKey::from_jwk(&json::parse(bytes)?)?) };
    let bytes = files::read(path, MAX_JWK_BYTES)?;
    read(&bytes).map_err(|reason| Error::RootKey { path: path.to_owned(), reason })
}
