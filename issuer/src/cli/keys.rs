//! `hati-issuer keys`: where the keys are, what opens them, and how one follows another.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use hati_formats::keys::PublicKey;
use hati_formats::trust::KeyId;
use hati_issuer::home::{Home, Operator};
use hati_issuer::keys::{KeyFolder, KeyPlace, Role, Unlock};
use serde_json::json;

use super::init::SigningAlgorithm;
use super::{Answer, Context, Failure, actor, open_home, random, secrets};

/// Show, seal and rotate the keys that sign every day
#[derive(clap::Args)]
#[command(after_help = "Example: the issuer's key is replaced by one in the token, without a gap
  hati-issuer keys announce --dir issuer --in token
  hati-issuer trust-list --dir issuer && hati-issuer bundle --dir issuer --out bundle.hati
  hati-issuer keys activate --dir issuer      # a week later
  hati-issuer keys retire --dir issuer

With PostgreSQL all of this is done beside a running service: its processes look at the folder of keys twice a second and
sign with what they find, opened by the secrets that they were started with. A service on another machine has a folder of its
own: copy D/keys there after each step. With a store in the folder (sled) one program at a time can work: stop the service for
announce, activate, retire, withdraw, trust-list and bundle, and start it again; the keys that verify are published all the time by
whatever serves D/public.

A passphrase comes from HATI_ISSUER_PASSPHRASE, from the file that HATI_ISSUER_PASSPHRASE_FILE names, from systemd's
credential hati-issuer-passphrase, or is typed; a token's PIN from HATI_ISSUER_HSM_PIN, likewise.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show every key: what it is for, where it is, and how long it counts
    #[command(after_help = "Example:\n  hati-issuer keys list --dir issuer")]
    List(Dir),
    /// Seal the key files by a passphrase
    #[command(after_help = "Example:\n  hati-issuer keys seal --dir issuer

What was in the clear may still be found on the disk, or in a backup: rotate keys that others may have seen.
A root key that is sealed here and taken to a safe needs a copy of this folder's seal.json beside it. A service that runs meanwhile goes on
with the keys that it has; start it again with the passphrase before the next rotation.")]
    Seal(Dir),
    /// Write the key files in the clear again
    #[command(after_help = "Example:\n  hati-issuer keys unseal --dir issuer

A root key in a safe stays sealed, by the copy of seal.json beside it: what seals this folder again does not open it.")]
    Unseal(Dir),
    /// Replace the passphrase
    #[command(after_help = "Example:\n  hati-issuer keys change-passphrase --dir issuer

The new one comes from HATI_ISSUER_NEW_PASSPHRASE, or is typed. A copy of seal.json made before still opens by the old one.")]
    ChangePassphrase(Dir),
    /// Make the key that will sign next; the next trust list and bundle name it
    #[command(
        after_help = "Example:\n  hati-issuer keys announce --dir issuer --key issuer --algorithm EdDSA"
    )]
    Announce {
        #[command(flatten)]
        which: Which,
        /// How it signs [default: as the key that signs now]
        #[arg(long, value_enum)]
        algorithm: Option<SigningAlgorithm>,
        /// Where its private half is: the token is the one that issuer.json names [default: where that of the key is
        /// that signs now]
        #[arg(long = "in", value_enum)]
        place: Option<Place>,
    },
    /// Let the announced key sign from now on
    #[command(after_help = "Example:\n  hati-issuer keys activate --dir issuer --key issuer

A running service on PostgreSQL signs with it within a second; one on sled has to be stopped for this, and is then started again.
Credentials by the key before it go on verifying.")]
    Activate {
        #[command(flatten)]
        which: Which,
        /// Days since it was first named, so that devices without a network know it
        #[arg(long, value_name = "N", default_value_t = 7)]
        wait_days: u32,
    },
    /// Destroy the private half of the key that signs no more
    #[command(after_help = "Example:\n  hati-issuer keys retire --dir issuer --key issuer

Its public half stays in the trust list until its end, so that what it signed verifies.")]
    Retire(Which),
    /// Leave a stolen key out of the next trust list: nothing that it ever signed counts then
    #[command(after_help = "Example:\n  hati-issuer keys withdraw --dir issuer --id 0011223344556677
  hati-issuer trust-list --dir issuer")]
    Withdraw {
        #[command(flatten)]
        dir: Dir,
        /// The key's id, as `keys list` shows it
        #[arg(long)]
        id: String,
    },
}

#[derive(clap::Args)]
struct Dir {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
}

#[derive(clap::Args)]
struct Which {
    #[command(flatten)]
    dir: Dir,
    /// Whose key
    #[arg(long, value_enum, default_value_t = Key::Issuer)]
    key: Key,
}

#[derive(Clone, Copy, ValueEnum)]
enum Key {
    /// Signs credentials and status lists
    Issuer,
    /// Signs registrations of verifiers and bundles
    Registrar,
}

#[derive(Clone, Copy, ValueEnum)]
enum Place {
    /// A file, sealed if the others are
    File,
    /// The token
    Token,
}

impl From<Place> for KeyPlace {
    fn from(place: Place) -> Self {
        match place {
            Place::File => Self::File,
            Place::Token => Self::Token,
        }
    }
}

impl From<Key> for Role {
    fn from(key: Key) -> Self {
        match key {
            Key::Issuer => Self::Issuer,
            Key::Registrar => Self::Registrar,
        }
    }
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let actor = actor();
        let by = Operator { actor: &actor, now: context.now };
        match self.command {
            Command::List(Dir { dir }) => list(&open_home(&dir)?),
            Command::Seal(Dir { dir }) => {
                let count = with_folder(&dir, |folder, unlock| {
                    let mut rng = random()?;
                    Ok(folder.seal_files(unlock, &mut rng)?)
                })?;
                Ok(Answer::done(format!("{count} key files are sealed now"), json!({ "sealed": count })))
            }
            Command::Unseal(Dir { dir }) => {
                let count = with_folder(&dir, |folder, _| Ok(folder.unseal_files()?))?;
                let text = format!("{count} key files are in the clear: whoever reads them can sign");
                Ok(Answer::done(text, json!({ "unsealed": count })))
            }
            Command::ChangePassphrase(Dir { dir }) => {
                with_folder(&dir, |folder, unlock| {
                    let mut rng = random()?;
                    Ok(folder.change_passphrase(unlock, &mut rng)?)
                })?;
                Ok(Answer::done("The new passphrase opens the keys".into(), json!({ "changed": true })))
            }
            Command::Announce { which, algorithm, place } => {
                let role = which.key.into();
                let (algorithm, place) = (algorithm.map(Into::into), place.map(Into::into));
                let mut home = open_home(&which.dir.dir)?;
                let key = home.announce_key(role, algorithm, place, by, &mut random()?)?;
                let next =
                    "Let the root sign the next trust list, publish a bundle, and activate it a week later";
                Ok(changed("announced", role, &key, next))
            }
            Command::Activate { which, wait_days } => {
                let role = which.key.into();
                let mut home = open_home(&which.dir.dir)?;
                let [_, new] = home.activate_key(role, wait_days, by, &mut random()?)?;
                Ok(changed("active", role, &new, "Once the service signs with it, retire the key before it"))
            }
            Command::Retire(which) => {
                let role = which.key.into();
                let key = open_home(&which.dir.dir)?.retire_key(role, by)?;
                Ok(changed("retired", role, &key, "What it signed goes on verifying"))
            }
            Command::Withdraw { dir, id } => {
                let key = open_home(&dir.dir)?.withdraw_key(&id, by)?;
                let text = format!(
                    "Key {} is withdrawn. Let the root sign the next trust list, and publish a bundle at once",
                    KeyId::of(&key)
                );
                Ok(Answer::done(text, json!({ "withdrawn": id })))
            }
        }
    }
}

/// The key folder alone, so that a service may go on meanwhile.
fn with_folder<T>(
    dir: &Path,
    work: impl FnOnce(&mut KeyFolder, &Unlock<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    secrets::with(|unlock| work(&mut Home::open_keys(dir, unlock)?, unlock))
}

fn changed(state: &str, role: Role, key: &PublicKey, next: &str) -> Answer {
    let (id, algorithm) = (KeyId::of(key).to_string(), key.algorithm().name());
    Answer::done(
        format!("The {role} key {id} ({algorithm}) is {state}. {next}"),
        json!({ "key": role.name(), "id": id, "algorithm": algorithm, "state": state }),
    )
}

fn list(home: &Home) -> Result<Answer, Failure> {
    let unsealed = home.key_folder.unsealed()?;
    let mut lines = Vec::new();
    let mut listed = Vec::new();
    for shown in home.key_list()? {
        let (id, algorithm) = (KeyId::of(&shown.key).to_string(), shown.key.algorithm().name());
        let until = shown.validity.map(|validity| validity.until.to_string());
        let token = home.config.hsm().filter(|_| shown.place == Some(KeyPlace::Token)).map(|hsm| &hsm.token);
        let place = match (shown.place, token) {
            (_, Some(token)) => format!("token {token}"),
            (Some(KeyPlace::File), _) => "file".to_owned(),
            _ => "no private half here".to_owned(),
        };
        let counts =
            until.as_deref().map_or("not in the trust list".to_owned(), |until| format!("until {until}"));
        lines.push(format!(
            "{:<9}  {:<9}  {id}  {algorithm:<5}  {counts}, {place}",
            shown.role.name(),
            shown.state
        ));
        listed.push(json!({
            "key": shown.role.name(), "state": shown.state, "id": id, "algorithm": algorithm, "until": until,
            "here": shown.place.is_some(), "token": token,
        }));
    }
    let replace_by = home.replace_issuer_key_by()?.map(|by| by.to_string());
    if let Some(by) = &replace_by {
        lines.push(format!("replace    the issuer key by {by}: what it signs later would outlive it"));
    }
    let sealed = unsealed.is_empty();
    let files = if sealed {
        "every secret is sealed".to_owned()
    } else {
        format!("in the clear: {}", unsealed.join(", "))
    };
    lines.push(format!("files      {files}"));
    Ok(Answer::done(
        lines.join("\n"),
        json!({ "keys": listed, "replace_by": replace_by, "sealed": sealed, "unsealed": unsealed }),
    ))
}
