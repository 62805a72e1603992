//! The issuer's secrets, each a file of its own that nobody else can read.
//!
//! | file | holds | may be moved away |
//! |---|---|---|
//! | `root.jwk` | signs trust lists | yes: it is needed for a new trust list alone |
//! | `issuer.jwk` | signs credentials and status lists | no |
//! | `registrar.jwk` | signs registrations and bundles | no |
//! | `sectors.json` | keys of the sector identifiers | no, and never lost: no other key gives the same identifiers |

mod error;
mod sectors;
mod signer;

use std::fs;
use std::path::Path;

use hati_formats::json;
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_program::files::{self, SecretError};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub use self::error::KeyFileError;
pub use self::sectors::{SECTORS, SectorKeys};
pub use self::signer::{SignError, Signer};

/// The largest file taken for a key.
const MAX_KEY_BYTES: usize = 16 << 10;

const ROOT: &str = "root.jwk";
const NEXT_ROOT: &str = "root.next.jwk";
const ISSUER: &str = "issuer.jwk";
const REGISTRAR: &str = "registrar.jwk";
const SECTOR_KEYS: &str = "sectors.json";

/// Keys that were just made, before they are anywhere else than in memory. `Debug` shows no secret.
#[derive(Debug)]
pub struct NewKeys {
    /// Signs trust lists.
    pub root: SoftwareKey,
    issuer: SoftwareKey,
    registrar: SoftwareKey,
    sectors: SectorKeys,
}

impl NewKeys {
    /// Makes every key; the issuer's is of this algorithm.
    #[must_use]
    pub fn generate(algorithm: Algorithm, rng: &mut impl CryptoRng) -> Self {
        Self {
            root: SoftwareKey::generate(Algorithm::EdDsa, rng),
            issuer: SoftwareKey::generate(algorithm, rng),
            registrar: SoftwareKey::generate(Algorithm::EdDsa, rng),
            sectors: SectorKeys::generate(rng),
        }
    }

    /// Writes every key into a folder that must not be there yet.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::Io`] if the folder is there, or cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), KeyFileError> {
        files::create_folder(folder)
            .map_err(|source| KeyFileError::Io { path: folder.to_owned(), source })?;
        write_secret(&folder.join(ROOT), &self.root.to_jwk())?;
        write_secret(&folder.join(ISSUER), &self.issuer.to_jwk())?;
        write_secret(&folder.join(REGISTRAR), &self.registrar.to_jwk())?;
        write_secret(&folder.join(SECTOR_KEYS), &self.sectors.to_json())
    }

    /// What a trust list names.
    #[must_use]
    pub fn public(&self) -> PublicKeys {
        let [issuer, registrar] = [&self.issuer, &self.registrar].map(|key| vec![key.public().clone()]);
        PublicKeys { issuer, registrar }
    }
}

/// What signs every day, the root key left out.
impl From<NewKeys> for Keys {
    fn from(new: NewKeys) -> Self {
        Self { issuer: new.issuer.into(), registrar: new.registrar.into(), sectors: new.sectors }
    }
}

/// The public halves of the keys that a trust list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeys {
    /// Of the issuer.
    pub issuer: Vec<PublicKey>,
    /// Of the registrar.
    pub registrar: Vec<PublicKey>,
}

/// What an issuer signs with every day. `Debug` shows no secret.
#[derive(Debug)]
pub struct Keys {
    /// Signs credentials and status lists.
    pub issuer: Signer,
    /// Signs registrations of verifiers and bundles.
    pub registrar: Signer,
    /// Make sector identifiers.
    pub sectors: SectorKeys,
}

impl Keys {
    /// What a trust list names.
    #[must_use]
    pub fn public(&self) -> PublicKeys {
        let [issuer, registrar] = [&self.issuer, &self.registrar].map(|key| vec![key.public().clone()]);
        PublicKeys { issuer, registrar }
    }

    /// Reads the keys.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] names the file.
    pub fn load(folder: &Path) -> Result<Self, KeyFileError> {
        let sectors = folder.join(SECTOR_KEYS);
        Ok(Self {
            issuer: load_jwk(&folder.join(ISSUER))?.into(),
            registrar: load_jwk(&folder.join(REGISTRAR))?.into(),
            sectors: SectorKeys::from_json(&read_secret(&sectors)?)
                .map_err(|reason| KeyFileError::Content { path: sectors, reason })?,
        })
    }

    /// Reads the root key, which is kept offline but for a new trust list. `published` is the root of the newest
    /// list: where a rotation was interrupted after that list was published, this completes it.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] names the file.
    pub fn load_root(folder: &Path, published: &PublicKey) -> Result<SoftwareKey, KeyFileError> {
        let (root, next) = (folder.join(ROOT), folder.join(NEXT_ROOT));
        if next.exists() && load_jwk(&next)?.public() == published {
            fs::rename(&next, &root).map_err(|source| KeyFileError::Io { path: next, source })?;
        }
        load_jwk(&root)
    }

    /// Writes a root key that is about to take the place of the one there is.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::Io`] if the folder cannot be written.
    pub fn save_next_root(root: &SoftwareKey, folder: &Path) -> Result<(), KeyFileError> {
        let path = folder.join(NEXT_ROOT);
        // One that `load_root` left there signed no list that was published.
        if path.exists() {
            fs::remove_file(&path).map_err(|source| KeyFileError::Io { path: path.clone(), source })?;
        }
        write_secret(&path, &root.to_jwk())
    }
}

fn load_jwk(path: &Path) -> Result<SoftwareKey, KeyFileError> {
    let text = read_secret(path)?;
    let content = |reason| KeyFileError::Content { path: path.to_owned(), reason };
    let value = json::parse(&text).map_err(|_| content("expected a private JWK".into()))?;
    SoftwareKey::from_jwk(&value).map_err(|error| content(error.to_string()))
}

fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    files::read_secret(path, MAX_KEY_BYTES).map_err(|error| match error {
        SecretError::Io(source) => KeyFileError::Io { path: path.to_owned(), source },
        SecretError::Rights { got } => KeyFileError::Rights { path: path.to_owned(), got },
    })
}

fn write_secret(path: &Path, text: &str) -> Result<(), KeyFileError> {
    files::create_secret(path, text).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use std::path::PathBuf;

    use super::*;

    #[test]
    fn keys_are_read_back_and_never_shown() {
        let (_folder, path) = folder();
        let (root, keys) = create(&path);
        let again = Keys::load(&path).unwrap();
        assert_eq!(again.issuer.public(), keys.issuer.public());
        assert_eq!(again.registrar.public(), keys.registrar.public());
        assert_eq!(Keys::load_root(&path, &root).unwrap().public(), &root);
        assert_eq!(again.sectors.identifier("tax", "1"), keys.sectors.identifier("tax", "1"));

        let shown = format!("{again:?}");
        let sectors = std::fs::read(path.join(SECTOR_KEYS)).unwrap();
        let secrets = json::parse_object(&sectors).unwrap();
        assert!(secrets.values().all(|secret| !shown.contains(secret.as_str().unwrap())));
        assert!(shown.contains("SectorKeys(secret)"), "{shown}");
    }

    #[test]
    fn keys_are_never_overwritten() {
        let (_folder, path) = folder();
        let (root, _) = create(&path);
        let other = NewKeys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(2));
        let refused = other.save(&path);
        assert!(matches!(refused, Err(KeyFileError::Io { .. })));
        assert_eq!(Keys::load_root(&path, &root).unwrap().public(), &root);
    }

    #[test]
    fn an_interrupted_rotation_is_completed_once_its_list_is_published() {
        let (_folder, path) = folder();
        let (root, _) = create(&path);
        for seed in 5..7 {
            // The second time over the first, whose list was never published.
            let next = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap();
            Keys::save_next_root(&next, &path).unwrap();
            assert_eq!(Keys::load_root(&path, &root).unwrap().public(), &root);
        }
        let next = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[6; 32]).unwrap();
        for _ in 0..2 {
            assert_eq!(Keys::load_root(&path, next.public()).unwrap().public(), next.public());
            assert!(!path.join(NEXT_ROOT).exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_a_key() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = folder();
        create(&path);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        for name in [ROOT, ISSUER, REGISTRAR, SECTOR_KEYS] {
            assert_eq!(mode(&path.join(name)), 0o600, "{name}");
        }
        std::fs::set_permissions(path.join(ISSUER), std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::load(&path), Err(KeyFileError::Rights { got: 0o640, .. })));
    }

    #[test]
    fn a_damaged_key_is_refused_without_being_shown() {
        for (name, text) in
            [(REGISTRAR, "{\"kty\":\"OKP\"}"), (SECTOR_KEYS, "{\"health\":\"c2VjcmV0\"}"), (ISSUER, "s")]
        {
            let (_folder, path) = folder();
            create(&path);
            std::fs::write(path.join(name), text).unwrap();
            let refused = Keys::load(&path).unwrap_err();
            assert!(
                matches!(&refused, KeyFileError::Content { path, .. } if path.ends_with(name)),
                "{refused}"
            );
            assert!(!refused.to_string().contains("c2VjcmV0"));
        }
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        (folder, path)
    }

    fn create(path: &Path) -> (PublicKey, Keys) {
        let new = NewKeys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(1));
        new.save(path).unwrap();
        (new.root.public().clone(), new.into())
    }
}
