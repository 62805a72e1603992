//! Rotation without a gap: a key is announced, then signs, and its predecessor is retired.
//!
//! 1. [`announce`](KeyFolder::announce) makes the next key. The next trust list and edition name it.
//! 2. [`activate`](KeyFolder::activate) lets it sign, once everybody may be expected to know it.
//! 3. [`retire`](KeyFolder::retire) destroys the private half of the one before it. Its public half stays in the trust
//!    list for as long as what it signed is to verify, unless it is [withdrawn](KeyFolder::withdraw).

use hati_formats::json;
use hati_formats::keys::{Algorithm, PublicKey};
use hati_program::files::{self, Access};
use rand_core::CryptoRng;
use serde_json::{Value, json};

use super::folder::Stored;
use super::new::NewKey;
use super::token::TokenKey;
use super::{KeyFileError, KeyFolder, KeyPlace, Keys, Others, Role, SECTOR_KEYS, SectorKeys};

const WITHDRAWN: &str = "withdrawn.json";

impl Role {
    /// The file of the key that signs.
    pub(super) fn file(self) -> String {
        format!("{self}.jwk")
    }

    fn next_file(self) -> String {
        format!("{self}.next.jwk")
    }

    fn old_file(self) -> String {
        format!("{self}.old.jwk")
    }
}

impl KeyFolder {
    /// Reads the keys. One in the token has signed once.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] names the file.
    pub fn load(&self) -> Result<Keys, KeyFileError> {
        let sectors = SectorKeys::from_json(&self.read(SECTOR_KEYS)?)
            .map_err(|reason| KeyFileError::Content { path: self.path(SECTOR_KEYS), reason })?;
        Ok(Keys {
            issuer: self.signer(&Role::Issuer.file())?,
            registrar: self.signer(&Role::Registrar.file())?,
            sectors,
            others: Others {
                next_issuer: self.public_of(&Role::Issuer.next_file())?,
                next_registrar: self.public_of(&Role::Registrar.next_file())?,
                withdrawn: self.withdrawn()?,
            },
        })
    }

    /// Makes the key that will sign next. What is not said is as with the key that signs.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::Rotating`] while another rotation is not at its end.
    pub fn announce(
        &self,
        role: Role,
        algorithm: Option<Algorithm>,
        place: Option<KeyPlace>,
        rng: &mut impl CryptoRng,
    ) -> Result<PublicKey, KeyFileError> {
        let next = role.next_file();
        self.check_free(role, &next, "next key", "activate")?;
        self.check_free(role, &role.old_file(), "old key", "retire")?;
        let signing = self.stored(&role.file())?;
        let algorithm = algorithm.unwrap_or(signing.public().algorithm());
        let token = match place.unwrap_or(signing.place()) {
            KeyPlace::File => None,
            KeyPlace::Token => {
                let missing = || KeyFileError::NoToken { path: self.path(&next) };
                Some(self.token().ok_or_else(missing)?)
            }
        };
        let key = NewKey::generate(role, algorithm, token, rng)?;
        self.create_file(&next, key.to_text().as_bytes(), rng)?;
        Ok(key.public().clone())
    }

    /// Lets the announced key sign from now on. Gives the key before it and the new one.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::NotRotating`] if none is announced. A crash at any moment leaves a key that signs, and doing it
    /// again ends it.
    pub fn activate(&self, role: Role, rng: &mut impl CryptoRng) -> Result<[PublicKey; 2], KeyFileError> {
        let (file, next, old) = (role.file(), role.next_file(), role.old_file());
        if !self.has(&next) {
            let advice = "Announce one with: hati-issuer keys announce";
            return Err(KeyFileError::NotRotating { role, wanted: "announced", advice });
        }
        // Signs once if it is in the token, before anything relies on it.
        let new = self.signer(&next)?.public().clone();
        // An old key beside a next one is what a crash in this function left: `announce` suffers no old key.
        if !self.has(&old) {
            self.replace(&old, &self.read(&file)?, rng)?;
        }
        let before = self.stored(&old)?.public().clone();
        self.rename(&next, &file)?;
        Ok([before, new])
    }

    /// Destroys the private half of the key that signs no more, in the token too. Gives its public half.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::NotRotating`] if there is none.
    pub fn retire(&self, role: Role) -> Result<PublicKey, KeyFileError> {
        let old = role.old_file();
        if !self.has(&old) || self.has(&role.next_file()) {
            let advice = "One is there after: hati-issuer keys activate";
            return Err(KeyFileError::NotRotating { role, wanted: "old", advice });
        }
        let stored = self.stored(&old)?;
        if let Stored::Token(reference) = &stored {
            let missing = || KeyFileError::NoToken { path: self.path(&old) };
            TokenKey::destroy(self.token().ok_or_else(missing)?, reference)?;
        }
        self.remove(&old)?;
        Ok(stored.public().clone())
    }

    /// Leaves a key out of the next trust list, so that nothing it ever signed counts.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read or written.
    pub fn withdraw(&self, key: &PublicKey) -> Result<(), KeyFileError> {
        let mut withdrawn = self.withdrawn()?;
        if !withdrawn.contains(key) {
            withdrawn.push(key.clone());
        }
        let keys: Vec<_> = withdrawn.iter().map(PublicKey::to_jwk).collect();
        let path = self.path(WITHDRAWN);
        files::replace(&path, json!({ "keys": keys }).to_string().as_bytes(), Access::Private)
            .map_err(|source| KeyFileError::Io { path, source })
    }

    fn withdrawn(&self) -> Result<Vec<PublicKey>, KeyFileError> {
        if !self.has(WITHDRAWN) {
            return Ok(Vec::new());
        }
        let content =
            || KeyFileError::Content { path: self.path(WITHDRAWN), reason: "expected a JWK Set".into() };
        let set = json::parse(&self.read(WITHDRAWN)?).map_err(|_| content())?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or_else(content)?;
        keys.iter().map(|key| PublicKey::from_jwk(key).map_err(|_| content())).collect()
    }

    fn public_of(&self, name: &str) -> Result<Option<PublicKey>, KeyFileError> {
        if !self.has(name) {
            return Ok(None);
        }
        Ok(Some(self.stored(name)?.public().clone()))
    }

    /// The keys of a role whose private halves there are, and where.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn places(&self, role: Role) -> Result<Vec<(PublicKey, KeyPlace)>, KeyFileError> {
        let files = [role.file(), role.next_file(), role.old_file()];
        let stored = files.iter().filter(|name| self.has(name)).map(|name| self.stored(name));
        stored.map(|stored| stored.map(|stored| (stored.public().clone(), stored.place()))).collect()
    }

    fn check_free(
        &self,
        role: Role,
        name: &str,
        left: &'static str,
        command: &'static str,
    ) -> Result<(), KeyFileError> {
        if self.has(name) {
            return Err(KeyFileError::Rotating { role, left, path: self.path(name), command });
        }
        Ok(())
    }
}
