//! The root key, which is kept offline but for a new trust list.

use hati_formats::keys::{PublicKey, SoftwareKey};
use rand_core::CryptoRng;

use super::folder::Stored;
use super::{KeyFileError, KeyFolder};

pub(super) const ROOT: &str = "root.jwk";
const NEXT_ROOT: &str = "root.next.jwk";

impl KeyFolder {
    /// Reads the root key. `published` is the root of the newest list: where a rotation was interrupted after that list
    /// was published, this completes it.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::NoRoot`] where it is elsewhere; other errors name the file.
    pub fn load_root(&self, published: &PublicKey) -> Result<SoftwareKey, KeyFileError> {
        if self.has(NEXT_ROOT) && self.root_in(NEXT_ROOT)?.public() == published {
            self.rename(NEXT_ROOT, ROOT)?;
        }
        if !self.has(ROOT) {
            return Err(KeyFileError::NoRoot { path: self.path(ROOT) });
        }
        self.root_in(ROOT)
    }

    /// Writes a root key that is about to take the place of the one there is.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::Io`] if the folder cannot be written.
    pub fn save_next_root(&self, root: &SoftwareKey, rng: &mut impl CryptoRng) -> Result<(), KeyFileError> {
        // One that `load_root` left there signed no list that was published.
        self.replace(NEXT_ROOT, root.to_jwk().as_bytes(), rng)
    }

    /// Reads a root key from a file of this folder, as on the root's own machine.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] names the file.
    pub fn root_in(&self, name: &str) -> Result<SoftwareKey, KeyFileError> {
        match self.stored(name)? {
            Stored::Here(key) => Ok(key),
            Stored::Token(_) => Err(KeyFileError::Content {
                path: self.path(name),
                reason: "expected the root key itself, got the place of one in a token".into(),
            }),
        }
    }
}
