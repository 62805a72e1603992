//! Issuers and registrars: their keys, and what they may do.

use minicbor::{Decode, Encode};

use super::super::key::{KeyId, Validity, ValidityError};
use super::super::text::{self, Names};
use super::super::wire::{self, PayloadError, at_most, public_key};
use crate::keys::PublicKey;
use crate::time::Timestamp;

/// The most keys of one party: rotation needs two or three at a time, an HSM cluster a few more.
const MAX_KEYS: usize = 32;
/// The most types or status list prefixes of one issuer.
const MAX_ENTRIES: usize = 256;

/// Who may sign credentials.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Issuer {
    /// The `iss` of its credentials, an `https` URL.
    #[n(0)]
    pub id: String,
    /// Its `did:web`, the `issuer` of its W3C credentials.
    #[n(1)]
    pub did: Option<String>,
    /// Its names, for people.
    #[n(2)]
    pub names: Names,
    /// In ascending order of their `kid`.
    #[n(3)]
    pub keys: Vec<IssuerKey>,
    /// The credential types it may issue, in ascending order.
    #[n(4)]
    pub types: Vec<String>,
    /// Beginnings, each up to a slash, of the URIs of its status lists, in ascending order.
    #[n(5)]
    pub status_prefixes: Vec<String>,
}

/// A key that signs credentials.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IssuerKey {
    /// Its name: the `kid` of a JWS, or what follows `#` in a DID URL.
    #[n(0)]
    pub kid: String,
    /// The key.
    #[cbor(n(1), with = "public_key")]
    pub key: PublicKey,
    /// When credentials may have been signed by it.
    #[n(2)]
    pub validity: Validity,
}

/// Who registers verifiers, withdraws registrations, and publishes the bundle.
///
/// It is the registrar that signs bundles, so there is one key fewer to keep than with a publisher apart, and
/// the root, which would otherwise sign every day, stays offline.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Registrar {
    /// Its identifier, by convention an `https` URL.
    #[n(0)]
    pub id: String,
    /// Its names, for people.
    #[n(1)]
    pub names: Names,
    /// In ascending order of their [`KeyId`].
    #[n(2)]
    pub keys: Vec<RegistrarKey>,
}

/// A key that signs registrations and bundles; its `kid` is its [`KeyId`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RegistrarKey {
    /// The key.
    #[cbor(n(0), with = "public_key")]
    pub key: PublicKey,
    /// When its signatures count.
    #[n(1)]
    pub validity: Validity,
}

impl Issuer {
    /// The key with this name, if it was valid at `at`. Neither parses nor allocates.
    ///
    /// # Errors
    /// If there is no such key, or it was not valid then.
    pub fn key(&self, kid: &str, at: Timestamp) -> Result<&PublicKey, KeyLookupError> {
        let named = self.key_named(kid)?;
        named.validity.check(at)?;
        Ok(&named.key)
    }

    /// The key with this name, whenever it was valid: for a device that does not know what time it is.
    ///
    /// `kid` is the short name, or a DID URL of this issuer's DID (`did:web:id.example#key-1`).
    ///
    /// # Errors
    /// If there is no such key.
    pub fn key_named(&self, kid: &str) -> Result<&IssuerKey, KeyLookupError> {
        let fragment = self.did.as_deref().and_then(|did| kid.strip_prefix(did)?.strip_prefix('#'));
        let name = fragment.unwrap_or(kid);
        self.keys.iter().find(|known| known.kid == name).ok_or_else(|| KeyLookupError::UnknownKey {
            issuer: self.id.clone(),
            got: kid.chars().take(text::MAX_URL_BYTES).collect(),
        })
    }

    /// Whether it may issue credentials of this type.
    #[must_use]
    pub fn may_issue(&self, type_id: &str) -> bool {
        self.types.iter().any(|known| known == type_id)
    }

    /// Whether a status list at this URI is its own.
    #[must_use]
    pub fn publishes(&self, status_list_uri: &str) -> bool {
        text::is_plain_path(status_list_uri)
            && self.status_prefixes.iter().any(|prefix| status_list_uri.starts_with(prefix))
    }

    pub(super) fn check(&self) -> Result<(), PayloadError> {
        text::https("issuer id", &self.id)?;
        if let Some(did) = &self.did {
            check_did(did)?;
        }
        self.names.check()?;
        at_most("keys of an issuer", MAX_KEYS, self.keys.len())?;
        wire::ascending("keys of an issuer", self.keys.iter().map(|key| &key.kid))?;
        self.keys.iter().try_for_each(IssuerKey::check)?;
        at_most("types of an issuer", MAX_ENTRIES, self.types.len())?;
        wire::ascending("types of an issuer", &self.types)?;
        self.types.iter().try_for_each(|id| text::identifier("type id", id))?;
        at_most("status list prefixes of an issuer", MAX_ENTRIES, self.status_prefixes.len())?;
        wire::ascending("status list prefixes of an issuer", &self.status_prefixes)?;
        self.status_prefixes.iter().try_for_each(|prefix| check_prefix(prefix))
    }
}

fn check_did(did: &str) -> Result<(), PayloadError> {
    text::identifier("issuer DID", did)?;
    if did.starts_with("did:web:") && !did.contains(['#', '?', '/']) {
        return Ok(());
    }
    Err(PayloadError::Text {
        what: "issuer DID",
        expected: "a did:web without a fragment",
        got: did.to_owned(),
    })
}

/// Without the slash at the end, `https://a.example/status` would also claim `https://a.example/status-of-b`.
fn check_prefix(prefix: &str) -> Result<(), PayloadError> {
    text::https("status list prefix", prefix)?;
    if prefix.ends_with('/') {
        return Ok(());
    }
    let expected = "an https URL that ends in a slash";
    Err(PayloadError::Text { what: "status list prefix", expected, got: prefix.to_owned() })
}

impl IssuerKey {
    fn check(&self) -> Result<(), PayloadError> {
        text::identifier("kid", &self.kid)?;
        if self.kid.contains('#') {
            let expected = "the part after `#` alone";
            return Err(PayloadError::Text { what: "kid", expected, got: self.kid.clone() });
        }
        self.validity.not_empty("validity of an issuer's key")
    }
}

impl Registrar {
    pub(super) fn check(&self) -> Result<(), PayloadError> {
        text::identifier("registrar id", &self.id)?;
        self.names.check()?;
        at_most("keys of a registrar", MAX_KEYS, self.keys.len())?;
        wire::ascending("keys of a registrar", self.keys.iter().map(|key| KeyId::of(&key.key)))?;
        self.keys.iter().try_for_each(|key| key.validity.not_empty("validity of a registrar's key"))
    }
}

/// Why an issuer's key does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyLookupError {
    /// The issuer has no such key.
    #[error("issuer {issuer} has no key {got:?} in the trust list; fetch the newest bundle")]
    UnknownKey {
        /// The issuer.
        issuer: String,
        /// The name of the key.
        got: String,
    },
    /// The key was not valid then.
    #[error("issuer's key: {0}")]
    Validity(#[from] ValidityError),
}
