//! The native wallet: the wallet core on sled. `hati-wallet` is its command line.
//!
//! A vault is a folder:
//!
//! | file | holds |
//! |---|---|
//! | `vault.header` | what Argon2id needs, and the wrapped data key; no secret |
//! | `records/` | the sealed records, in sled 0.34 |
//!
//! The device secret is a file of its own, beside the folder or wherever the host wants it, readable by its owner alone;
//! on a phone it would be in the keystore.
//!
//! ```
//! use hati_wallet::Vault;
//! use hati_wallet_core::vault::Pin;
//! # use rand_chacha::rand_core::SeedableRng;
//! # let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path().join("vault");
//! let pin = Pin::new("246810")?;
//! let secret = Vault::secret_beside(&folder);
//! Vault::create(&folder, &secret, &pin, &mut rng)?;
//! let vault = Vault::open(&folder, &secret, &pin)?;
//! assert!(vault.wallet.pool().copies().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod animation;
mod error;
pub mod files;
mod records;
mod vault;

pub use animation::animate;
pub use error::{Error, RootKeyError};
pub use vault::Vault;
