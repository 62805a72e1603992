//! The header: what is stored in the clear so that PIN and device secret can unlock the rest.

use argon2::{Algorithm, Argon2, Params, Version};
use hati_formats::cbor;
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::seal::{self, KEY_BYTES};
use super::{DeviceSecret, Pin, VaultError};

/// The layout that is written and read here.
const VERSION: u8 = 1;

/// What Argon2id costs (RFC 9106 section 3.1: `m`, `t`, `p`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cost {
    #[n(0)]
    memory_kib: u32,
    #[n(1)]
    passes: u32,
    #[n(2)]
    lanes: u32,
}

impl Cost {
    /// RFC 9106 section 4, the second recommended option: 64 MiB, which a cheap phone has to spare.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 << 10, passes: 3, lanes: 4 };

    /// Other costs, for a device that can afford more, or hardly anything.
    ///
    /// # Errors
    /// [`VaultError::Cost`] where a header with them would be refused.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, VaultError> {
        let cost = Self { memory_kib, passes, lanes };
        cost.check()?;
        Ok(cost)
    }

    /// A header is not authenticated before its costs are paid, so they are bounded: a hostile one must not hang
    /// the device, nor ask for less than Argon2id does (RFC 9106 section 3.1: at least 8 KiB a lane).
    fn check(self) -> Result<(), VaultError> {
        let bounds = [
            ("lanes", self.lanes, 1, 16),
            ("passes", self.passes, 1, 64),
            ("KiB of memory", self.memory_kib, self.lanes.saturating_mul(8), 1 << 20),
        ];
        match bounds.into_iter().find(|(_, got, min, max)| !(min..=max).contains(&got)) {
            Some((what, got, min, max)) => Err(VaultError::Cost { what, min, max, got }),
            None => Ok(()),
        }
    }
}

/// What unlocking needs beside PIN and device secret. Holds no secret, and is stored in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Header {
    #[n(0)]
    derivation: Derivation,
    #[n(1)]
    wrapped_key: ByteVec,
}

/// How the master key is made. It is the wrapped key's associated data, so none of it can be altered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Derivation {
    #[n(0)]
    version: u8,
    #[n(1)]
    cost: Cost,
    /// 128 bits (RFC 9106 section 4).
    #[n(2)]
    salt: ByteArray<16>,
}

impl Header {
    pub(super) fn wrap(
        data_key: &[u8; KEY_BYTES],
        pin: &Pin,
        device: &DeviceSecret,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, VaultError> {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let derivation = Derivation { version: VERSION, cost, salt: salt.into() };
        let master = derivation.master_key(pin, device)?;
        let wrapped = seal::seal(&master, &cbor::to_vec(&derivation), data_key, rng);
        Ok(Self { derivation, wrapped_key: wrapped.ok_or(VaultError::Locked)?.into() })
    }

    pub(super) fn unwrap(
        &self,
        pin: &Pin,
        device: &DeviceSecret,
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultError> {
        let master = self.derivation.master_key(pin, device)?;
        let data_key = seal::open(&master, &cbor::to_vec(&self.derivation), &self.wrapped_key);
        let data_key = data_key.ok_or(VaultError::Locked)?;
        <[u8; KEY_BYTES]>::try_from(data_key.as_slice()).map(Zeroizing::new).map_err(|_| VaultError::Locked)
    }

    /// For the device's storage.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// From the device's storage.
    ///
    /// # Errors
    /// [`VaultError::Header`] and [`VaultError::Cost`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        let header: Self = cbor::from_slice_strict(bytes)?;
        if header.derivation.version != VERSION {
            let reason = format!("expected version {VERSION}, got {}", header.derivation.version);
            return Err(cbor::CborError::Structure { reason }.into());
        }
        header.derivation.cost.check()?;
        Ok(header)
    }
}

impl Derivation {
    fn master_key(&self, pin: &Pin, device: &DeviceSecret) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultError> {
        let Cost { memory_kib, passes, lanes } = self.cost;
        let failed = |_| VaultError::Memory { kib: memory_kib };
        let params = Params::new(memory_kib, passes, lanes, Some(KEY_BYTES)).map_err(failed)?;
        let secret = device.as_bytes();
        let argon2 = Argon2::new_with_secret(secret, Algorithm::Argon2id, Version::V0x13, params);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        argon2
            .and_then(|argon2| argon2.hash_password_into(pin.as_bytes(), &*self.salt, key.as_mut()))
            .map_err(failed)?;
        Ok(key)
    }
}
