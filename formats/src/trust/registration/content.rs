//! What a registration says, and how it is made.

use std::fmt;
use std::str::FromStr;

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use super::super::key::{KeyId, Validity};
use super::super::text::{self, Names};
use super::super::wire::{self, PayloadError, at_most, public_key};
use crate::cose::{self, Kind};
use crate::keys::PublicKey;
use crate::names::ClaimPath;

/// The most claims: more than `maisha-id` has.
const MAX_CLAIMS: usize = 32;
/// The most purposes; each costs its text in every request code.
const MAX_PURPOSES: usize = 8;

/// What a registration is withdrawn by: the first 8 bytes of the SHA-256 of its payload.
///
/// It follows from the content, so it costs nothing in a request code, and no two registrations share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Serial(#[n(0)] ByteArray<8>);

impl Serial {
    pub(super) fn of(payload: &[u8]) -> Self {
        let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = Sha256::digest(payload).into();
        Self::from_bytes([a, b, c, d, e, f, g, h])
    }

    /// The serial with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(ByteArray::from(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// Not a serial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a serial of 16 hexadecimal digits, got {got:?}; copy it from the registration")]
pub struct SerialError {
    /// What was given.
    pub got: String,
}

impl FromStr for Serial {
    type Err = SerialError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, SerialError> {
        let digits = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        let number = number.ok_or_else(|| SerialError { got: text.chars().take(40).collect() })?;
        Ok(Self::from_bytes(number.to_be_bytes()))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a registration says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RegistrationContent {
    /// The verifier's key, which signs its requests and stands for its [`audience`](super::super::audience).
    #[cbor(n(0), with = "public_key")]
    pub key: PublicKey,
    /// The verifier's names, which the wallet shows.
    #[n(1)]
    pub names: Names,
    /// Where it asks, such as a town or a county; the wallet shows it.
    #[n(2)]
    pub place: Option<String>,
    /// The claims it may ask for, each with what lies inside it, in ascending order of their text.
    #[n(3)]
    pub claims: Vec<ClaimPath>,
    /// The purposes it may name, in ascending order; any if there is none here.
    #[cbor(n(4), skip_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
    /// From when until when it counts; it was signed at the beginning.
    #[n(5)]
    pub validity: Validity,
}

impl RegistrationContent {
    /// The bytes for the registrar to sign. Sorts what must be sorted.
    ///
    /// # Errors
    /// If the content breaks a rule that readers check.
    pub fn prepare(mut self, registrar: &PublicKey) -> Result<cose::Unsigned, PayloadError> {
        self.claims.sort();
        self.purposes.sort();
        self.check()?;
        let kid = KeyId::of(registrar);
        let payload = wire::to_vec(&self);
        Ok(cose::prepare(Kind::Registration, registrar.algorithm(), kid.as_bytes(), payload))
    }

    pub(super) fn check(&self) -> Result<(), PayloadError> {
        self.names.check()?;
        self.place.as_deref().map_or(Ok(()), |place| text::shown("place", place))?;
        at_most("claims of a registration", MAX_CLAIMS, self.claims.len())?;
        wire::ascending("claims of a registration", &self.claims)?;
        at_most("purposes of a registration", MAX_PURPOSES, self.purposes.len())?;
        wire::ascending("purposes of a registration", &self.purposes)?;
        self.purposes.iter().try_for_each(|purpose| text::shown("purpose", purpose))?;
        self.validity.not_empty("validity of a registration")
    }
}
