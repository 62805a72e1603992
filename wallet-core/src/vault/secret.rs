//! What unlocks a vault: something the holder knows, and something the device has.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::PinError;

/// A million PINs, each at the price of Argon2id, and only with the device secret in hand.
pub const MIN_PIN_CHARS: usize = 6;

/// A passphrase of many words.
pub const MAX_PIN_BYTES: usize = 256;

/// What the holder types. Wiped when dropped, and never shown by `Debug`.
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Takes a PIN or passphrase.
    ///
    /// # Errors
    /// [`PinError`] if it is too short or too long.
    pub fn new(text: &str) -> Result<Self, PinError> {
        let (bytes, chars) = (text.len(), text.chars().count());
        if bytes > MAX_PIN_BYTES {
            return Err(PinError::TooLong { limit: MAX_PIN_BYTES, got: bytes });
        }
        if chars < MIN_PIN_CHARS {
            return Err(PinError::TooShort { expected: MIN_PIN_CHARS, got: chars });
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// 32 random bytes that never leave the device. Wiped when dropped, and never shown by `Debug`.
pub struct DeviceSecret(Zeroizing<[u8; Self::BYTES]>);

impl DeviceSecret {
    /// How many bytes it has.
    pub const BYTES: usize = 32;

    /// A new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        rng.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// The one with these bytes, from the device's storage.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// Its bytes, for the device's storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(secret)")
    }
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret(secret)")
    }
}
