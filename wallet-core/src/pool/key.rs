//! Holder keys, from their making until their credential comes.

use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::time::Timestamp;
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};
use rand_core::CryptoRng;
use serde_json::{Value, json};
use zeroize::{Zeroize, Zeroizing};

use crate::record::{self, Change, Name};
use crate::wallet::{Wallet, WalletError};

/// The most keys that may wait: several batches for each of a person's credentials.
pub const MAX_WAITING_KEYS: usize = 1024;

/// A key that waits for its credential. Its secret is never shown by `Debug`.
#[derive(Debug)]
pub struct WaitingKey {
    pub(crate) number: u64,
    pub(crate) key: SoftwareKey,
    pub(crate) created: Timestamp,
}

/// A secret key in a record. Its bytes are wiped when dropped.
#[derive(Encode, Decode, CborLen)]
#[cbor(array)]
pub(crate) struct KeyRecord {
    /// As in COSE (RFC 9053 sections 2.1 and 2.2).
    #[n(0)]
    algorithm: i64,
    #[n(1)]
    secret: ByteArray<32>,
}

impl KeyRecord {
    pub(crate) fn of(key: &SoftwareKey) -> Self {
        let secret = key.to_secret_bytes();
        Self { algorithm: key.public().algorithm().cose_number(), secret: (*secret).into() }
    }

    pub(crate) fn read(&self) -> Option<SoftwareKey> {
        let known = [Algorithm::EdDsa, Algorithm::Es256];
        let algorithm = known.into_iter().find(|known| known.cose_number() == self.algorithm)?;
        SoftwareKey::from_secret_bytes(algorithm, &self.secret).ok()
    }
}

impl Drop for KeyRecord {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct WaitingRecord {
    #[n(0)]
    key: KeyRecord,
    #[n(1)]
    created: i64,
}

impl WaitingKey {
    /// Its public half, for the issuer.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        self.key.public()
    }

    /// When it was made.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.created
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let created = self.created.seconds();
        record::encode(&WaitingRecord { key: KeyRecord::of(&self.key), created })
    }

    pub(crate) fn decode(number: u64, bytes: &[u8]) -> Option<Self> {
        let record: WaitingRecord = record::decode(bytes)?;
        let key = record.key.read()?;
        Some(Self { number, key, created: Timestamp::from_seconds(record.created) })
    }
}

impl Wallet {
    /// Makes keys for new copies, and the JWK Set (RFC 7517 section 5) of their public halves for the issuer.
    ///
    /// # Errors
    /// [`WalletError::NoKeys`], [`WalletError::TooManyKeys`], and what sealing refuses.
    pub fn new_keys(
        &mut self,
        count: usize,
        algorithm: Algorithm,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(Value, Vec<Change>), WalletError> {
        let waiting = self.pool.waiting.len();
        let room = MAX_WAITING_KEYS.saturating_sub(waiting);
        if count == 0 {
            return Err(WalletError::NoKeys);
        }
        if count > room {
            return Err(WalletError::TooManyKeys { room, waiting, got: count });
        }
        let mut keys = Vec::with_capacity(count);
        let mut changes = Vec::with_capacity(count);
        for number in (self.next..).take(count) {
            let key = WaitingKey { number, key: SoftwareKey::generate(algorithm, rng), created: now };
            changes.push(Name::Key(number).put(&self.vault, &key.encode(), rng)?);
            keys.push(key);
        }
        let for_the_issuer = jwk_set(&keys);
        self.next = self.next.saturating_add(count as u64);
        self.pool.waiting.extend(keys);
        Ok((for_the_issuer, changes))
    }
}

/// The public halves of keys for the issuer, as a JWK Set (RFC 7517 section 5).
#[must_use]
pub fn jwk_set(keys: &[WaitingKey]) -> Value {
    let keys: Vec<Value> = keys.iter().map(|key| key.public().to_jwk()).collect();
    json!({ "keys": keys })
}
