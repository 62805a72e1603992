//! Sealing: what the wallet keeps is unreadable without the PIN *and* the device secret.
//!
//! 1. Argon2id (RFC 9106) makes the *master key* from the PIN, a salt, and the device secret as its secret input
//!    `K`. Whoever stole the file alone can therefore not try PINs at all, and whoever has the device secret
//!    too pays Argon2id's price for each.
//! 2. The master key wraps a random *data key*. [`Header`] holds the wrapped key and what Argon2id needs; a new
//!    PIN only writes a new header.
//! 3. The data key seals each record with XChaCha20-Poly1305 under a random nonce, with the record's name as
//!    associated data, so that no record passes for another.
//!
//! Sealing cannot tell an older state of a record from the newest: whoever may write to the device's storage can put
//! the whole of it back to an earlier day.

mod error;
mod header;
mod seal;
mod secret;

#[cfg(test)]
mod tests;

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

pub use error::{PinError, VaultError};
pub use header::{Cost, Header};
pub use secret::{DeviceSecret, MAX_PIN_BYTES, MIN_PIN_CHARS, Pin};

use seal::KEY_BYTES;

/// The longest record: the longest bundle that is read, 17 MiB, and room beside it.
pub const MAX_RECORD_BYTES: usize = 20 << 20;

/// An unlocked vault: the key that seals and opens records. Wiped when dropped, and never shown by `Debug`.
pub struct Vault {
    data_key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Vault {
    /// A new vault, and the header to store in the clear beside its records.
    ///
    /// # Errors
    /// [`VaultError::Memory`] if this device cannot do what `cost` asks for.
    pub fn create(
        pin: &Pin,
        device: &DeviceSecret,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Header), VaultError> {
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        rng.fill_bytes(data_key.as_mut());
        let vault = Self { data_key };
        let header = vault.change_pin(pin, device, cost, rng)?;
        Ok((vault, header))
    }

    /// Unlocks a vault.
    ///
    /// # Errors
    /// [`VaultError::Locked`] for a wrong PIN, another device's secret, and an altered header alike.
    pub fn unlock(header: &Header, pin: &Pin, device: &DeviceSecret) -> Result<Self, VaultError> {
        Ok(Self { data_key: header.unwrap(pin, device)? })
    }

    /// A new header, after which only the new PIN unlocks. The records stay as they are.
    ///
    /// # Errors
    /// [`VaultError::Memory`] if this device cannot do what `cost` asks for.
    pub fn change_pin(
        &self,
        pin: &Pin,
        device: &DeviceSecret,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<Header, VaultError> {
        Header::wrap(&self.data_key, pin, device, cost, rng)
    }

    /// Seals a record under its name.
    ///
    /// # Errors
    /// [`VaultError::RecordTooLong`].
    pub fn seal(&self, name: &str, record: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, VaultError> {
        if record.len() > MAX_RECORD_BYTES {
            return Err(VaultError::RecordTooLong { limit: MAX_RECORD_BYTES, got: record.len() });
        }
        let sealed = seal::seal(&self.data_key, name.as_bytes(), record, rng);
        sealed.ok_or(VaultError::RecordTooLong { limit: MAX_RECORD_BYTES, got: record.len() })
    }

    /// Opens a record that was sealed under this name.
    ///
    /// # Errors
    /// [`VaultError::Record`] if it was altered, or sealed under another name or by another vault.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        seal::open(&self.data_key, name.as_bytes(), sealed)
            .ok_or_else(|| VaultError::Record { name: name.to_owned() })
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(unlocked)")
    }
}
