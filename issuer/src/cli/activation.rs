//! `hati-issuer activation`.

use std::path::PathBuf;

use hati_issuer::activation::{Activation, DEFAULT_DAYS};
use hati_issuer::home::Home;

use super::{Answer, Context, Failure, actor, random};

/// Give a person the code to sign in with from home; the one before it is then worth nothing
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer activation --dir issuer --upi 20480163920017")]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The person
    #[arg(long)]
    upi: String,
    /// How many days the code holds, at most ten years
    #[arg(long, value_name = "N", default_value_t = DEFAULT_DAYS)]
    days: u32,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = Home::open(&self.dir)?;
        let code = Activation::of(&home).make(&self.upi, self.days, &actor(), context.now, &mut random()?)?;
        let days = self.days;
        Ok(Answer::done(
            format!(
                "{code}\n  for {days} days, for this person alone. It is shown once: the store has no copy"
            ),
            serde_json::json!({ "upi": self.upi, "code": code.to_string(), "days": days }),
        ))
    }
}
