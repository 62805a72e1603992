//! The wallet: a sealed vault, a pool of copies that each are shown once, consent, and presentation. Pure: time
//! and randomness are arguments, storage is the host's, and signing is *prepare* and *finish*.
//!
//! - [`vault`]: PIN and device secret unlock a [`Vault`](vault::Vault), which seals every record.
//! - [`Wallet`]: what is in the vault. Each step that changes something gives the [`Change`]s to store.
//! - [`trust`]: the pinned root, and the newest bundle under it.
//! - [`pool`]: holder keys, and single-use copies of credentials.
//! - [`offer`]: an issued file is verified in full and taken in, or refused.
//! - [`present`]: a request becomes a consent, and with the holder's approval an answer.
//! - [`history`]: what was shown, to whom, and when.
//! - [`describe`]: claims with their labels.
//!
//! ```
//! use hati_formats::keys::Algorithm;
//! use hati_formats::time::Timestamp;
//! use hati_wallet_core::pool::Reuse;
//! use hati_wallet_core::vault::{Cost, DeviceSecret, Pin, Vault};
//! use hati_wallet_core::{Change, Wallet};
//! # use rand_chacha::rand_core::SeedableRng;
//! # let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//!
//! let (pin, device) = (Pin::new("246810")?, DeviceSecret::generate(&mut rng));
//! let (vault, header) = Vault::create(&pin, &device, Cost::new(8, 1, 1)?, &mut rng)?;
//! let mut wallet = Wallet::open(vault, Vec::<(String, Vec<u8>)>::new())?;
//! let now = Timestamp::from_seconds(1_800_000_000);
//! let (for_the_issuer, changes) = wallet.new_keys(3, Algorithm::EdDsa, now, &mut rng)?;
//!
//! // What the host stored opens again with the same PIN on the same device.
//! let stored = changes.into_iter().filter_map(|change| match change {
//!     Change::Put { name, sealed } => Some((name, sealed)),
//!     Change::Delete { .. } => None,
//! });
//! let wallet = Wallet::open(Vault::unlock(&header, &pin, &device)?, stored)?;
//! let waiting: Vec<_> = wallet.pool().waiting().iter().map(|key| key.public().to_jwk()).collect();
//! assert_eq!(for_the_issuer["keys"], serde_json::Value::from(waiting));
//! // Nobody is believed before a bundle is taken in.
//! assert_eq!(wallet.consider("H1R:BB8", Reuse::Never, now).unwrap_err().code(), "bundle_missing");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod describe;
pub mod history;
pub mod offer;
pub mod pool;
pub mod present;
mod record;
pub mod trust;
pub mod vault;
mod wallet;

pub use record::Change;
pub use wallet::{Wallet, WalletError};
