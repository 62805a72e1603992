//! Sealed files: a passphrase opens the key of a folder, which opens its files.
//!
//! `seal.json` holds what Argon2id (RFC 9106) cost, its salt, and the folder's key under the key it makes. Each file then
//! holds a nonce and its content under the folder's key (XChaCha20-Poly1305), with its purpose as associated data, so that
//! one file never passes for another. One derivation opens all of them, and another passphrase replaces one file.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hati_formats::encoding::{b64url, b64url_decode, b64url_decode_array};
use hati_formats::json;
use rand_core::CryptoRng;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// The layout that is written and read here.
const VERSION: u64 = 1;

/// Marks a sealed file.
const SEALED: &str = "hati-sealed";

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const SALT_BYTES: usize = 16;

/// RFC 9106 section 4, the second recommended option: kibibytes of memory, passes, lanes.
const RECOMMENDED: Cost = Cost { memory_kib: 64 << 10, passes: 3, lanes: 4 };

#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Why nothing was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unopened {
    /// It is not what it should be; why.
    Malformed(&'static str),
    /// The wrong passphrase, or altered.
    Refused,
    /// There is no memory to derive the key in.
    Memory,
}

/// What opens the files of a folder. Wiped when dropped.
pub(super) struct FolderKey(Zeroizing<[u8; KEY_BYTES]>);

impl FolderKey {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rng.fill_bytes(key.as_mut());
        Self(key)
    }

    /// The text of `seal.json`, which this passphrase opens.
    pub(super) fn wrap(&self, passphrase: &[u8], rng: &mut impl CryptoRng) -> Result<String, Unopened> {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        let Cost { memory_kib, passes, lanes } = RECOMMENDED;
        let derivation = json!({
            SEALED: VERSION, "kdf": "argon2id", "memory_kib": memory_kib, "passes": passes, "lanes": lanes,
            "salt": b64url(&salt),
        });
        let Value::Object(mut header) = derivation else { return Err(Unopened::Malformed("no object")) };
        let key = derive(passphrase, &salt, RECOMMENDED)?;
        let (nonce, wrapped) = encrypt(&key, &header_aad(&header), self.0.as_ref(), rng)?;
        header.insert("nonce".into(), nonce.into());
        header.insert("key".into(), wrapped.into());
        Ok(Value::Object(header).to_string())
    }

    /// Opens a `seal.json`.
    pub(super) fn unwrap(text: &[u8], passphrase: &[u8]) -> Result<Self, Unopened> {
        let mut header = parse(text)?;
        let nonce = nonce(&header)?;
        let wrapped = bytes(&header, "key")?;
        // What was there before nonce and key is the associated data.
        header.remove("nonce");
        header.remove("key");
        let cost = Cost::read(&header)?;
        let salt = text_of(&header, "salt")?;
        let salt = b64url_decode_array::<SALT_BYTES>(salt).map_err(|_| Unopened::Malformed("salt"))?;
        let key = derive(passphrase, &salt, cost)?;
        let key = decrypt(&key, &header_aad(&header), &nonce, &wrapped)?;
        let key = <[u8; KEY_BYTES]>::try_from(key.as_slice()).map_err(|_| Unopened::Malformed("key"))?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The text of a sealed file.
    pub(super) fn seal(
        &self,
        purpose: &str,
        content: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<String, Unopened> {
        let (nonce, content) = encrypt(&self.0, &file_aad(purpose), content, rng)?;
        Ok(json!({ SEALED: VERSION, "nonce": nonce, "content": content }).to_string())
    }

    /// The content of a sealed file.
    pub(super) fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let file = parse(sealed)?;
        decrypt(&self.0, &file_aad(purpose), &nonce(&file)?, &bytes(&file, "content")?)
    }
}

impl std::fmt::Debug for FolderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FolderKey(secret)")
    }
}

/// Whether a file says that it is sealed.
pub(super) fn is_sealed(text: &[u8]) -> bool {
    json::parse_object(text).is_ok_and(|file| file.contains_key(SEALED))
}

impl Cost {
    /// A header is not authenticated before its costs are paid, so they are bounded: a hostile one must not hang the
    /// machine, nor ask for less than Argon2id does (RFC 9106 section 3.1: at least 8 KiB a lane).
    fn read(header: &Map<String, Value>) -> Result<Self, Unopened> {
        let number = |name: &'static str, range: std::ops::RangeInclusive<u32>| {
            let got = header.get(name).and_then(Value::as_u64).and_then(|got| u32::try_from(got).ok());
            got.filter(|got| range.contains(got)).ok_or(Unopened::Malformed(name))
        };
        if text_of(header, "kdf")? != "argon2id" {
            return Err(Unopened::Malformed("kdf"));
        }
        let lanes = number("lanes", 1..=16)?;
        Ok(Self {
            lanes,
            passes: number("passes", 1..=64)?,
            memory_kib: number("memory_kib", lanes * 8..=1 << 20)?,
        })
    }
}

fn derive(passphrase: &[u8], salt: &[u8], cost: Cost) -> Result<Zeroizing<[u8; KEY_BYTES]>, Unopened> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_BYTES));
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(|_| Unopened::Memory)?);
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    argon2.hash_password_into(passphrase, salt, key.as_mut()).map_err(|_| Unopened::Memory)?;
    Ok(key)
}

/// What made the key: none of it can be altered.
fn header_aad(derivation: &Map<String, Value>) -> Vec<u8> {
    let text = Value::Object(derivation.clone()).to_string();
    ["hati-issuer key folder ", &text].concat().into_bytes()
}

fn file_aad(purpose: &str) -> Vec<u8> {
    format!("hati-issuer key file {VERSION} {purpose}").into_bytes()
}

/// Nonce and ciphertext, in base64url.
fn encrypt(
    key: &[u8; KEY_BYTES],
    aad: &[u8],
    content: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<(String, String), Unopened> {
    // 192 random bits never come twice.
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: content, aad });
    Ok((b64url(&nonce), b64url(&sealed.map_err(|_| Unopened::Malformed("content"))?)))
}

fn decrypt(
    key: &[u8; KEY_BYTES],
    aad: &[u8],
    nonce: &[u8; NONCE_BYTES],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let cipher = XChaCha20Poly1305::new(key.into());
    let opened = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad });
    opened.map(Zeroizing::new).map_err(|_| Unopened::Refused)
}

fn parse(text: &[u8]) -> Result<Map<String, Value>, Unopened> {
    let file = json::parse_object(text).map_err(|_| Unopened::Malformed("JSON"))?;
    match file.get(SEALED).and_then(Value::as_u64) {
        Some(VERSION) => Ok(file),
        _ => Err(Unopened::Malformed(SEALED)),
    }
}

fn text_of<'f>(file: &'f Map<String, Value>, name: &'static str) -> Result<&'f str, Unopened> {
    file.get(name).and_then(Value::as_str).ok_or(Unopened::Malformed(name))
}

fn bytes(file: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, Unopened> {
    b64url_decode(text_of(file, name)?).map_err(|_| Unopened::Malformed(name))
}

fn nonce(file: &Map<String, Value>) -> Result<[u8; NONCE_BYTES], Unopened> {
    b64url_decode_array(text_of(file, "nonce")?).map_err(|_| Unopened::Malformed("nonce"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn only_the_passphrase_opens_a_folder_and_another_one_opens_the_same() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let key = FolderKey::generate(&mut rng);
        let sealed = key.seal("issuer", b"content", &mut rng).unwrap();
        for passphrase in [&b"correct horse"[..], b"battery staple", &[0xff; 32]] {
            let header = key.wrap(passphrase, &mut rng).unwrap();
            let again = FolderKey::unwrap(header.as_bytes(), passphrase).unwrap();
            assert_eq!(again.open("issuer", sealed.as_bytes()).unwrap().as_slice(), b"content");
            assert_eq!(FolderKey::unwrap(header.as_bytes(), b"wrong").unwrap_err(), Unopened::Refused);
        }
        assert!(!format!("{key:?}").contains('['));
    }

    #[test]
    fn a_file_never_passes_for_another() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let key = FolderKey::generate(&mut rng);
        let sealed = key.seal("issuer", b"content", &mut rng).unwrap();
        assert!(is_sealed(sealed.as_bytes()) && !is_sealed(b"{}"));
        assert_eq!(key.open("registrar", sealed.as_bytes()).unwrap_err(), Unopened::Refused);
        let other = FolderKey::generate(&mut rng);
        assert_eq!(other.open("issuer", sealed.as_bytes()).unwrap_err(), Unopened::Refused);
    }

    #[test]
    fn a_hostile_header_costs_nothing() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let header = FolderKey::generate(&mut rng).wrap(b"p", &mut rng).unwrap();
        for (from, to, named) in [
            ("\"memory_kib\":65536", "\"memory_kib\":4000000000", "memory_kib"),
            ("\"memory_kib\":65536", "\"memory_kib\":8", "memory_kib"),
            ("\"passes\":3", "\"passes\":100000", "passes"),
            ("\"lanes\":4", "\"lanes\":0", "lanes"),
            ("argon2id", "none", "kdf"),
            ("\"hati-sealed\":1", "\"hati-sealed\":2", SEALED),
            ("\"salt\"", "\"sale\"", "salt"),
        ] {
            assert!(header.contains(from), "{header}");
            let refused = FolderKey::unwrap(header.replace(from, to).as_bytes(), b"p").unwrap_err();
            assert_eq!(refused, Unopened::Malformed(named));
        }
        // What made the key is authenticated, down to members that nobody reads.
        let altered = header.replacen('{', "{\"extra\":1,", 1);
        assert_eq!(FolderKey::unwrap(altered.as_bytes(), b"p").unwrap_err(), Unopened::Refused);
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_and_any_other_byte_is_refused(content: Vec<u8>, at: prop::sample::Index) {
            let mut rng = ChaCha20Rng::seed_from_u64(1);
            let key = FolderKey::generate(&mut rng);
            let sealed = key.seal("sectors", &content, &mut rng).unwrap();
            let opened = key.open("sectors", sealed.as_bytes()).unwrap();
            prop_assert_eq!(&*opened, &content);
            let mut altered = sealed.into_bytes();
            let at = at.index(altered.len());
            altered[at] ^= 1;
            prop_assert!(key.open("sectors", &altered).is_err());
        }

        #[test]
        fn nothing_hostile_panics(text: Vec<u8>) {
            let _ = FolderKey::unwrap(&text, b"p");
        }
    }
}
