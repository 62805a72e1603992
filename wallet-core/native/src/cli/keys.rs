//! `hati-wallet keys`: keys for new copies.

use std::path::PathBuf;

use clap::ValueEnum;
use hati_formats::keys::Algorithm;
use hati_wallet::{Error, files};
use serde_json::json;

use super::{Answer, Context, random};

/// Make keys for new copies, and write their public halves for the issuer
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-wallet --vault V keys --count 10 --out keys.json
  hati-issuer issue --dir issuer --upi UPI --type maisha-id --format vc+sd-jwt --holder-keys keys.json --out F.json
  hati-wallet --vault V add F.json")]
pub(super) struct Args {
    /// How many: one for each copy
    #[arg(long, value_name = "N")]
    count: usize,
    /// The file for the issuer, a JWK Set (RFC 7517)
    #[arg(long, value_name = "JWKS")]
    out: PathBuf,
    /// Which kind of key
    #[arg(long, value_enum, ignore_case = true, default_value_t = AlgorithmName::EdDsa)]
    algorithm: AlgorithmName,
}

#[derive(Clone, Copy, ValueEnum)]
enum AlgorithmName {
    /// Ed25519
    #[value(name = "EdDSA")]
    EdDsa,
    /// P-256, which phone hardware has
    #[value(name = "ES256")]
    Es256,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Error> {
        let mut vault = context.open()?;
        let algorithm = match self.algorithm {
            AlgorithmName::EdDsa => Algorithm::EdDsa,
            AlgorithmName::Es256 => Algorithm::Es256,
        };
        let (jwks, changes) = vault.wallet.new_keys(self.count, algorithm, context.now(), &mut random()?)?;
        vault.store(changes)?;
        files::write(&self.out, jwks.to_string().as_bytes())?;
        let waiting = vault.wallet.pool().waiting().len();
        Ok(Answer {
            text: format!(
                "{} {algorithm} keys are in {}, for the issuer; {waiting} keys wait for their credential",
                self.count,
                self.out.display()
            ),
            json: json!({
                "keys": self.count,
                "algorithm": algorithm.name(),
                "out": self.out,
                "waiting": waiting,
            }),
            status: 0,
        })
    }
}
