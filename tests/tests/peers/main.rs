//! What we sign is checked by libraries of other makers, and what they sign by us. `make peers` installs
//! them; `tests/peers/README.md` says what they are and what they cannot do.
#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

mod client;
mod data_integrity;
mod jws;
mod openid4vci;
mod party;
mod sd_jwt;

use hati_formats::keys::{Algorithm, SoftwareKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

const ALGORITHMS: [Algorithm; 2] = [Algorithm::EdDsa, Algorithm::Es256];

/// The key of a seed: the same in every run.
fn key(algorithm: Algorithm, seed: u64) -> SoftwareKey {
    SoftwareKey::generate(algorithm, &mut ChaCha20Rng::seed_from_u64(seed))
}

/// The private JWK, for a peer that signs with the same key.
fn private_jwk(key: &SoftwareKey) -> Value {
    serde_json::from_str(&key.to_jwk()).expect("a JWK is JSON")
}
