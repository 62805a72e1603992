//! The wallet from the outside: bundles, offers, consent and answers, through the vault and back.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod answers;
mod codes;
mod country;
mod offers;
mod single_scans;
mod statuses;
mod trust;

use std::collections::BTreeMap;

use country::Country;
use hati_formats::credential::Format;
use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::time::Timestamp;
use hati_wallet_core::pool::Reuse;
use hati_wallet_core::present::{Answer, Consent};
use hati_wallet_core::vault::{Cost, DeviceSecret, Header, Pin, Vault};
use hati_wallet_core::{Change, Wallet};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T09:00:00Z").unwrap()
}

/// A device whose storage is a map.
struct Device {
    country: Country,
    wallet: Wallet,
    header: Header,
    secret: DeviceSecret,
    stored: BTreeMap<String, Vec<u8>>,
    rng: ChaCha20Rng,
}

impl Device {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let secret = DeviceSecret::generate(&mut rng);
        let cost = Cost::new(8, 1, 1).unwrap();
        let (vault, header) = Vault::create(&pin(), &secret, cost, &mut rng).unwrap();
        let wallet = Wallet::open(vault, Vec::<(String, Vec<u8>)>::new()).unwrap();
        Self { country: Country::new(now()), wallet, header, secret, stored: BTreeMap::new(), rng }
    }

    /// With the root pinned and the first bundle taken in.
    fn trusting() -> Self {
        let mut device = Self::new();
        let root = device.country.root().public().clone();
        let changes = device.wallet.pin_root(root, &mut device.rng).unwrap();
        device.store(changes);
        let bundle = device.country.bundle(1, false);
        let changes = device.wallet.take_bundle(&bundle, &mut device.rng).unwrap();
        device.store(changes);
        device
    }

    /// With copies of a credential beside.
    fn holding(type_id: &str, format: Format, copies: usize) -> Self {
        let mut device = Self::trusting();
        device.add(type_id, format, Algorithm::EdDsa, copies);
        device
    }

    fn add(&mut self, type_id: &str, format: Format, algorithm: Algorithm, copies: usize) -> Vec<u64> {
        let keys = self.new_keys(algorithm, copies);
        let issued = self.country.issue(type_id, format, &keys);
        let (numbers, changes) = self.wallet.take_in(&issued, now(), &mut self.rng).unwrap();
        self.store(changes);
        numbers
    }

    fn new_keys(&mut self, algorithm: Algorithm, count: usize) -> Vec<PublicKey> {
        let (jwks, changes) = self.wallet.new_keys(count, algorithm, now(), &mut self.rng).unwrap();
        self.store(changes);
        jwks["keys"].as_array().unwrap().iter().map(|jwk| PublicKey::from_jwk(jwk).unwrap()).collect()
    }

    fn store(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put { name, sealed } => self.stored.insert(name, sealed),
                Change::Delete { name } => self.stored.remove(&name),
            };
        }
    }

    /// What is stored is all there is.
    fn reopen(&mut self) {
        let vault = Vault::unlock(&self.header, &pin(), &self.secret).unwrap();
        self.wallet = Wallet::open(vault, self.stored.clone()).unwrap();
    }

    fn approve(&mut self, consent: Consent, at: Timestamp) -> Answer {
        let unsigned = consent.approve(at).unwrap();
        let signature = self.wallet.pool().sign(unsigned.copy(), unsigned.signing_input()).unwrap();
        let (answer, changes) = self.wallet.finish(unsigned, &signature, &mut self.rng).unwrap();
        self.store(changes);
        self.reopen();
        answer
    }

    fn refused(&self, text: &str) -> &'static str {
        self.wallet.consider(text, Reuse::Never, now()).unwrap_err().code()
    }
}

fn pin() -> Pin {
    Pin::new("246810").unwrap()
}
