//! The folder of key files: read and written, each sealed if the folder is.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hati_formats::json;
use hati_formats::keys::{PublicKey, SoftwareKey};
use hati_program::files::{self, Access, SecretError};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::seal::{FolderKey, Unopened, is_sealed};
use super::sealing::{self, SEAL, Sealing};
use super::token::{self, Token, TokenKey};
use super::{Hsm, KeyFileError, KeyPlace, Signer, Unlock};

/// The largest file taken for a key: one with sixty public keys.
const MAX_KEY_BYTES: usize = 16 << 10;

/// The folder of an issuer's keys, and what opens them.
#[derive(Debug)]
pub struct KeyFolder {
    pub(super) path: PathBuf,
    /// Where the folder is sealed.
    pub(super) seal: Option<FolderKey>,
    /// Where the configuration names one.
    token: Option<Token>,
}

/// The files of a folder, each with its length and the time when it was written: another state is another folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderState(BTreeMap<OsString, (u64, SystemTime)>);

/// The private half of a key, or where it is.
#[derive(Debug)]
pub(super) enum Stored {
    Here(SoftwareKey),
    Token(token::Reference),
}

impl Stored {
    pub(super) const fn place(&self) -> KeyPlace {
        match self {
            Self::Here(_) => KeyPlace::File,
            Self::Token(_) => KeyPlace::Token,
        }
    }

    pub(super) const fn public(&self) -> &PublicKey {
        match self {
            Self::Here(key) => key.public(),
            Self::Token(reference) => &reference.public,
        }
    }
}

impl KeyFolder {
    /// Makes a folder that must not be there yet.
    pub(super) fn create(
        path: &Path,
        sealing: Option<Sealing>,
        token: Option<Token>,
    ) -> Result<Self, KeyFileError> {
        files::create_folder(path).map_err(failed(path))?;
        let mut folder = Self { path: path.to_owned(), seal: None, token };
        if let Some(sealing) = sealing {
            folder.put_seal(sealing)?;
        }
        Ok(folder)
    }

    /// Opens a folder. A passphrase is asked for if it is sealed, a PIN if a key is in the token.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`].
    pub fn open(path: &Path, hsm: Option<&Hsm>, unlock: &Unlock<'_>) -> Result<Self, KeyFileError> {
        let seal = sealing::open(path, unlock)?;
        let token = hsm.map(|hsm| Token::unlock(hsm, unlock)).transpose()?;
        Ok(Self { path: path.to_owned(), seal, token })
    }

    /// Its state now, without opening any file.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn state(&self) -> Result<FolderState, KeyFileError> {
        let read = || {
            let file = |entry: fs::DirEntry| {
                let metadata = entry.metadata()?;
                Ok((entry.file_name(), (metadata.len(), metadata.modified()?)))
            };
            fs::read_dir(&self.path)?.map(|entry| file(entry?)).collect::<Result<_, _>>()
        };
        read().map(FolderState).map_err(failed(&self.path))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.path.join(name).exists()
    }

    pub(super) fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// The content of a file, opened where it is sealed.
    pub(super) fn read(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let path = self.path.join(name);
        let text = read_secret(&path)?;
        match &self.seal {
            _ if !is_sealed(&text) => Ok(text),
            Some(seal) => seal.open(purpose(name), &text).map_err(damaged(&path)),
            None if self.has(SEAL) => Err(KeyFileError::SealedMeanwhile { path }),
            None => Err(KeyFileError::SealMissing { path }),
        }
    }

    /// Writes a file that must not be there yet.
    pub(super) fn create_file(
        &self,
        name: &str,
        content: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(), KeyFileError> {
        let path = self.path.join(name);
        if path.exists() {
            return Err(failed(&path)(ErrorKind::AlreadyExists.into()));
        }
        self.replace(name, content, rng)
    }

    /// Writes a file in the place of the one there may be, whole or not at all.
    pub(super) fn replace(
        &self,
        name: &str,
        content: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(), KeyFileError> {
        let path = self.path.join(name);
        let sealed = self.seal.as_ref().map(|seal| seal.seal(purpose(name), content, rng)).transpose();
        let sealed = sealed.map_err(damaged(&path))?;
        let bytes = sealed.as_deref().map_or(content, str::as_bytes);
        files::replace(&path, bytes, Access::Private).map_err(failed(&path))
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), KeyFileError> {
        let path = self.path.join(name);
        fs::remove_file(&path).map_err(failed(&path))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), KeyFileError> {
        let path = self.path.join(from);
        fs::rename(&path, self.path.join(to)).map_err(failed(&path))
    }

    /// The key of a file.
    pub(super) fn stored(&self, name: &str) -> Result<Stored, KeyFileError> {
        let content = |reason: String| KeyFileError::Content { path: self.path.join(name), reason };
        let text = self.read(name)?;
        let value = json::parse(&text).map_err(|_| content("expected a private JWK".into()))?;
        match token::Reference::from_json(&value).map_err(content)? {
            Some(reference) => Ok(Stored::Token(reference)),
            None => {
                SoftwareKey::from_jwk(&value).map(Stored::Here).map_err(|error| content(error.to_string()))
            }
        }
    }

    /// What signs with the key of a file; one in the token has signed once, to show that it does.
    pub(super) fn signer(&self, name: &str) -> Result<Signer, KeyFileError> {
        match self.stored(name)? {
            Stored::Here(key) => Ok(key.into()),
            Stored::Token(reference) => {
                let token = self.token.as_ref();
                let token = token.ok_or_else(|| KeyFileError::NoToken { path: self.path.join(name) })?;
                Ok(TokenKey::open(token, reference)?.into())
            }
        }
    }
}

/// What a file is for: a key stays what it is when another one takes its place.
fn purpose(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    files::read_secret(path, MAX_KEY_BYTES).map_err(|error| match error {
        SecretError::Io(source) => KeyFileError::Io { path: path.to_owned(), source },
        SecretError::Rights { got } => KeyFileError::Rights { path: path.to_owned(), got },
    })
}

pub(super) fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> KeyFileError + use<> {
    let path = path.to_owned();
    move |source| KeyFileError::Io { path, source }
}

/// The error of a file whose folder is open: no passphrase mends it.
fn damaged(path: &Path) -> impl FnOnce(Unopened) -> KeyFileError + use<> {
    let path = path.to_owned();
    move |_| KeyFileError::Content { path, reason: "it was altered, or another file is in its place".into() }
}
