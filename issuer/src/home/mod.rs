//! The folder an issuer lives in.
//!
//! ```text
//! D/issuer.json    configuration
//! D/keys/          secrets
//! D/store/         register, ledger, audit, unless the configuration names a database
//! D/reports/       what became of the rows of each import
//! D/types/         credential types beside those that ship, a file each
//! D/public/        what to publish below the issuer's URL
//! D/root.jwk       the public root key, for verifiers and wallets to pin
//! ```
//!
//! All of it is its owner's alone but `public/`, whatever the umask.

mod error;
mod keys;
mod trust;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hati_formats::keys::Algorithm;
use hati_formats::time::Timestamp;
use hati_program::files::{self, Access};
use hati_store::{Action, Document, Event, PostgresStore, Publication, SledStore, Store};
use rand_core::CryptoRng;

pub use self::error::HomeError;
pub use self::keys::{Operator, ShownKey};
use crate::actor::Actor;
use crate::config::{Config, MAX_CONFIG_BYTES};
use crate::issuance::Issuance;
use crate::keys::{CurrentKeys, KeyFolder, Keys, NewFolder, Unlock};
use crate::trust::NextList;
use crate::types::Types;

const CONFIG: &str = "issuer.json";
const KEYS: &str = "keys";
const TYPES: &str = "types";
const ROOT: &str = "root.jwk";

/// What a new store gives as its first version.
const FIRST_VERSION: u64 = 1;

/// An issuer's folder, opened.
#[derive(Debug)]
pub struct Home {
    /// The folder.
    pub folder: PathBuf,
    /// Its configuration.
    pub config: Config,
    /// Its secrets.
    pub keys: CurrentKeys,
    /// Where they are kept.
    pub key_folder: KeyFolder,
    /// What it keeps.
    pub store: Box<dyn Store>,
}

/// How the keys of a new issuer are made and kept.
#[derive(Clone, Copy, Debug)]
pub struct KeyPlan<'a> {
    /// Of the issuer's key.
    pub algorithm: Algorithm,
    /// Whether a passphrase seals their files.
    pub sealed: bool,
    /// Where the passphrase, and the PIN of a token that the configuration names, come from.
    pub unlock: Unlock<'a>,
}

impl Home {
    /// Makes an issuer with keys in files that are not sealed.
    ///
    /// # Errors
    ///
    /// As [`create_with`](Self::create_with).
    pub fn create(
        folder: &Path,
        config: Config,
        algorithm: Algorithm,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, HomeError> {
        let plan = KeyPlan { algorithm, sealed: false, unlock: Unlock::nothing() };
        Self::create_with(folder, config, &plan, now, rng)
    }

    /// Makes an issuer in a folder that is empty or not there: keys, configuration, store, first trust list.
    ///
    /// # Errors
    ///
    /// [`HomeError::NotEmpty`] if anything is in the folder, [`HomeError::DatabaseTaken`] if the database is an issuer's: nothing is
    /// ever overwritten.
    pub fn create_with(
        folder: &Path,
        config: Config,
        plan: &KeyPlan<'_>,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, HomeError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| HomeError::Io { path, source }
        };
        // Before its rights are changed: a folder that is refused stays as it was.
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(HomeError::NotEmpty { folder: folder.to_owned() });
        }
        files::make_folder(folder, Access::Private).map_err(failed(folder))?;
        // Everything that can be refused comes before the first write, and before a token makes keys.
        let database = config.database().map(|_| open_store(folder, &config)).transpose()?;
        let version = match &database {
            Some(store) if store.latest(Document::TrustList)?.is_some() => {
                return Err(HomeError::DatabaseTaken);
            }
            // More than the first, where making an issuer failed before.
            Some(store) => store.next_version(Document::TrustList)?,
            None => FIRST_VERSION,
        };
        let keys = folder.join(KEYS);
        let new_folder = NewFolder::new(&keys, plan.sealed, config.hsm(), &plan.unlock, rng)?;
        let new = new_folder.generate(plan.algorithm, rng)?;
        let types = Types::load(&folder.join(TYPES))?;
        let list =
            NextList { config: &config, keys: &new.public(), types: &types, previous: None, version, now };
        let bytes = list.request()?.sign(&new.root)?;

        let key_folder = new_folder.save(&new, rng)?;
        let store = match database {
            Some(store) => store,
            None => {
                let store = open_store(folder, &config)?;
                store.next_version(Document::TrustList)?;
                store
            }
        };
        let list =
            Publication { document: Document::TrustList, version, at: now.seconds(), bytes, entries: 0 };
        store.publish(
            &list,
            &Event::new(now.seconds(), Actor::Init, Action::Published, format!("trust list {version}")),
        )?;
        write(&folder.join(ROOT), &new.root.public().to_jwk())?;
        // Last, because a folder with a configuration is an issuer's.
        let json = serde_json::to_value(&config).map_err(io::Error::other);
        write(&folder.join(CONFIG), &json.map_err(failed(&folder.join(CONFIG)))?)?;
        Ok(Self { folder: folder.to_owned(), config, keys: Keys::from(new).into(), key_folder, store })
    }

    /// Opens an issuer's folder whose keys are in files that are not sealed.
    ///
    /// # Errors
    ///
    /// As [`open_with`](Self::open_with).
    pub fn open(folder: &Path) -> Result<Self, HomeError> {
        Self::open_with(folder, &Unlock::nothing())
    }

    /// Opens an issuer's folder.
    ///
    /// # Errors
    ///
    /// [`HomeError::NoIssuer`] if there is none.
    pub fn open_with(folder: &Path, unlock: &Unlock<'_>) -> Result<Self, HomeError> {
        let config = Self::config(folder)?;
        let key_folder = KeyFolder::open(&folder.join(KEYS), config.hsm(), unlock)?;
        Ok(Self {
            folder: folder.to_owned(),
            keys: key_folder.load()?.into(),
            key_folder,
            store: open_store(folder, &config)?,
            config,
        })
    }

    /// The folder of an issuer's keys, opened without its store: a service may go on meanwhile.
    ///
    /// # Errors
    ///
    /// [`HomeError::NoIssuer`] if there is no issuer.
    pub fn open_keys(folder: &Path, unlock: &Unlock<'_>) -> Result<KeyFolder, HomeError> {
        Ok(KeyFolder::open(&folder.join(KEYS), Self::config(folder)?.hsm(), unlock)?)
    }

    fn config(folder: &Path) -> Result<Config, HomeError> {
        let path = folder.join(CONFIG);
        let file = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => HomeError::NoIssuer { folder: folder.to_owned() },
            _ => HomeError::Io { path: path.clone(), source },
        })?;
        let mut text = String::new();
        let read = file.take(MAX_CONFIG_BYTES).read_to_string(&mut text);
        read.map_err(|source| HomeError::Io { path: path.clone(), source })?;
        Config::parse(&text).map_err(|reason| HomeError::Config { path, reason })
    }

    /// Issuing with its keys, from its register.
    #[must_use]
    pub fn issuance(&self) -> Issuance<'_> {
        self.issuance_by(&self.keys)
    }

    /// Issuing with these keys of it: those that will sign what is prepared.
    #[must_use]
    pub fn issuance_by<'a>(&'a self, keys: &'a Keys) -> Issuance<'a> {
        Issuance {
            store: &*self.store,
            config: &self.config,
            key: keys.issuer.public(),
            sectors: &keys.sectors,
        }
    }

    /// The credential types: those that ship, and the files in `types/`.
    ///
    /// # Errors
    ///
    /// [`HomeError::Types`] names the file.
    pub fn types(&self) -> Result<Types, HomeError> {
        Ok(Types::load(&self.folder.join(TYPES))?)
    }
}

/// The store that the configuration names: a database, or the folder's own.
fn open_store(folder: &Path, config: &Config) -> Result<Box<dyn Store>, HomeError> {
    Ok(match config.database() {
        Some(address) => Box::new(PostgresStore::open(address)?),
        None => Box::new(SledStore::open(&folder.join("store"))?),
    })
}

fn write(path: &Path, value: &serde_json::Value) -> Result<(), HomeError> {
    let text = format!("{value:#}\n");
    files::replace(path, text.as_bytes(), Access::Private)
        .map_err(|source| HomeError::Io { path: path.to_owned(), source })
}
