//! The folder an issuer lives in.
//!
//! ```text
//! D/issuer.json    configuration
//! D/keys/          secrets
//! D/store/         register, ledger, audit
//! D/reports/       what became of the rows of each import
//! D/root.jwk       the public root key, for verifiers and wallets to pin
//! ```

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hati_formats::keys::Algorithm;
use hati_formats::time::Timestamp;
use hati_store::{Action, Document, Event, Publication, Publications, SledStore, StoreError};
use rand_core::CryptoRng;

use crate::config::{Config, MAX_CONFIG_BYTES};
use crate::keys::{KeyFileError, Keys};
use crate::trust::{self, TrustError};

const CONFIG: &str = "issuer.json";

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
    pub keys: Keys,
    /// What it keeps.
    pub store: SledStore,
}

/// Why an issuer's folder cannot be made or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// There is something in the folder.
    #[error("{}: expected an empty folder or none, got one with files. Choose another, or move this one away", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no issuer in the folder.
    #[error("{}: expected an issuer's folder, got one without {CONFIG}. Make one with: hati-issuer init --dir {} --issuer-url https://id.example.go.ke", folder.display(), folder.display())]
    NoIssuer {
        /// The folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}. Check the folder's rights and the disk", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The configuration is wrong.
    #[error("{}: {reason}. Correct the file", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A key is wrong.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The first trust list cannot be made.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Home {
    /// Makes an issuer in a folder that is empty or not there: keys, configuration, store, first trust list.
    ///
    /// # Errors
    ///
    /// [`HomeError::NotEmpty`] if anything is in the folder: nothing is ever overwritten.
    pub fn create(
        folder: &Path,
        config: Config,
        algorithm: Algorithm,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, HomeError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| HomeError::Io { path, source }
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        if fs::read_dir(folder).map_err(failed(folder))?.next().is_some() {
            return Err(HomeError::NotEmpty { folder: folder.to_owned() });
        }
        // Everything that can be refused comes before the first write.
        let (root, keys) = Keys::generate(algorithm, rng);
        let bytes = trust::sign_list(&config, &keys, &root, FIRST_VERSION, now)?;

        keys.save(&root, &folder.join("keys"))?;
        let store = SledStore::open(&folder.join("store"))?;
        let version = store.next_version(Document::TrustList)?;
        let list = Publication { document: Document::TrustList, version, at: now.seconds(), bytes };
        store.publish(&list, &Event::new(now.seconds(), "init", Action::Published, "trust list 1"))?;
        write(&folder.join("root.jwk"), &root.public().to_jwk())?;
        // Last, because a folder with a configuration is an issuer's.
        let json = serde_json::to_value(&config).map_err(io::Error::other);
        write(&folder.join(CONFIG), &json.map_err(failed(&folder.join(CONFIG)))?)?;
        Ok(Self { folder: folder.to_owned(), config, keys, store })
    }

    /// Opens an issuer's folder.
    ///
    /// # Errors
    ///
    /// [`HomeError::NoIssuer`] if there is none.
    pub fn open(folder: &Path) -> Result<Self, HomeError> {
        let path = folder.join(CONFIG);
        let file = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => HomeError::NoIssuer { folder: folder.to_owned() },
            _ => HomeError::Io { path: path.clone(), source },
        })?;
        let config = serde_json::from_reader(io::BufReader::new(file.take(MAX_CONFIG_BYTES)))
            .map_err(|error| HomeError::Config { path, reason: error.to_string() })?;
        Ok(Self {
            folder: folder.to_owned(),
            config,
            keys: Keys::load(&folder.join("keys"))?,
            store: SledStore::open(&folder.join("store"))?,
        })
    }
}

fn write(path: &Path, value: &serde_json::Value) -> Result<(), HomeError> {
    let text = format!("{value:#}\n");
    fs::write(path, text).map_err(|source| HomeError::Io { path: path.to_owned(), source })
}
