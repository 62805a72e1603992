//! Digests of disclosures and of presentations: RFC 9901 section 4.2.3.

use std::fmt;

use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};

use crate::encoding::b64url_to_slice;

/// The one hash this crate reads and writes, by its name in `_sd_alg`. RFC 9901 section 4.1.1 makes it the default
/// and mandatory; a choice of others would only give an attacker something to choose.
pub const HASH_NAME: &str = "sha-256";

/// Length of a SHA-256 digest in base64url without padding.
const LENGTH: usize = 43;

/// A digest as it is embedded: base64url text of SHA-256. Kept as text, because text is what is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; LENGTH]);

impl Digest {
    /// Stands where one will be drawn.
    pub(super) const EMPTY: Self = Self([b'A'; LENGTH]);

    /// The digest over the bytes of a text as received (section 4.2.3), never over what it encodes.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::encode(&Sha256::digest(text.as_bytes()).into())
    }

    /// A digest that belongs to nothing: the hash of random bytes (section 4.2.5).
    pub(super) fn decoy(rng: &mut impl CryptoRng) -> Self {
        let mut random = [0; 32];
        rng.fill_bytes(&mut random);
        Self::encode(&Sha256::digest(random).into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // base64url is ASCII, so the empty text never comes out.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The text's bytes, for comparing.
    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn encode(hash: &[u8; 32]) -> Self {
        let mut text = [0; LENGTH];
        // 32 bytes always fill exactly 43 characters.
        let _ = b64url_to_slice(hash, &mut text);
        Self(text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
