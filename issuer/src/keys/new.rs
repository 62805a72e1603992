//! Keys that are made, before and while they are written down.

use std::path::{Path, PathBuf};

use hati_formats::keys::{Algorithm, SoftwareKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::folder::KeyFolder;
use super::root::ROOT;
use super::sealing::Sealing;
use super::token::{Token, TokenKey};
use super::{Hsm, KeyFileError, Keys, Others, PublicKeys, Role, SECTOR_KEYS, SectorKeys, Signer, Unlock};

/// A folder of keys that is to be made. Nothing is on disk before [`save`](Self::save).
#[derive(Debug)]
pub struct NewFolder {
    path: PathBuf,
    sealing: Option<Sealing>,
    token: Option<Token>,
}

/// Keys that were just made. `Debug` shows no secret.
#[derive(Debug)]
pub struct NewKeys {
    /// Signs trust lists.
    pub root: SoftwareKey,
    issuer: NewKey,
    registrar: NewKey,
    sectors: SectorKeys,
}

/// A key that was just made.
#[derive(Debug)]
pub(super) enum NewKey {
    Here(SoftwareKey),
    Token(TokenKey),
}

impl NewFolder {
    /// Asks for what opens the folder from now on: a passphrase, if it is to be sealed, and the token's PIN, if a token is
    /// to hold the keys that sign every day.
    ///
    /// # Errors
    ///
    /// What is wrong with the passphrase or the token.
    pub fn new(
        path: &Path,
        sealed: bool,
        hsm: Option<&Hsm>,
        unlock: &Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, KeyFileError> {
        let sealing = sealed.then(|| Sealing::new(path, unlock, rng)).transpose()?;
        let token = hsm.map(|hsm| Token::unlock(hsm, unlock)).transpose()?;
        Ok(Self { path: path.to_owned(), sealing, token })
    }

    /// Makes every key; the issuer's is of this algorithm.
    ///
    /// # Errors
    ///
    /// If the token makes none.
    pub fn generate(&self, algorithm: Algorithm, rng: &mut impl CryptoRng) -> Result<NewKeys, KeyFileError> {
        let token = self.token.as_ref();
        Ok(NewKeys {
            root: SoftwareKey::generate(Algorithm::EdDsa, rng),
            issuer: NewKey::generate(Role::Issuer, algorithm, token, rng)?,
            registrar: NewKey::generate(Role::Registrar, Algorithm::EdDsa, token, rng)?,
            sectors: SectorKeys::generate(rng),
        })
    }

    /// Writes the keys into the folder, which must not be there yet.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::Io`] if the folder is there, or cannot be written.
    pub fn save(self, keys: &NewKeys, rng: &mut impl CryptoRng) -> Result<KeyFolder, KeyFileError> {
        let folder = KeyFolder::create(&self.path, self.sealing, self.token)?;
        folder.create_file(ROOT, keys.root.to_jwk().as_bytes(), rng)?;
        for (role, key) in [(Role::Issuer, &keys.issuer), (Role::Registrar, &keys.registrar)] {
            folder.create_file(&role.file(), key.to_text().as_bytes(), rng)?;
        }
        folder.create_file(SECTOR_KEYS, keys.sectors.to_json().as_bytes(), rng)?;
        Ok(folder)
    }
}

impl NewKeys {
    /// Makes every key in memory; the issuer's is of this algorithm.
    #[must_use]
    pub fn generate(algorithm: Algorithm, rng: &mut impl CryptoRng) -> Self {
        Self {
            root: SoftwareKey::generate(Algorithm::EdDsa, rng),
            issuer: NewKey::Here(SoftwareKey::generate(algorithm, rng)),
            registrar: NewKey::Here(SoftwareKey::generate(Algorithm::EdDsa, rng)),
            sectors: SectorKeys::generate(rng),
        }
    }

    /// What a trust list is made from.
    #[must_use]
    pub fn public(&self) -> PublicKeys {
        let [issuer, registrar] = [&self.issuer, &self.registrar].map(|key| vec![key.public().clone()]);
        PublicKeys { issuer, registrar, withdrawn: Vec::new() }
    }
}

/// What signs every day, the root key left out.
impl From<NewKeys> for Keys {
    fn from(new: NewKeys) -> Self {
        let [issuer, registrar] = [new.issuer, new.registrar].map(|key| match key {
            NewKey::Here(key) => Signer::from(key),
            NewKey::Token(key) => Signer::from(key),
        });
        Self { issuer, registrar, sectors: new.sectors, others: Others::default() }
    }
}

impl NewKey {
    /// In the token, if there is one.
    pub(super) fn generate(
        role: Role,
        algorithm: Algorithm,
        token: Option<&Token>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, KeyFileError> {
        Ok(match token {
            None => Self::Here(SoftwareKey::generate(algorithm, rng)),
            Some(token) => {
                let label = format!("hati-{role}");
                Self::Token(TokenKey::generate(token, &label, algorithm, rng)?)
            }
        })
    }

    pub(super) const fn public(&self) -> &hati_formats::keys::PublicKey {
        match self {
            Self::Here(key) => key.public(),
            Self::Token(key) => key.public(),
        }
    }

    /// The text of its file.
    pub(super) fn to_text(&self) -> Zeroizing<String> {
        match self {
            Self::Here(key) => key.to_jwk(),
            Self::Token(key) => Zeroizing::new(key.reference().to_json()),
        }
    }
}
