//! `hati-wallet keys`: keys for new copies.

use std::path::PathBuf;

use clap::ValueEnum;
use hati_formats::keys::Algorithm;
use hati_wallet::{Error, Vault, files};
use hati_wallet_core::pool::jwk_set;
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
    #[arg(long, value_name = "N", required_unless_present = "waiting")]
    count: Option<usize>,
    /// Make none, and write those again that wait for their credential: the N oldest, or all
    #[arg(long)]
    waiting: bool,
    /// The file for the issuer, a JWK Set (RFC 7517)
    #[arg(long, value_name = "JWKS")]
    out: PathBuf,
    /// Which kind of key
    #[arg(long, value_enum, ignore_case = true, conflicts_with = "waiting", default_value_t = AlgorithmName::EdDsa)]
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
        // Keys that were stored and not written would only take the place of others.
        files::check_writable(&self.out)?;
        match self.count {
            Some(count) if !self.waiting => self.make(count, &mut vault, context),
            limit => self.write_waiting(limit, &vault),
        }
    }

    fn make(&self, count: usize, vault: &mut Vault, context: &Context) -> Result<Answer, Error> {
        let algorithm = match self.algorithm {
            AlgorithmName::EdDsa => Algorithm::EdDsa,
            AlgorithmName::Es256 => Algorithm::Es256,
        };
        let (jwks, changes) = vault.wallet.new_keys(count, algorithm, context.now(), &mut random()?)?;
        vault.store(changes)?;
        files::write(&self.out, jwks.to_string().as_bytes())?;
        let waiting = vault.wallet.pool().waiting().len();
        let text = format!(
            "{count} {algorithm} keys are in {}, for the issuer; {waiting} keys wait for their credential",
            self.out.display()
        );
        let json =
            json!({ "keys": count, "algorithm": algorithm.name(), "out": self.out, "waiting": waiting });
        Ok(Answer::done(text, json))
    }

    fn write_waiting(&self, limit: Option<usize>, vault: &Vault) -> Result<Answer, Error> {
        let waiting = vault.wallet.pool().waiting();
        let count = limit.unwrap_or(waiting.len()).min(waiting.len());
        let chosen = waiting.get(..count).filter(|chosen| !chosen.is_empty()).ok_or(Error::NoKeysWait)?;
        files::write(&self.out, jwk_set(chosen).to_string().as_bytes())?;
        let text = format!(
            "{count} of the {} keys that wait for their credential are in {}, for the issuer",
            waiting.len(),
            self.out.display()
        );
        Ok(Answer::done(text, json!({ "keys": count, "out": self.out, "waiting": waiting.len() })))
    }
}
