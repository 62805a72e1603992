//! `hati-issuer offer`: credentials for a person's wallet, as a link and a code to scan.

use std::path::PathBuf;

use hati_formats::credential::Format;
use hati_formats::qr::image::{Code, Level};
use hati_issuer::catalogue::Catalogue;
use hati_issuer::grants::offer::{Wanted, make};
use hati_issuer::grants::open_offer::{self, OpenOffer, WantedOpen};
use hati_issuer::home::Home;
use hati_program::files::Access;
use hati_protocol::openid4vci::{Securing, configuration_id};

use super::issue::{CryptosuiteName, FormatName};
use super::{Answer, Context, Failure, actor, open_home, random, write_file};

/// Pixels of a module: a code that a phone reads from a screen.
const MODULE_PX: u32 = 6;

/// Offer credentials to a person, for a wallet that fetches them from the service
#[derive(clap::Args)]
#[command(after_help = "Examples:
  hati-issuer offer --dir issuer --upi 20480163920017 --type maisha-id,proof-of-age --tx-code --out offer.png
  hati-issuer offer --dir issuer --sign-in --type maisha-id --days 30 --out poster.png

With a store in the folder, run it while the service is stopped; with a database, whenever you like.
Tell the person the transaction code on another way than the link.")]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The person
    #[arg(long, required_unless_present = "sign_in")]
    upi: Option<String>,
    /// For everybody instead, who then signs in from home
    #[arg(long, conflicts_with_all = ["upi", "tx_code"])]
    sign_in: bool,
    /// For how many days, with --sign-in
    #[arg(long, default_value_t = open_offer::DEFAULT_DAYS, requires = "sign_in")]
    days: u32,
    /// The types, with commas between them
    #[arg(long = "type", value_name = "T", value_delimiter = ',', required = true)]
    types: Vec<String>,
    /// How the credentials are secured
    #[arg(long, value_enum, default_value_t = FormatName::VcSdJwt)]
    format: FormatName,
    /// How an ldp_vc is signed
    #[arg(long, value_enum)]
    cryptosuite: Option<CryptosuiteName>,
    /// Ask the person for a transaction code
    #[arg(long)]
    tx_code: bool,
    /// A picture of the code to scan
    #[arg(long, value_name = "F.png")]
    out: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = open_home(&self.dir)?;
        let format = Format::from(self.format);
        if self.cryptosuite.is_some() && format != Format::LdpVc {
            return Err(Failure::Cryptosuite { got: format });
        }
        let cryptosuite = self.cryptosuite.map(Into::into).unwrap_or_default();
        let securing = Securing { format, cryptosuite };
        let configurations: Vec<_> = self.types.iter().map(|id| configuration_id(id, securing)).collect();
        match &self.upi {
            Some(upi) => self.to_person(upi, &home, &configurations, context),
            None => self.to_everybody(&home, &configurations, context),
        }
    }

    fn to_person(
        &self,
        upi: &str,
        home: &Home,
        configurations: &[String],
        context: &Context,
    ) -> Result<Answer, Failure> {
        let wanted = Wanted { upi, configurations, tx_code: self.tx_code, actor: &actor(), now: context.now };
        let offer = make(&*home.store, &home.config, &Catalogue::of(home)?, &wanted, &mut random()?)?;
        let code = self.picture(&offer.by_reference_link)?;
        let tx_code = offer.tx_code.as_ref().map(|code| code.as_str());
        let said = tx_code.map_or(String::new(), |code| format!("\nTransaction code: {code}"));
        let text = format!(
            "Offered {} to UPI {upi} until {}\n{}\n{}{said}\n\n{}",
            configurations.join(", "),
            offer.expires,
            code.terminal(),
            offer.by_reference_link,
            offer.link,
        );
        let json = serde_json::json!({
            "upi": upi,
            "configurations": configurations,
            "link": offer.link,
            "by_reference_link": offer.by_reference_link,
            "tx_code": tx_code,
            "expires": offer.expires.to_string(),
            "out": self.out,
        });
        Ok(Answer::done(text, json))
    }

    fn to_everybody(
        &self,
        home: &Home,
        configurations: &[String],
        context: &Context,
    ) -> Result<Answer, Failure> {
        let wanted = WantedOpen { configurations, days: self.days, actor: &actor(), now: context.now };
        let catalogue = Catalogue::of(home)?;
        let offer = OpenOffer::make(&*home.store, &home.config, &catalogue, &wanted, &mut random()?)?;
        let code = self.picture(&offer.link)?;
        let text = format!(
            "Offered {} to whoever signs in until {} (in the audit: offer {})\n{}\n{}",
            configurations.join(", "),
            offer.expires,
            offer.name,
            code.terminal(),
            offer.link,
        );
        let json = serde_json::json!({
            "name": offer.name,
            "configurations": configurations,
            "link": offer.link,
            "expires": offer.expires.to_string(),
            "out": self.out,
        });
        Ok(Answer::done(text, json))
    }

    /// The code, also in the file where one is wanted.
    fn picture(&self, link: &str) -> Result<Code, Failure> {
        let code = Code::new(link, Level::L)?;
        if let Some(out) = &self.out {
            write_file(out, &code.png(MODULE_PX)?, Access::Private)?;
        }
        Ok(code)
    }
}
