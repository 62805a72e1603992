//! `hati-issuer issue`: copies of a credential for a wallet, or for the wallets of many people.

mod all;

use std::path::PathBuf;

use clap::ValueEnum;
use hati_formats::credential::Format;
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::json;
use hati_issuer::issuance::{HolderKeys, Order};
use hati_issuer::publish::newest_has;
use hati_program::files::Access;

use super::{Answer, Context, Failure, actor, copies, open_home, random, read_file, write_file};

/// Issue a credential: one copy for each key of the wallet
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer issue --dir issuer --upi 20480163920017 --type maisha-id --format vc+sd-jwt \\
    --holder-keys keys.json --out maisha-id.json

The keys come from: hati-wallet --vault V keys --count 10 --out keys.json
The wallet takes the file with: hati-wallet --vault V add maisha-id.json

With --all the keys are JSON Lines, {\"upi\": …, \"keys\": [JWK, …]}, and so is what is written: for each line {\"upi\": …, \
\"issued\": FILE FOR THE WALLET} or {\"upi\": …, \"error\": {\"code\": …, \"detail\": …}}.
  hati-issuer issue --dir issuer --all --type maisha-id --holder-keys keys.jsonl --out maisha-ids.jsonl
Ctrl-C stops after the lines at hand. The same command goes on where it was stopped or killed, in the same file.")]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The person
    #[arg(long, required_unless_present = "all", conflicts_with = "all")]
    upi: Option<String>,
    /// Issue to everybody whom the file of holder keys names
    #[arg(long)]
    all: bool,
    /// The type: maisha-id, proof-of-age, or that of a file in D/types
    #[arg(long = "type", value_name = "T")]
    credential_type: String,
    /// How the credential is secured
    #[arg(long, value_enum, default_value_t = FormatName::VcSdJwt)]
    format: FormatName,
    /// The proof of an ldp_vc: eddsa-jcs-2022 where nothing is said
    #[arg(long, value_enum)]
    cryptosuite: Option<CryptosuiteName>,
    /// The wallet's public keys, a JWK Set; with --all a line for each person
    #[arg(long, value_name = "JWKS")]
    holder_keys: PathBuf,
    /// The file for the wallet; with --all a line for each person
    #[arg(long, value_name = "F.json")]
    out: PathBuf,
}

const PUBLISH: &str = "\nPublish a bundle before these are shown: verifiers do not know their status yet";

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FormatName {
    /// W3C credential as an SD-JWT, for the wallet and its codes
    #[value(name = "vc+sd-jwt")]
    VcSdJwt,
    /// IETF SD-JWT VC
    #[value(name = "dc+sd-jwt")]
    DcSdJwt,
    /// W3C credential with a Data Integrity proof; every claim is in the clear
    #[value(name = "ldp_vc")]
    LdpVc,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum CryptosuiteName {
    /// Signs the JSON as it is written
    #[value(name = "eddsa-jcs-2022")]
    EddsaJcs2022,
    /// Signs what the JSON means by its contexts, for peers that read JSON-LD
    #[value(name = "eddsa-rdfc-2022")]
    EddsaRdfc2022,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let format = Format::from(self.format);
        if self.cryptosuite.is_some() && format != Format::LdpVc {
            return Err(Failure::Cryptosuite { got: format });
        }
        let Some(upi) = &self.upi else { return self.run_all(context) };
        let keys = read_file(&self.holder_keys, json::MAX_BYTES)?;
        let keys = HolderKeys::parse(&keys)
            .map_err(|source| Failure::HolderKeys { path: self.holder_keys.clone(), source })?;
        let home = open_home(&self.dir)?;
        let types = home.types()?;
        let credential_type = types.get(&self.credential_type)?;
        home.check_listed(&credential_type.id)?;
        let order = Order {
            upi,
            credential_type,
            format,
            cryptosuite: self.cryptosuite.map(Cryptosuite::from).unwrap_or_default(),
            holder_keys: &keys,
            actor: &actor(),
            once: &[],
            grant: None,
            pace: None,
            now: context.now,
        };
        let batch = home.issuance().prepare(&order, &mut random()?)?;
        let unsigned = batch.unsigned().iter();
        let signatures = home.keys.issuer.sign_all(unsigned.map(|copy| copy.signing_input()))?;
        let known = newest_has(&home, batch.status_lists())?;
        let issued = batch.finish(&signatures)?;
        let text = issued.to_json();
        write_file(&self.out, text.as_bytes(), Access::Private)?;
        let count = issued.credentials.len();
        let mut said = format!(
            "{} of {} ({}) for UPI {} in {}, {} bytes",
            copies(count as u64),
            credential_type.id,
            issued.format,
            upi,
            self.out.display(),
            text.len(),
        );
        if !known {
            said.push_str(PUBLISH);
        }
        Ok(Answer {
            text: said,
            json: serde_json::json!({
                "needs_bundle": !known,
                "copies": count,
                "type": credential_type.id,
                "format": issued.format.media_type(),
                "upi": upi,
                "out": self.out,
                "bytes": text.len(),
            }),
            status: 0,
        })
    }
}

impl From<CryptosuiteName> for Cryptosuite {
    fn from(name: CryptosuiteName) -> Self {
        match name {
            CryptosuiteName::EddsaJcs2022 => Self::EddsaJcs2022,
            CryptosuiteName::EddsaRdfc2022 => Self::EddsaRdfc2022,
        }
    }
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::VcSdJwt => Self::VcSdJwt,
            FormatName::DcSdJwt => Self::DcSdJwt,
            FormatName::LdpVc => Self::LdpVc,
        }
    }
}
