use serde_json::{Map, Value, json};

use super::{
    DidError, KeyForm, Relationship, VerificationMethod, controller_of,
    error::shown,
    method::{Entry, malformed, string},
};
use crate::{keys::PublicKey, time::Timestamp};

/// The most verification methods that are read in one document: an issuer rotating every month for two
/// years lists 24, in two forms.
pub const MAX_METHODS: usize = 64;

/// The document of a DID (DID Core 1.0, 5; CID 1.0, 2): its keys and what each may be used for.
///
/// A key is decoded only when it is asked for, so that a document may list key types that are not
/// supported beside those that are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    id: String,
    methods: Vec<Entry>,
}

impl Document {
    /// A document without keys.
    #[must_use]
    pub fn new(did: &str) -> Self {
        Self { id: did.to_owned(), methods: Vec::new() }
    }

    /// Adds a key as `did#fragment`.
    #[must_use]
    pub fn with_key(
        mut self,
        fragment: &str,
        key: &PublicKey,
        form: KeyForm,
        relationships: &[Relationship],
    ) -> Self {
        let id = format!("{}#{fragment}", self.id);
        self.methods.push(Entry::new(id, &self.id, key, form, relationships));
        self
    }

    /// Reads the document that was fetched for `did`.
    ///
    /// # Errors
    /// [`DidError`].
    pub fn parse(document: &Map<String, Value>, did: &str) -> Result<Self, DidError> {
        let id = string(document, "id").ok_or(malformed("id", "a DID"))?;
        // CID 1.0, 3.3: a document speaks for its own identifier alone.
        if id != did {
            return Err(DidError::WrongSubject { expected: did.to_owned(), got: shown(id) });
        }
        let mut parsed = Self::new(did);
        for method in array(document, "verificationMethod")? {
            let members = method.as_object().ok_or(malformed("verificationMethod", "a list of objects"))?;
            parsed.insert(members, Vec::new())?;
        }
        for relationship in Relationship::ALL {
            for entry in array(document, relationship.name())? {
                parsed.relate(entry, relationship)?;
            }
        }
        Ok(parsed)
    }

    /// The DID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The document as JSON, to publish.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut document = Map::new();
        document.insert(
            "@context".to_owned(),
            json!([
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/multikey/v1",
                "https://w3id.org/security/jwk/v1"
            ]),
        );
        document.insert("id".to_owned(), self.id.clone().into());
        let methods: Vec<_> = self.methods.iter().map(|entry| Value::Object(entry.members.clone())).collect();
        document.insert("verificationMethod".to_owned(), methods.into());
        for relationship in Relationship::ALL {
            let ids: Vec<_> = self
                .methods
                .iter()
                .filter(|entry| entry.relationships.contains(&relationship))
                .map(|entry| Value::from(entry.id.as_str()))
                .collect();
            document.insert(relationship.name().to_owned(), ids.into());
        }
        document
    }

    /// The key named `id` (a `kid` or `verificationMethod`, absolute or as `#fragment`), if its owner uses it
    /// for `relationship` and it has not ended (CID 1.0, 3.3).
    ///
    /// # Errors
    /// [`DidError`].
    pub fn method(
        &self,
        id: &str,
        relationship: Relationship,
        now: Timestamp,
    ) -> Result<VerificationMethod, DidError> {
        let id = absolute(&self.id, id);
        let entry = self
            .methods
            .iter()
            .find(|entry| entry.id == id)
            .ok_or_else(|| DidError::UnknownMethod { did: self.id.clone(), id: shown(&id) })?;
        if !entry.relationships.contains(&relationship) {
            return Err(DidError::NotAuthorized { id, expected: relationship.name() });
        }
        entry.check_ended(now)?;
        Ok(VerificationMethod::new(id, &self.id, entry.key()?))
    }

    /// The key of a document that was made from it.
    pub(super) fn only_key(&self) -> Result<PublicKey, DidError> {
        let entry = self.methods.first();
        let none = || DidError::UnknownMethod { did: self.id.clone(), id: self.id.clone() };
        entry.ok_or_else(none)?.key()
    }

    fn insert(
        &mut self,
        members: &Map<String, Value>,
        relationships: Vec<Relationship>,
    ) -> Result<(), DidError> {
        if self.methods.len() == MAX_METHODS {
            return Err(DidError::TooManyMethods { limit: MAX_METHODS });
        }
        let id = string(members, "id").ok_or(malformed("verificationMethod.id", "a DID URL"))?;
        let id = absolute(&self.id, id);
        let controller =
            string(members, "controller").ok_or(malformed("verificationMethod.controller", "a DID"))?;
        // CID 1.0, 3.3: the method and its controller both belong to the document they are found in.
        for owner in [controller, controller_of(&id)] {
            if owner != self.id {
                return Err(DidError::ForeignMethod {
                    expected: self.id.clone(),
                    got: shown(owner),
                    id: shown(&id),
                });
            }
        }
        if self.methods.iter().any(|known| known.id == id) {
            return Err(DidError::DuplicateMethod { id: shown(&id) });
        }
        self.methods.push(Entry { id, members: members.clone(), relationships });
        Ok(())
    }

    /// DID Core 5.3: a relationship lists methods by reference, or holds one for itself alone.
    fn relate(&mut self, entry: &Value, relationship: Relationship) -> Result<(), DidError> {
        match entry {
            Value::Object(members) => self.insert(members, vec![relationship]),
            Value::String(id) => {
                let id = absolute(&self.id, id);
                // A reference to another document's method names a key that this document does not hold.
                if let Some(known) = self.methods.iter_mut().find(|known| known.id == id) {
                    known.relationships.push(relationship);
                }
                Ok(())
            }
            _ => Err(malformed(relationship.name(), "a list of DID URLs or verification methods")),
        }
    }
}

/// DID Core 3.2.2: a relative DID URL is resolved against the document's DID.
fn absolute(did: &str, id: &str) -> String {
    if id.starts_with('#') { format!("{did}{id}") } else { id.to_owned() }
}

fn array<'a>(document: &'a Map<String, Value>, member: &'static str) -> Result<&'a [Value], DidError> {
    match document.get(member) {
        None => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(malformed(member, "a list")),
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
