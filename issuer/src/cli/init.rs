//! `hati-issuer init`: an issuer's folder.

use std::path::PathBuf;

use clap::ValueEnum;
use hati_formats::encoding::b64url;
use hati_formats::keys::Algorithm;
use hati_issuer::config::Config;
use hati_issuer::home::{Home, KeyPlan};
use hati_issuer::keys::Hsm;

use super::{Answer, Context, Failure, random, secrets};

/// Make an issuer: root, issuer and registrar keys, configuration, first trust list
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer init --dir issuer --issuer-url https://id.example.go.ke --name 'National Registration Bureau' \\
    --name-sw 'Idara ya Usajili wa Watu'
  hati-issuer init --dir issuer --issuer-url https://id.example.go.ke --seal \\
    --hsm-module /usr/lib/softhsm/libsofthsm2.so --hsm-token national

Then take keys/root.jwk to a safe, with --seal together with a copy of keys/seal.json, which opens it: it is needed for a new trust
list alone. A second machine of an issuer on PostgreSQL gets a copy of this folder, not one of its own.")]
pub(super) struct Args {
    /// The folder to make; nothing in it is ever overwritten
    #[arg(long)]
    dir: PathBuf,
    /// The issuer's https origin, which its credentials name
    #[arg(long, value_name = "URL")]
    issuer_url: String,
    /// The issuer's name in English
    #[arg(long, default_value = "Hati example issuer")]
    name: String,
    /// The issuer's name in Swahili
    #[arg(long, default_value = "Mtoaji wa mfano wa Hati")]
    name_sw: String,
    /// How credentials are signed
    #[arg(long, value_enum, default_value_t = SigningAlgorithm::EdDsa)]
    algorithm: SigningAlgorithm,
    /// The PostgreSQL database to keep everything in, for more than one machine; without it a folder of this one.
    /// With a password in it, give it as HATI_ISSUER_DATABASE instead, where no other user of this machine sees it
    #[arg(long, value_name = "postgresql://…")]
    database: Option<String>,
    /// Seal the key files by a passphrase
    #[arg(long)]
    seal: bool,
    /// Make the keys that sign every day in a token, with this PKCS#11 module
    #[arg(long, value_name = "SO", requires = "hsm_token")]
    hsm_module: Option<PathBuf>,
    /// The token's label, or its serial number
    #[arg(long, value_name = "LABEL", requires = "hsm_module")]
    hsm_token: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum SigningAlgorithm {
    /// Ed25519
    #[value(name = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256, for peers that need it
    #[value(name = "ES256")]
    Es256,
}

impl From<SigningAlgorithm> for Algorithm {
    fn from(name: SigningAlgorithm) -> Self {
        match name {
            SigningAlgorithm::EdDsa => Self::EdDsa,
            SigningAlgorithm::Es256 => Self::Es256,
        }
    }
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let algorithm = self.algorithm.into();
        let database = self.database.or_else(|| std::env::var("HATI_ISSUER_DATABASE").ok());
        let mut config = Config::new(&self.issuer_url, &self.name, &self.name_sw)?.with_database(database);
        if let (Some(module), Some(token)) = (self.hsm_module, self.hsm_token) {
            config = config.with_hsm(Hsm { module, token });
        }
        let did = config.did()?;
        let mut rng = random()?;
        let home = secrets::with(|unlock| {
            let plan = KeyPlan { algorithm, sealed: self.seal, unlock: *unlock };
            Home::create_with(&self.dir, config, &plan, context.now, &mut rng)
        })?;
        let root = self.dir.join("root.jwk");
        let version = home.trust()?.version();
        let key = b64url(&home.keys.issuer.public().thumbprint());
        let text = format!(
            "Issuer {url} ({did}) is ready in {dir}\n  \
             issuer key   {algorithm}, thumbprint {key}\n  \
             trust list   version {version}\n  \
             root key     {root} is public, for verifiers and wallets to pin;\n               \
             take {private} to a safe{seal}",
            url = home.config.issuer_url(),
            dir = self.dir.display(),
            algorithm = algorithm.name(),
            root = root.display(),
            private = self.dir.join("keys").join("root.jwk").display(),
            seal = if self.seal { ", and a copy of seal.json, which opens it" } else { "" },
        );
        let json = serde_json::json!({
            "issuer": home.config.issuer_url(),
            "did": did,
            "algorithm": algorithm.name(),
            "key_thumbprint": key,
            "trust_list_version": version,
            "root": root,
        });
        Ok(Answer::done(text, json))
    }
}
