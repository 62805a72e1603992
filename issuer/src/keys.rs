//! The issuer's secrets, each a file of its own that nobody else can read.
//!
//! | file | holds | may be moved away |
//! |---|---|---|
//! | `root.jwk` | signs trust lists | yes: it is needed for a new trust list alone |
//! | `issuer.jwk` | signs credentials and status lists | no |
//! | `registrar.jwk` | signs registrations and bundles | no |
//! | `sectors.json` | keys of the sector identifiers | no, and never lost: no other key gives the same identifiers |

use std::path::{Path, PathBuf};
use std::{fs, io};

use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::json;
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_program::files::{self, SecretError};
use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The sectors that have identifiers of their own (design, section 4).
pub const SECTORS: [&str; 5] = ["health", "tax", "education", "finance", "telecom"];

/// The largest file taken for a key.
const MAX_KEY_BYTES: usize = 16 << 10;

/// Bytes of a sector identifier: enough that no two of 50 million people share one.
const SECTOR_ID_BYTES: usize = 16;

const ROOT: &str = "root.jwk";
const NEXT_ROOT: &str = "root.next.jwk";
const ISSUER: &str = "issuer.jwk";
const REGISTRAR: &str = "registrar.jwk";
const SECTOR_KEYS: &str = "sectors.json";

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// A file cannot be read or written.
    #[error("key file {}: {source}. Check that it is there and that its rights are yours", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read the file.
    #[error("key file {}: expected rights 0600, got {got:04o}. Run chmod 600 on it, and consider the key stolen if others had access", path.display())]
    Rights {
        /// The file.
        path: PathBuf,
        /// Its rights.
        got: u32,
    },
    /// The file holds something else.
    #[error("key file {}: {reason}. Restore it from its backup", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it. Never holds what the file says.
        reason: String,
    },
}

hati_formats::error_codes!(KeyFileError {
    Self::Io { .. } => "file_unusable",
    Self::Rights { .. } => "key_rights",
    Self::Content { .. } => "key_file_damaged",
});

/// What an issuer signs with every day. `Debug` shows no secret.
#[derive(Debug)]
pub struct Keys {
    /// Signs credentials and status lists.
    pub issuer: SoftwareKey,
    /// Signs registrations of verifiers and bundles.
    pub registrar: SoftwareKey,
    /// Make sector identifiers.
    pub sectors: SectorKeys,
}

impl Keys {
    /// Makes every key, the root key beside the others.
    #[must_use]
    pub fn generate(algorithm: Algorithm, rng: &mut impl CryptoRng) -> (SoftwareKey, Self) {
        let root = SoftwareKey::generate(Algorithm::EdDsa, rng);
        let keys = Self {
            issuer: SoftwareKey::generate(algorithm, rng),
            registrar: SoftwareKey::generate(Algorithm::EdDsa, rng),
            sectors: SectorKeys::generate(rng),
        };
        (root, keys)
    }

    /// Writes every key into a folder that must not be there yet.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::Io`] if the folder is there, or cannot be written.
    pub fn save(&self, root: &SoftwareKey, folder: &Path) -> Result<(), KeyFileError> {
        files::create_folder(folder)
            .map_err(|source| KeyFileError::Io { path: folder.to_owned(), source })?;
        write_secret(&folder.join(ROOT), &root.to_jwk())?;
        write_secret(&folder.join(ISSUER), &self.issuer.to_jwk())?;
        write_secret(&folder.join(REGISTRAR), &self.registrar.to_jwk())?;
        write_secret(&folder.join(SECTOR_KEYS), &self.sectors.to_json())
    }

    /// Reads the keys.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] names the file.
    pub fn load(folder: &Path) -> Result<Self, KeyFileError> {
        let sectors = folder.join(SECTOR_KEYS);
        Ok(Self {
            issuer: load_jwk(&folder.join(ISSUER))?,
            registrar: load_jwk(&folder.join(REGISTRAR))?,
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

/// One key for each of [`SECTORS`], in their order.
pub struct SectorKeys([Zeroizing<[u8; 32]>; SECTORS.len()]);

impl SectorKeys {
    fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(SECTORS.map(|_| {
            let mut key = Zeroizing::new([0; 32]);
            rng.fill_bytes(key.as_mut());
            key
        }))
    }

    /// The identifier of a person in a sector, stable there and of no use elsewhere: base64url of the first 16
    /// bytes of HMAC-SHA-256(sector key, sector ":" UPI). `None` for a sector that is not in [`SECTORS`].
    #[must_use]
    pub fn identifier(&self, sector: &str, upi: &str) -> Option<String> {
        let place = SECTORS.iter().position(|known| *known == sector)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.get(place)?.as_ref()).ok()?;
        mac.update(sector.as_bytes());
        mac.update(b":");
        mac.update(upi.as_bytes());
        let tag = mac.finalize().into_bytes();
        tag.get(..SECTOR_ID_BYTES).map(b64url)
    }

    fn to_json(&self) -> Zeroizing<String> {
        let members = SECTORS.iter().zip(&self.0).map(|(sector, key)| {
            let key = Zeroizing::new(b64url(key.as_ref()));
            Zeroizing::new(format!("\"{sector}\":\"{}\"", key.as_str()))
        });
        let mut text = Zeroizing::new(String::with_capacity(512));
        for member in members {
            let mark = if text.is_empty() { '{' } else { ',' };
            text.push(mark);
            text.push_str(&member);
        }
        text.push('}');
        text
    }

    fn from_json(text: &[u8]) -> Result<Self, String> {
        let members = json::parse_object(text).map_err(|_| "expected a JSON object".to_owned())?;
        let mut keys = SECTORS.map(|_| Zeroizing::new([0; 32]));
        for (sector, key) in SECTORS.iter().zip(&mut keys) {
            let wrong = || format!("expected 32 bytes in base64url as \"{sector}\"");
            let text = members.get(*sector).and_then(serde_json::Value::as_str).ok_or_else(wrong)?;
            let bytes = Zeroizing::new(b64url_decode(text).map_err(|_| wrong())?);
            **key = bytes.as_slice().try_into().map_err(|_| wrong())?;
        }
        Ok(Self(keys))
    }
}

impl std::fmt::Debug for SectorKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SectorKeys(secret)")
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

    use super::*;

    #[test]
    fn keys_are_read_back_and_never_shown() {
        let (_folder, path) = folder();
        let (root, keys) = create(&path);
        let again = Keys::load(&path).unwrap();
        assert_eq!(again.issuer.public(), keys.issuer.public());
        assert_eq!(again.registrar.public(), keys.registrar.public());
        assert_eq!(Keys::load_root(&path, root.public()).unwrap().public(), root.public());
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
        let (other, keys) = Keys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(2));
        let refused = keys.save(&other, &path);
        assert!(matches!(refused, Err(KeyFileError::Io { .. })));
        assert_eq!(Keys::load_root(&path, root.public()).unwrap().public(), root.public());
    }

    #[test]
    fn an_interrupted_rotation_is_completed_once_its_list_is_published() {
        let (_folder, path) = folder();
        let (root, _) = create(&path);
        for seed in 5..7 {
            // The second time over the first, whose list was never published.
            let next = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap();
            Keys::save_next_root(&next, &path).unwrap();
            assert_eq!(Keys::load_root(&path, root.public()).unwrap().public(), root.public());
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

    #[test]
    fn sector_identifiers_are_stable_inside_a_sector_alone() {
        let (_, keys) = create(&folder().1);
        let id = |sector: &str, upi: &str| keys.sectors.identifier(sector, upi).unwrap();
        assert_eq!(id("health", "20480163920017"), id("health", "20480163920017"));
        assert_eq!(id("health", "20480163920017").len(), 22);
        assert_ne!(id("health", "20480163920017"), id("tax", "20480163920017"));
        assert_ne!(id("health", "20480163920017"), id("health", "20480163920018"));
        assert_eq!(keys.sectors.identifier("army", "20480163920017"), None);
    }

    #[test]
    fn a_sector_identifier_is_the_hmac_the_design_names() {
        // HMAC-SHA-256 with the key 00..00 over "tax:1", by OpenSSL 3.0.
        let keys = SectorKeys(SECTORS.map(|_| Zeroizing::new([0; 32])));
        assert_eq!(keys.identifier("tax", "1").as_deref(), Some("ZhOGoEVsFzKWw7PEYLAbeQ"));
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        (folder, path)
    }

    fn create(path: &Path) -> (SoftwareKey, Keys) {
        let (root, keys) = Keys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(1));
        keys.save(&root, path).unwrap();
        (root, keys)
    }
}
