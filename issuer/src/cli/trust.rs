//! `hati-issuer trust-list` and `rotate-root`, where the root key is at hand; `trust` where it is on a machine of its own.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use hati_formats::cose;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::trust::{KeyId, TrustList};
use hati_issuer::keys::KeyFolder;
use hati_issuer::trust::{MAX_REQUEST_BYTES, Request};
use hati_program::files::{self, Access};

use super::{Answer, Context, Failure, actor, open_home, random, read_file, secrets, unusable, write_file};

pub(super) const TRUST_LIST: &str = "Example: a new credential type, or a quarter later
  hati-issuer trust-list --dir issuer
  hati-issuer bundle --dir issuer --out bundle.hati

It needs keys/root.jwk, brought from its safe.";

pub(super) const ROTATE_ROOT: &str = "Example:
  hati-issuer rotate-root --dir issuer
  hati-issuer bundle --dir issuer --out bundle.hati

It needs keys/root.jwk, brought from its safe, and leaves the new root key there: take it to a safe, and destroy
the old one. Whoever pinned the old root follows it to the new one.";

#[derive(clap::Args)]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
}

impl Args {
    pub(super) fn sign(self, context: &Context) -> Result<Answer, Failure> {
        let home = open_home(&self.dir)?;
        let list = home.sign_trust_list(context.now, &actor())?;
        Ok(answer(&list, "signed"))
    }

    pub(super) fn rotate(self, context: &Context) -> Result<Answer, Failure> {
        let home = open_home(&self.dir)?;
        let list = home.rotate_root(context.now, &actor(), &mut random()?)?;
        Ok(answer(&list, "signed by a new root"))
    }
}

fn answer(list: &TrustList, how: &str) -> Answer {
    let content = list.content();
    let types: Vec<_> = content.issuers.iter().flat_map(|issuer| &issuer.types).collect();
    let root = KeyId::of(list.root()).to_string();
    let names: Vec<_> = types.iter().map(|id| id.as_str()).collect();
    Answer {
        text: format!(
            "Trust list {} is {how} ({root}), with the types {}; the next is due {}",
            content.version,
            names.join(", "),
            content.next_update
        ),
        json: serde_json::json!({
            "version": content.version,
            "root": root,
            "types": types,
            "next_update": content.next_update.to_string(),
        }),
        status: 0,
    }
}

/// Have the root key sign on a machine of its own
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer trust request --dir issuer --out request.json
  hati-issuer trust sign --root safe/root.jwk --request request.json --out trust-list.hati     # on the root's machine
  hati-issuer trust install --dir issuer trust-list.hati")]
pub(super) struct Offline {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Write what the root is to sign: the next trust list, with the keys and types there are now
    #[command(after_help = "Example:\n  hati-issuer trust request --dir issuer --out request.json")]
    Request {
        /// The issuer's folder
        #[arg(long)]
        dir: PathBuf,
        /// The file to carry to the root's machine
        #[arg(long, value_name = "F")]
        out: PathBuf,
    },
    /// On the root's machine: show what would change, and sign it
    #[command(after_help = "Example:
  hati-issuer trust sign --root safe/root.jwk --request request.json
  hati-issuer trust sign --root safe/root.jwk --request request.json --yes --out trust-list.hati
  hati-issuer trust sign --root safe/root.jwk --next-root safe/root-2.jwk --request request.json --yes --out list.hati

A root that is sealed has its seal.json beside it. With --next-root a new root is made, and signs; keep both until the list
is installed, and then destroy the old one.")]
    Sign(Sign),
    /// Publish the list that the root signed
    #[command(after_help = "Example:
  hati-issuer trust install --dir issuer trust-list.hati
  hati-issuer bundle --dir issuer --out bundle.hati")]
    Install {
        /// The issuer's folder
        #[arg(long)]
        dir: PathBuf,
        /// The list
        list: PathBuf,
    },
}

#[derive(clap::Args)]
struct Sign {
    /// The file of the root key
    #[arg(long, value_name = "JWK")]
    root: PathBuf,
    /// What the issuer asks to sign
    #[arg(long, value_name = "F")]
    request: PathBuf,
    /// The file for the signed list
    #[arg(long, value_name = "F", requires = "yes")]
    out: Option<PathBuf>,
    /// Sign: the changes are as they should be
    #[arg(long, requires = "out")]
    yes: bool,
    /// Make a new root in this file, and let it sign
    #[arg(long, value_name = "JWK")]
    next_root: Option<PathBuf>,
}

impl Offline {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        match self.step {
            Step::Request { dir, out } => {
                let request = open_home(&dir)?.request_trust_list(context.now)?;
                write_file(&out, request.to_json().as_bytes(), Access::Private)?;
                let version = request.content().version;
                let text = format!(
                    "Trust list {version} is in {}, for the root's machine: hati-issuer trust sign\n{}",
                    out.display(),
                    changes(&request)
                );
                let json =
                    serde_json::json!({ "version": version, "out": out, "changes": request.changes() });
                Ok(Answer::done(text, json))
            }
            Step::Sign(sign) => sign.run(),
            Step::Install { dir, list } => {
                let home = open_home(&dir)?;
                let installed = home.install_trust_list(read_file(&list, cose::MAX_BYTES)?, &actor())?;
                Ok(answer(&installed, "published"))
            }
        }
    }
}

impl Sign {
    fn run(self) -> Result<Answer, Failure> {
        let root = load_root(&self.root)?;
        let request = Request::read(&read_file(&self.request, MAX_REQUEST_BYTES)?, &root)?;
        let version = request.content().version;
        let json = |signed| serde_json::json!({ "version": version, "changes": request.changes(), "signed": signed });
        let Some(out) = self.out else {
            let text = format!("Trust list {version} would say:\n{}\nNothing was signed", changes(&request));
            return Ok(Answer::done(text, json(false)));
        };
        let signed = match &self.next_root {
            None => request.sign(&root)?,
            Some(path) => {
                let next = SoftwareKey::generate(Algorithm::EdDsa, &mut random()?);
                // On disk before it signs anything.
                files::create_secret(path, &next.to_jwk())
                    .map_err(unusable(path, "Name a new file for the new root"))?;
                request.rotate(&root, &next)?
            }
        };
        write_file(&out, &signed, Access::Public)?;
        let text = format!(
            "Trust list {version} is signed, in {}, for: hati-issuer trust install\n{}",
            out.display(),
            changes(&request)
        );
        Ok(Answer::done(text, json(true)))
    }
}

fn changes(request: &Request) -> String {
    let changes = request.changes();
    if changes.is_empty() { "nothing changes but the dates".to_owned() } else { changes.join("\n") }
}

/// The root key of a file, which may be sealed by the `seal.json` beside it.
fn load_root(path: &Path) -> Result<SoftwareKey, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = secrets::with(|unlock| KeyFolder::open(folder, None, unlock))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(folder.root_in(&name)?)
}
