//! `hati-verifier init`: a verifier's folder.

use std::path::PathBuf;

use clap::ValueEnum;
use hati_formats::encoding::b64url;
use hati_formats::keys::Algorithm;
use hati_verifier_service::{Error, Home};
use serde_json::json;

use super::{Answer, random};

/// Make a verifier: its key and its memory
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-verifier init --dir shop --root root.jwk

Without --root, the first bundle pins its root, and says so. The registrar needs D/key.pub.jwk.")]
pub(super) struct Args {
    /// The folder to make; nothing in it is ever overwritten
    #[arg(long, value_name = "D")]
    dir: PathBuf,
    /// How requests are signed
    #[arg(long, value_enum, default_value_t = SigningAlgorithm::EdDsa)]
    algorithm: SigningAlgorithm,
    /// The public root key to trust, as the country publishes it
    #[arg(long, value_name = "JWK-FILE")]
    root: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum SigningAlgorithm {
    /// Ed25519
    #[value(name = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256, for a key in hardware that has nothing else
    #[value(name = "ES256")]
    Es256,
}

impl Args {
    pub(super) fn run(self) -> Result<Answer, Error> {
        let algorithm = match self.algorithm {
            SigningAlgorithm::EdDsa => Algorithm::EdDsa,
            SigningAlgorithm::Es256 => Algorithm::Es256,
        };
        let root = self.root.as_deref().map(Home::read_jwk).transpose()?;
        let home = Home::create(&self.dir, algorithm, root.as_ref(), &mut random()?)?;
        let root = root.map(|root| b64url(&root.thumbprint()));
        let jwk = home.key().public().to_jwk();
        let file = home.public_key_file();
        let text = format!(
            "Verifier {audience} is ready in {dir}\n  \
             public key   {jwk}\n               \
             in {file}, for the registrar\n  \
             root         {root}",
            audience = home.audience(),
            dir = self.dir.display(),
            file = file.display(),
            root = root.as_deref().unwrap_or("none yet: the first bundle pins it"),
        );
        let json = json!({
            "audience": home.audience(),
            "jwk": jwk,
            "key": file,
            "root_thumbprint": root,
        });
        Ok(Answer::done(text, json))
    }
}
