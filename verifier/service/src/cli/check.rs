//! `hati-verifier check`: from a code to the verdict.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hati_formats::credential::CredentialType;
use hati_formats::trust::Bundle;
use hati_protocol::exchange::PendingRequest;
use hati_verifier::{Locale, Outcome, Policy, Verdict};
use hati_verifier_service::{Asked, Error, Home, MAX_BUNDLE_BYTES, pictures, profile, read};

use super::codes::Codes;
use super::{Answer, Context, show};

/// The longest state or policy file; a state takes less than 2 kB.
const MAX_STATE_BYTES: usize = 64 << 10;

/// Check what a code shows, and give the verdict
#[derive(clap::Args)]
#[command(after_help = "Example: the answer to a request, and a code that a wallet shows by itself
  hati-verifier check --dir shop --bundle bundle.hati --state pending.json --image photo.jpg
  hati-verifier check --dir shop --bundle bundle.hati --image photo.jpg

With --json the verdict is one object: verdict, code, message, claims, checks, status_as_of.
Exit status: 0 accepted; 1 rejected; 2 undetermined; 3 an error or wrong usage, and no verdict")]
pub(super) struct Args {
    /// The verifier's folder
    #[arg(long, value_name = "D")]
    dir: PathBuf,
    /// The newest bundle
    #[arg(long, value_name = "B")]
    bundle: PathBuf,
    /// The state of the request that this answers; without it, the code is a single scan
    #[arg(long, value_name = "S")]
    state: Option<PathBuf>,
    /// What a single scan has to show: the id of a shipped profile, or the path of a profile file
    #[arg(long, value_name = "P", conflicts_with = "state", default_value = "merchant-age")]
    profile: String,
    /// A policy (JSON) instead of the profile's
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    codes: Codes,
    /// Where to write the portrait, if one is shown
    #[arg(long, value_name = "OUT")]
    portrait: Option<PathBuf>,
    /// The language of the verdict
    #[arg(long, value_enum, default_value_t = Language::En)]
    lang: Language,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    /// English
    En,
    /// Swahili
    Sw,
}

impl Args {
    pub(super) fn run(self, context: &mut Context) -> Result<Answer, Error> {
        let home = Home::open(&self.dir)?;
        let asked = match &self.state {
            Some(state) => Asked::Request(Box::new(PendingRequest::parse(&read(state, MAX_STATE_BYTES)?)?)),
            None => Asked::SingleScan(Box::new(profile(&self.profile)?)),
        };
        let policy = match &self.policy {
            Some(policy) => parse_policy(policy)?,
            None => Policy::for_profile(asked.profile()),
        };
        let accepted = home.accept_bundle(&read(&self.bundle, MAX_BUNDLE_BYTES)?)?;
        context.note_pinned(&accepted);
        let texts = self.codes.read()?;
        let verdict = home.check(&texts, &asked, &policy, &accepted.bundle, context.now)?;
        if let Some(path) = &self.portrait
            && !pictures::write_portrait(&verdict.claims, path)?
        {
            context.notes.push(format!("no portrait was shown, so {} was not written", path.display()));
        }
        let locale = match self.lang {
            Language::En => Locale::En,
            Language::Sw => Locale::Sw,
        };
        let kind = type_of(&accepted.bundle, asked.profile().query.credential_type.as_str());
        let text = show::verdict(&verdict, kind.as_ref(), locale);
        Ok(Answer {
            text,
            json: serde_json::to_value(&verdict).unwrap_or_default(),
            status: status(&verdict),
        })
    }
}

fn parse_policy(path: &Path) -> Result<Policy, Error> {
    let bytes = read(path, MAX_STATE_BYTES)?;
    let content = |_| Error::Content {
        path: path.to_owned(),
        expected: "the JSON of a policy",
        got: "no UTF-8".into(),
    };
    Ok(Policy::parse(&String::from_utf8(bytes).map_err(content)?)?)
}

/// The type that was asked for: a verdict with claims has no other.
fn type_of(bundle: &Bundle, id: &str) -> Option<CredentialType> {
    CredentialType::parse(&bundle.type_document(id)?.json).ok()
}

/// `spec/verdict.md`.
fn status(verdict: &Verdict) -> u8 {
    match verdict.outcome {
        Outcome::Accepted => 0,
        Outcome::Rejected => 1,
        Outcome::Undetermined => 2,
    }
}
