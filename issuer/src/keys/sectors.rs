//! The keys of the sector identifiers.

use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::json;
use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The sectors that have identifiers of their own (design, section 4).
pub const SECTORS: [&str; 5] = ["health", "tax", "education", "finance", "telecom"];

/// Bytes of a sector identifier: enough that no two of 50 million people share one.
const SECTOR_ID_BYTES: usize = 16;

/// One key for each of [`SECTORS`], in their order.
pub struct SectorKeys([Zeroizing<[u8; 32]>; SECTORS.len()]);

impl SectorKeys {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
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

    /// A key for another purpose, the same in every process of the issuer, about which no identifier tells anything:
    /// HMAC-SHA-256 over what no sector and no UPI is.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let [first, ..] = &self.0;
        let mac = hmac(first);
        Zeroizing::new(mac.chain_update("key for ").chain_update(purpose).finalize().into_bytes().into())
    }

    pub(super) fn to_json(&self) -> Zeroizing<String> {
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

    pub(super) fn from_json(text: &[u8]) -> Result<Self, String> {
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

/// HMAC-SHA-256 with a key shorter than a block, which zeros fill up (RFC 2104 section 2).
pub(crate) fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    let (start, _) = block.split_at_mut(32);
    start.copy_from_slice(key);
    Hmac::new((&*block).into())
}

impl std::fmt::Debug for SectorKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SectorKeys(secret)")
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn sector_identifiers_are_stable_inside_a_sector_alone() {
        let keys = SectorKeys::generate(&mut ChaCha20Rng::seed_from_u64(1));
        let id = |sector: &str, upi: &str| keys.identifier(sector, upi).unwrap();
        assert_eq!(id("health", "20480163920017"), id("health", "20480163920017"));
        assert_eq!(id("health", "20480163920017").len(), 22);
        assert_ne!(id("health", "20480163920017"), id("tax", "20480163920017"));
        assert_ne!(id("health", "20480163920017"), id("health", "20480163920018"));
        assert_eq!(keys.identifier("army", "20480163920017"), None);
    }

    #[test]
    fn a_sector_identifier_is_the_hmac_the_design_names() {
        // HMAC-SHA-256 with the key 00..00 over "tax:1", by OpenSSL 3.0.
        let keys = SectorKeys(SECTORS.map(|_| Zeroizing::new([0; 32])));
        assert_eq!(keys.identifier("tax", "1").as_deref(), Some("ZhOGoEVsFzKWw7PEYLAbeQ"));
    }
}
