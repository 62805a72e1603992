//! Checking a registration.

use super::super::key::{ValidityError, audience};
use super::super::list::TrustList;
use super::super::wire::{self, PayloadError};
use super::content::{RegistrationContent, Serial};
use crate::cose::{self, CoseError, Kind};
use crate::keys::PublicKey;
use crate::names::ClaimPath;
use crate::time::Timestamp;

/// The longest registration: a request code holds 900 characters, some 600 bytes, and more than this one.
const MAX_BYTES: usize = 600;

/// A registration that a registrar of the trust list signed, and that counts now.
///
/// [`Registration::verify`], the only way to one,
/// 1. bounds the size and finds the registrar's key in the trust list;
/// 2. requires its signature;
/// 3. reads the content, deterministic CBOR without unknown keys, and checks bounds, order and texts;
/// 4. requires that the registration counts now, and the registrar's key both now and when it signed;
/// 5. requires that it was not withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    content: RegistrationContent,
    serial: Serial,
    audience: String,
    registrar: String,
}

impl Registration {
    /// Checks a registration.
    ///
    /// # Errors
    /// If its registrar is not in the trust list or did not sign it, or if it does not count now.
    pub fn verify(
        bytes: &[u8],
        trust: &TrustList,
        withdrawn: &Withdrawn,
        now: Timestamp,
    ) -> Result<Self, RegistrationError> {
        let statement = parse(bytes)?;
        let (registrar, signer) = trust.registrar_key(statement.kid()).ok_or_else(|| {
            let got = statement.kid().iter().map(|byte| format!("{byte:02x}")).collect();
            RegistrationError::UnknownRegistrar { got }
        })?;
        let verified = statement.verify(Kind::Registration, &signer.key)?;
        let content = read(verified.payload())?;
        content.validity.check(now).map_err(RegistrationError::NotNow)?;
        for at in [content.validity.from, now] {
            signer.validity.check(at).map_err(RegistrationError::RegistrarKey)?;
        }
        let serial = Serial::of(verified.payload());
        if withdrawn.contains(serial) {
            return Err(RegistrationError::Withdrawn { serial });
        }
        let audience = audience(&content.key);
        Ok(Self { content, serial, audience, registrar: registrar.id.clone() })
    }

    /// The key that a registration says it is for, before anything is checked: so that a verifier without a bundle
    /// sees whether it was given its own.
    ///
    /// # Errors
    /// If the bytes are not a registration.
    pub fn key_unverified(bytes: &[u8]) -> Result<PublicKey, RegistrationError> {
        Ok(read(parse(bytes)?.payload_unverified())?.key)
    }

    /// What it says.
    #[must_use]
    pub fn content(&self) -> &RegistrationContent {
        &self.content
    }

    /// What it is withdrawn by.
    #[must_use]
    pub fn serial(&self) -> Serial {
        self.serial
    }

    /// The verifier's key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.content.key
    }

    /// The verifier's identifier, which the holder's key binding names.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The id of the registrar that signed.
    #[must_use]
    pub fn registrar(&self) -> &str {
        &self.registrar
    }

    /// Whether the verifier may ask for this claim.
    #[must_use]
    pub fn allows(&self, claim: &ClaimPath) -> bool {
        self.content.claims.iter().any(|registered| registered.covers(claim))
    }

    /// Whether the verifier may ask for this purpose.
    #[must_use]
    pub fn allows_purpose(&self, purpose: &str) -> bool {
        let purposes = &self.content.purposes;
        purposes.is_empty() || purposes.iter().any(|registered| registered == purpose)
    }
}

fn parse(bytes: &[u8]) -> Result<cose::Unverified, RegistrationError> {
    if bytes.len() > MAX_BYTES {
        return Err(RegistrationError::TooLong { expected: MAX_BYTES, got: bytes.len() });
    }
    Ok(cose::Unverified::parse(bytes)?)
}

fn read(payload: &[u8]) -> Result<RegistrationContent, RegistrationError> {
    let content: RegistrationContent = wire::from_slice("registration", payload)?;
    content.check()?;
    Ok(content)
}

/// The registrations that were withdrawn before their end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawn(Vec<Serial>);

impl Withdrawn {
    /// Whether this registration was withdrawn.
    #[must_use]
    pub fn contains(&self, serial: Serial) -> bool {
        self.0.binary_search(&serial).is_ok()
    }

    /// Their serials, in ascending order.
    #[must_use]
    pub fn serials(&self) -> &[Serial] {
        &self.0
    }
}

impl FromIterator<Serial> for Withdrawn {
    fn from_iter<I: IntoIterator<Item = Serial>>(serials: I) -> Self {
        let mut serials: Vec<_> = serials.into_iter().collect();
        serials.sort_unstable();
        serials.dedup();
        Self(serials)
    }
}

/// Why a registration was refused.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// Longer than any registration.
    #[error(
        "the registration has {got} bytes where at most {expected} are allowed; ask the registrar for a shorter one"
    )]
    TooLong {
        /// The most that is allowed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Nobody in the trust list has the key.
    #[error("no registrar in the trust list has key {got}; fetch the newest bundle")]
    UnknownRegistrar {
        /// The id of the key in the registration.
        got: String,
    },
    /// A bad signature, or no COSE_Sign1 at all.
    #[error("the registration is not the registrar's: {0}")]
    Signature(#[from] CoseError),
    /// The content breaks a rule.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Expired, or not valid yet.
    #[error("registration {0}")]
    NotNow(#[source] ValidityError),
    /// The registrar's key does not count, or did not when it signed.
    #[error("key of the registrar {0}")]
    RegistrarKey(#[source] ValidityError),
    /// Withdrawn by the registrar.
    #[error("registration {serial} was withdrawn; ask the registrar why")]
    Withdrawn {
        /// The registration.
        serial: Serial,
    },
}

crate::error_codes!(RegistrationError {
    Self::TooLong { .. } => "registration_too_long",
    Self::UnknownRegistrar { .. } => "registration_registrar_unknown",
    Self::Payload(PayloadError::UnknownVersion { .. }) => "registration_too_new",
    Self::Payload(_)
    | Self::Signature(CoseError::Structure { .. } | CoseError::TooLong { .. } | CoseError::Detached) => "registration_malformed",
    Self::Signature(_) => "registration_signature_invalid",
    Self::NotNow(ValidityError::NotYet { .. }) => "registration_not_yet_valid",
    Self::NotNow(ValidityError::Over { .. }) => "registration_expired",
    Self::RegistrarKey(_) => "registration_registrar_key_not_valid",
    Self::Withdrawn { .. } => "registration_withdrawn",
});
