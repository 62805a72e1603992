use serde_json::{Map, Value};

use super::{DidError, Relationship, error::shown, multikey};
use crate::{keys::PublicKey, time::Timestamp};

/// A key, and whom it belongs to. [`Document::method`](super::Document::method) finds one; [`VerificationMethod::new`] is for keys
/// that were learnt otherwise, such as from a trust list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationMethod {
    id: String,
    controller: String,
    key: PublicKey,
}

/// How a document writes a key (CID 1.0, 2.2). Data Integrity asks for Multikey, VC-JOSE-COSE for JsonWebKey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// `publicKeyMultibase`
    Multikey,
    /// `publicKeyJwk`
    JsonWebKey,
}

/// A verification method as a document writes it; its key is decoded when it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) members: Map<String, Value>,
    pub(super) relationships: Vec<Relationship>,
}

impl VerificationMethod {
    /// A key that `controller` is known to use under the name `id`.
    #[must_use]
    pub fn new(id: impl Into<String>, controller: impl Into<String>, key: PublicKey) -> Self {
        Self { id: id.into(), controller: controller.into(), key }
    }

    /// Its absolute identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whose key it is.
    #[must_use]
    pub fn controller(&self) -> &str {
        &self.controller
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

impl Entry {
    pub(super) fn new(
        id: String,
        controller: &str,
        key: &PublicKey,
        form: KeyForm,
        relationships: &[Relationship],
    ) -> Self {
        let (kind, member, value) = match form {
            KeyForm::Multikey => ("Multikey", "publicKeyMultibase", multikey::encode(key).into()),
            KeyForm::JsonWebKey => ("JsonWebKey", "publicKeyJwk", key.to_jwk()),
        };
        let members = [
            ("id", Value::from(id.as_str())),
            ("type", kind.into()),
            ("controller", controller.into()),
            (member, value),
        ];
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { id, members, relationships: relationships.to_vec() }
    }

    /// CID 1.0, 2.2: no proof is verified at or after `expires` or `revoked`.
    pub(super) fn check_ended(&self, now: Timestamp) -> Result<(), DidError> {
        for member in ["expires", "revoked"] {
            let Some(value) = self.members.get(member) else { continue };
            let text = value.as_str().ok_or(malformed("verificationMethod.expires and .revoked", "dates"))?;
            let since = Timestamp::parse_rfc3339(text).map_err(|source| DidError::Date { member, source })?;
            if now >= since {
                return Err(DidError::MethodEnded { id: self.id.clone(), since });
            }
        }
        Ok(())
    }

    pub(super) fn key(&self) -> Result<PublicKey, DidError> {
        match string(&self.members, "type") {
            Some("Multikey") => multikey::decode(
                string(&self.members, "publicKeyMultibase")
                    .ok_or(malformed("publicKeyMultibase", "a Multikey"))?,
            ),
            Some("JsonWebKey") => Ok(PublicKey::from_jwk(
                self.members.get("publicKeyJwk").ok_or(malformed("publicKeyJwk", "a JSON Web Key"))?,
            )?),
            other => Err(DidError::UnsupportedMethodType {
                id: self.id.clone(),
                got: shown(other.unwrap_or("missing")),
            }),
        }
    }
}

pub(super) fn string<'a>(object: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    object.get(member).and_then(Value::as_str)
}

pub(super) fn malformed(member: &'static str, expected: &'static str) -> DidError {
    DidError::Malformed { member, expected }
}
