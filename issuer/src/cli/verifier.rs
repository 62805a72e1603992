//! `hati-issuer register-verifier` and `withdraw-verifier`.

use std::path::PathBuf;

use hati_formats::json;
use hati_formats::keys::PublicKey;
use hati_formats::names::ClaimPath;
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_formats::trust::{Names, RegistrationContent, Serial, Validity};
use hati_issuer::verifiers::{Office, withdraw};
use hati_program::files::Access;

use super::{Answer, Context, Failure, actor, open_home, read_file, write_file};

/// Register a verifier: who it is, and which claims it may ask for
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-verifier init --dir office
  hati-issuer register-verifier --dir issuer --name 'Lodwar Service Centre' --name-sw 'Kituo cha Huduma Lodwar' \\
    --place 'Lodwar, Turkana' --key office/key.pub.jwk --claims given_name,family_name,birthdate,sex \\
    --out office.registration
  hati-verifier register --dir office office.registration")]
pub(super) struct Register {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The verifier's name in English, as wallets show it
    #[arg(long)]
    name: String,
    /// Its name in Swahili [default: the English one]
    #[arg(long)]
    name_sw: Option<String>,
    /// Where it asks, as wallets show it
    #[arg(long)]
    place: Option<String>,
    /// The file of its public key
    #[arg(long, value_name = "JWK")]
    key: PathBuf,
    /// The claims it may ask for, with commas; each with what lies inside it
    #[arg(long, value_delimiter = ',', required = true)]
    claims: Vec<ClaimPath>,
    /// The purposes it may name, with commas [default: any]
    #[arg(long, value_delimiter = ',')]
    purposes: Vec<String>,
    /// How many days the registration holds
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=1095))]
    days: u32,
    /// The file for the verifier
    #[arg(long, value_name = "F")]
    out: PathBuf,
}

impl Register {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let content = self.content(context.now)?;
        let home = open_home(&self.dir)?;
        let (trust, types, actor) = (home.trust()?, home.types()?, actor());
        let office = Office {
            store: &*home.store,
            trust: &trust,
            key: &home.keys.registrar,
            types: &types,
            actor: &actor,
            now: context.now,
        };
        let (registration, statement) = office.register(content)?;
        write_file(&self.out, &statement, Access::Public)?;
        let serial = registration.serial();
        let until = registration.content().validity.until;
        Ok(Answer {
            text: format!(
                "{} is registered until {until}, as {}\n  serial    {serial}, to withdraw it by\n  \
                 file      {}, {} bytes, for: hati-verifier register",
                self.name,
                registration.audience(),
                self.out.display(),
                statement.len(),
            ),
            json: serde_json::json!({
                "serial": serial.to_string(),
                "audience": registration.audience(),
                "until": until.to_string(),
                "out": self.out,
                "bytes": statement.len(),
            }),
            status: 0,
        })
    }

    fn content(&self, now: Timestamp) -> Result<RegistrationContent, Failure> {
        let named = |error: &dyn std::error::Error| Failure::VerifierKey {
            path: self.key.clone(),
            reason: error.to_string(),
        };
        let jwk = json::parse(&read_file(&self.key, json::MAX_BYTES)?).map_err(|error| named(&error))?;
        // From the day's start, as the registrar's key is valid, so that no clock that is a little behind refuses it.
        let from = now.date().start();
        Ok(RegistrationContent {
            key: PublicKey::from_jwk(&jwk).map_err(|error| named(&error))?,
            names: Names::new(&self.name, self.name_sw.as_deref().unwrap_or(&self.name)),
            place: self.place.clone(),
            claims: self.claims.clone(),
            purposes: self.purposes.clone(),
            validity: Validity { from, until: from.plus_seconds(i64::from(self.days) * SECONDS_PER_DAY) },
        })
    }
}

/// Withdraw a verifier's registration before its end
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer withdraw-verifier --dir issuer --serial 5ae1a7ba66dc8fb1
  hati-issuer bundle --dir issuer --out bundle.hati")]
pub(super) struct Withdraw {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The registration's serial
    #[arg(long)]
    serial: Serial,
}

impl Withdraw {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = open_home(&self.dir)?;
        withdraw(&*home.store, self.serial, &actor(), context.now)?;
        Ok(Answer {
            text: format!("Registration {} is withdrawn. Wallets learn it from the next bundle", self.serial),
            json: serde_json::json!({ "serial": self.serial.to_string() }),
            status: 0,
        })
    }
}
