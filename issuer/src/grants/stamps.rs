//! Values that the issuer knows for its own without keeping them: 128 random bits, an expiry, and a MAC over both.

use hati_formats::encoding::{b64url, b64url_decode_array};
use hati_formats::time::Timestamp;
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::keys::{SectorKeys, hmac};

/// A value that is used up, and the second until which that is remembered; see [`hati_store::NewCopies`].
pub type Once = (Vec<u8>, i64);

/// For how many seconds a nonce is good: as long as the proofs that hold it.
const NONCE_SECONDS: i64 = 300;

/// For how many seconds a wallet may tell what became of its credentials: until it has a network again.
const NOTIFICATION_SECONDS: i64 = 7 * 86_400;

const RANDOM: usize = 16;
const EXPIRY: usize = 8;
const TAG: usize = 16;

/// Makes them and knows them. Every process with the issuer's secrets knows those of the others.
pub struct Stamps(Zeroizing<[u8; 32]>);

impl Stamps {
    /// With a key of the issuer's secrets.
    #[must_use]
    pub fn new(secrets: &SectorKeys) -> Self {
        Self(secrets.derive("nonces"))
    }

    /// A nonce for proofs (OpenID4VCI 1.0 section 7).
    #[must_use]
    pub fn nonce(&self, now: Timestamp, rng: &mut impl CryptoRng) -> String {
        self.make("nonce", "", now.plus_seconds(NONCE_SECONDS), rng)
    }

    /// What using a nonce uses up, if it is one of ours and still good.
    #[must_use]
    pub fn use_nonce(&self, nonce: &str, now: Timestamp) -> Option<Once> {
        let (random, expires) = self.read("nonce", "", nonce, now)?;
        Some((["nonce ".as_bytes(), &random].concat(), expires))
    }

    /// The id of a notification about a person's credentials (OpenID4VCI 1.0 section 11).
    #[must_use]
    pub fn notification(&self, upi: &str, now: Timestamp, rng: &mut impl CryptoRng) -> String {
        self.make("notification", upi, now.plus_seconds(NOTIFICATION_SECONDS), rng)
    }

    /// The second until which the id of a notification about this person's credentials is good, if it is.
    #[must_use]
    pub fn notification_expiry(&self, id: &str, upi: &str, now: Timestamp) -> Option<i64> {
        self.read("notification", upi, id, now).map(|(_, expires)| expires)
    }

    fn make(&self, purpose: &str, subject: &str, expires: Timestamp, rng: &mut impl CryptoRng) -> String {
        let mut random = [0; RANDOM];
        rng.fill_bytes(&mut random);
        let expires = expires.seconds().to_be_bytes();
        let tag = self.mac(purpose, subject, &random, &expires).finalize().into_bytes();
        b64url(&[&random[..], &expires, tag.get(..TAG).unwrap_or_default()].concat())
    }

    fn read(&self, purpose: &str, subject: &str, text: &str, now: Timestamp) -> Option<([u8; RANDOM], i64)> {
        let bytes: [u8; RANDOM + EXPIRY + TAG] = b64url_decode_array(text).ok()?;
        let (random, rest) = bytes.split_first_chunk()?;
        let (expiry, tag) = rest.split_first_chunk()?;
        // In constant time.
        self.mac(purpose, subject, random, expiry).verify_truncated_left(tag).ok()?;
        let expires = i64::from_be_bytes(*expiry);
        (now.seconds() < expires).then_some((*random, expires))
    }

    fn mac(
        &self,
        purpose: &str,
        subject: &str,
        random: &[u8; RANDOM],
        expiry: &[u8; EXPIRY],
    ) -> Hmac<Sha256> {
        // What has a fixed length comes first, and no purpose begins as another does.
        let mac = hmac(&self.0).chain_update(random).chain_update(expiry);
        mac.chain_update(purpose).chain_update(subject)
    }
}

impl std::fmt::Debug for Stamps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stamps(secret)")
    }
}

#[cfg(test)]
mod tests {
    use hati_formats::keys::Algorithm;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::keys::{Keys, NewKeys};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn stamps(seed: u64) -> Stamps {
        let new = NewKeys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(seed));
        let keys = Keys::from(new);
        Stamps::new(&keys.sectors)
    }

    fn nonce() -> String {
        stamps(1).nonce(NOW, &mut ChaCha20Rng::seed_from_u64(2))
    }

    #[test]
    fn a_nonce_is_known_until_it_expires_by_every_process_with_the_secrets() {
        let (_, expires) = stamps(1).use_nonce(&nonce(), NOW).unwrap();
        assert_eq!(expires, NOW.seconds() + NONCE_SECONDS);
        assert!(stamps(1).use_nonce(&nonce(), NOW.plus_seconds(NONCE_SECONDS - 1)).is_some());
        assert_eq!(stamps(1).use_nonce(&nonce(), NOW.plus_seconds(NONCE_SECONDS)), None);
        assert_eq!(stamps(2).use_nonce(&nonce(), NOW), None);
        assert_eq!(format!("{:?}", stamps(1)), "Stamps(secret)");
    }

    #[test]
    fn a_notification_is_one_persons_and_no_nonce() {
        let stamps = stamps(1);
        let id = stamps.notification("20480163920017", NOW, &mut ChaCha20Rng::seed_from_u64(2));
        assert!(stamps.notification_expiry(&id, "20480163920017", NOW).is_some());
        assert_eq!(stamps.notification_expiry(&id, "20480163920018", NOW), None);
        assert_eq!(stamps.use_nonce(&id, NOW), None);
        assert_eq!(stamps.notification_expiry(&nonce(), "", NOW), None);
    }

    proptest! {
        #[test]
        fn what_is_altered_or_invented_is_not_known(place in 0usize..54, with in "[A-Za-z0-9_-]", text in "\\PC{0,80}") {
            let mut altered = nonce();
            altered.replace_range(place..=place, &with);
            prop_assume!(altered != nonce());
            prop_assert_eq!(stamps(1).use_nonce(&altered, NOW), None);
            prop_assert_eq!(stamps(1).use_nonce(&text, NOW), None);
        }
    }
}
