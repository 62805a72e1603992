//! The folder a verifier lives in.
//!
//! ```text
//! D/key.jwk             its secret key
//! D/key.pub.jwk         the public one, for the registrar
//! D/registration.cose   what the registrar says of it
//! D/root.jwk            the root of trust, pinned
//! D/trust-list.cbor     the trust list of the newest bundle seen
//! D/newest-bundle.cbor  which bundle that was, so that an older one is refused
//! D/memory/             the answers that were accepted, so that none is accepted twice
//! ```

use std::path::{Path, PathBuf};

use hati_formats::json;
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::trust::audience;
use hati_store::SledStore;
use rand_core::CryptoRng;

use crate::{Error, files};

const KEY: &str = "key.jwk";
const PUBLIC_KEY: &str = "key.pub.jwk";
const ROOT: &str = "root.jwk";
const MEMORY: &str = "memory";

/// The longest public JWK file.
const MAX_JWK_BYTES: usize = 4 << 10;

/// A verifier's folder, opened. One process at a time has it open, which the memory's lock sees to.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    key: SoftwareKey,
    pub(crate) memory: SledStore,
}

impl Home {
    /// Makes a verifier in a folder that is empty or not there.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] if anything is in the folder: nothing is ever overwritten.
    pub fn create(
        folder: &Path,
        algorithm: Algorithm,
        root: Option<&PublicKey>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        files::create_folder(folder)?;
        let key = SoftwareKey::generate(algorithm, rng);
        let memory = SledStore::open(&folder.join(MEMORY))?;
        let home = Self { folder: folder.to_owned(), key, memory };
        if let Some(root) = root {
            home.pin(root)?;
        }
        write_jwk(&home.public_key_file(), home.key.public())?;
        // Last, because a folder with a key is a verifier's.
        files::create_secret(&home.path(KEY), &home.key.to_jwk())?;
        Ok(home)
    }

    /// Opens a verifier's folder.
    ///
    /// # Errors
    /// [`Error::NoVerifier`] if there is none, [`Error::Store`] if another process has it open.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(KEY);
        if !path.exists() {
            return Err(Error::NoVerifier { folder: folder.to_owned() });
        }
        let content =
            |got| Error::Content { path: path.clone(), expected: "a private JWK of Ed25519 or P-256", got };
        let text = files::read_secret(&path)?;
        // What a JSON reader says of a broken secret could show it.
        let jwk = json::parse(&text).map_err(|_| content("no JSON".to_owned()))?;
        let key = SoftwareKey::from_jwk(&jwk).map_err(|error| content(error.to_string()))?;
        Ok(Self { folder: folder.to_owned(), key, memory: SledStore::open(&folder.join(MEMORY))? })
    }

    /// The key that signs its requests.
    #[must_use]
    pub const fn key(&self) -> &SoftwareKey {
        &self.key
    }

    /// Whom its answers are for.
    #[must_use]
    pub fn audience(&self) -> String {
        audience(self.key.public())
    }

    /// The file for the registrar.
    #[must_use]
    pub fn public_key_file(&self) -> PathBuf {
        self.path(PUBLIC_KEY)
    }

    /// The root of trust, if one is pinned.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Content`].
    pub fn root(&self) -> Result<Option<PublicKey>, Error> {
        let path = self.path(ROOT);
        files::read_optional(&path, MAX_JWK_BYTES)?.map(|text| parse_jwk(&path, &text)).transpose()
    }

    /// Reads a public key from a JWK file.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Content`].
    pub fn read_jwk(path: &Path) -> Result<PublicKey, Error> {
        parse_jwk(path, &files::read(path, MAX_JWK_BYTES)?)
    }

    pub(crate) fn pin(&self, root: &PublicKey) -> Result<(), Error> {
        write_jwk(&self.path(ROOT), root)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn parse_jwk(path: &Path, text: &[u8]) -> Result<PublicKey, Error> {
    let content =
        |got| Error::Content { path: path.to_owned(), expected: "a public JWK of Ed25519 or P-256", got };
    let jwk = json::parse(text).map_err(|error| content(error.to_string()))?;
    PublicKey::from_jwk(&jwk).map_err(|error| content(error.to_string()))
}

fn write_jwk(path: &Path, key: &PublicKey) -> Result<(), Error> {
    files::replace(path, format!("{:#}\n", key.to_jwk()).as_bytes())
}
