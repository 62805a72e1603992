//! A folder of keys is sealed, unsealed, and given another passphrase.

use std::fs;
use std::path::Path;

use hati_program::files::{self, Access};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::folder::{Stored, failed, read_secret};
use super::seal::{FolderKey, Unopened, is_sealed};
use super::{KeyFileError, KeyFolder, SECTOR_KEYS, Secret, Unlock};

/// The fewest bytes of a passphrase (NIST SP 800-63B-4 section 3.1.1.2, where nothing else protects).
const MIN_PASSPHRASE_BYTES: usize = 15;

/// What a passphrase opens.
pub(super) const SEAL: &str = "seal.json";

impl KeyFolder {
    /// Seals every file that is not sealed yet; a crash in between is mended by doing it again.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`]; a file is written whole or not at all.
    pub fn seal_files(
        &mut self,
        unlock: &Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<usize, KeyFileError> {
        if self.seal.is_none() {
            let sealing = Sealing::new(&self.path, unlock, rng)?;
            self.put_seal(sealing)?;
        }
        let mut count = 0;
        for name in self.names()? {
            let content = read_secret(&self.path.join(&name))?;
            if !is_sealed(&content) {
                self.replace(&name, &content, rng)?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// Writes every file in the clear, and then forgets the seal.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::NotSealed`], and what the disk refuses.
    pub fn unseal_files(&mut self) -> Result<usize, KeyFileError> {
        if self.seal.is_none() {
            return Err(KeyFileError::NotSealed { path: self.path.clone() });
        }
        let names = self.names()?;
        for name in &names {
            let (path, content) = (self.path.join(name), self.read(name)?);
            files::replace(&path, &content, Access::Private).map_err(failed(&path))?;
        }
        let header = self.path.join(SEAL);
        fs::remove_file(&header).map_err(failed(&header))?;
        self.seal = None;
        Ok(names.len())
    }

    /// From now on only the new passphrase opens the folder; the files stay as they are.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::NotSealed`], and what the disk refuses; then the old passphrase still holds.
    pub fn change_passphrase(
        &self,
        unlock: &Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), KeyFileError> {
        let Some(seal) = &self.seal else { return Err(KeyFileError::NotSealed { path: self.path.clone() }) };
        let passphrase = new_passphrase(unlock, Secret::NewPassphrase)?;
        let path = self.path.join(SEAL);
        let header = seal.wrap(&passphrase, rng).map_err(unopened(&path))?;
        files::replace(&path, header.as_bytes(), Access::Private).map_err(failed(&path))
    }

    /// The files whose secrets are in the clear.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn unsealed(&self) -> Result<Vec<String>, KeyFileError> {
        let mut unsealed = Vec::new();
        for name in self.names()? {
            let sealed = is_sealed(&read_secret(&self.path.join(&name))?);
            // The place of a key in a token is no secret.
            if !sealed && (name == SECTOR_KEYS || matches!(self.stored(&name)?, Stored::Here(_))) {
                unsealed.push(name);
            }
        }
        Ok(unsealed)
    }

    pub(super) fn put_seal(&mut self, sealing: Sealing) -> Result<(), KeyFileError> {
        let path = self.path.join(SEAL);
        files::replace(&path, sealing.header.as_bytes(), Access::Private).map_err(failed(&path))?;
        self.seal = Some(sealing.key);
        Ok(())
    }

    /// The files that are sealed where the folder is.
    fn names(&self) -> Result<Vec<String>, KeyFileError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed(&self.path))? {
            let name = entry.map_err(failed(&self.path))?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".jwk") || name == SECTOR_KEYS {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

/// A new seal, before it is on disk.
#[derive(Debug)]
pub(super) struct Sealing {
    key: FolderKey,
    /// The text of its file.
    header: String,
}

impl Sealing {
    /// Asks for the passphrase.
    pub(super) fn new(
        folder: &Path,
        unlock: &Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, KeyFileError> {
        let passphrase = new_passphrase(unlock, Secret::FirstPassphrase)?;
        let key = FolderKey::generate(rng);
        let header = key.wrap(&passphrase, rng).map_err(unopened(&folder.join(SEAL)))?;
        Ok(Self { key, header })
    }
}

/// The key of a sealed folder; none where it is not sealed.
pub(super) fn open(folder: &Path, unlock: &Unlock<'_>) -> Result<Option<FolderKey>, KeyFileError> {
    let header = folder.join(SEAL);
    if !header.try_exists().map_err(failed(&header))? {
        return Ok(None);
    }
    let text = read_secret(&header)?;
    let passphrase = unlock.get(Secret::Passphrase)?;
    FolderKey::unwrap(&text, &passphrase).map(Some).map_err(unopened(&header))
}

fn new_passphrase(unlock: &Unlock<'_>, secret: Secret) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let passphrase = unlock.get(secret)?;
    if passphrase.len() < MIN_PASSPHRASE_BYTES {
        return Err(KeyFileError::ShortPassphrase { expected: MIN_PASSPHRASE_BYTES, got: passphrase.len() });
    }
    Ok(passphrase)
}

/// The error of `seal.json`.
fn unopened(path: &Path) -> impl FnOnce(Unopened) -> KeyFileError + use<> {
    let path = path.to_owned();
    move |reason| match reason {
        Unopened::Refused => KeyFileError::Passphrase { path },
        Unopened::Memory => KeyFileError::Memory { path },
        Unopened::Malformed(what) => {
            KeyFileError::Content { path, reason: format!("expected another `{what}`") }
        }
    }
}
