use serde_json::{Map, Value};

use super::{
    VcdmError,
    shape::{self, Rule},
};
use crate::time::Timestamp;

/// Members that hold typed objects (VCDM 4.10, 4.11, 5.4, 5.5, 5.6; Data Integrity 1.0, 2.1 for `proof`).
const TYPED: [Rule; 6] = [
    Rule {
        member: "credentialStatus",
        id: "credentialStatus.id",
        kind: "credentialStatus.type",
        id_required: false,
    },
    Rule {
        member: "credentialSchema",
        id: "credentialSchema.id",
        kind: "credentialSchema.type",
        id_required: true,
    },
    Rule {
        member: "refreshService",
        id: "refreshService.id",
        kind: "refreshService.type",
        id_required: false,
    },
    Rule { member: "termsOfUse", id: "termsOfUse.id", kind: "termsOfUse.type", id_required: false },
    Rule { member: "evidence", id: "evidence.id", kind: "evidence.type", id_required: false },
    Rule { member: "proof", id: "proof.id", kind: "proof.type", id_required: false },
];

/// A credential of the right shape, borrowed from the object it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Credential<'a> {
    object: &'a Map<String, Value>,
    id: Option<&'a str>,
    types: Vec<&'a str>,
    issuer: &'a str,
    valid_from: Option<Timestamp>,
    valid_until: Option<Timestamp>,
    subjects: Vec<&'a Map<String, Value>>,
}

/// Checks the shape of a credential (VCDM 2.0, 4 and 5).
///
/// Of an SD-JWT, check the processed payload: a member that was not disclosed counts as absent.
///
/// # Errors
/// [`VcdmError`] for the first member that is wrong.
pub fn validate(object: &Map<String, Value>) -> Result<Credential<'_>, VcdmError> {
    shape::check_context(object)?;
    let id = shape::id(object, "id")?;
    let types = shape::types(object, "type")?;
    shape::check_type(&types, "VerifiableCredential")?;
    let issuer = shape::required(object, "issuer", "a URL, or an object with an id that is one")?;
    let issuer = shape::party(issuer, "issuer")?;
    let (valid_from, valid_until) = period(object)?;
    let subjects = subjects(object)?;
    object.iter().try_for_each(|(name, value)| check_optional(name, value))?;
    Ok(Credential { object, id, types, issuer, valid_from, valid_until, subjects })
}

impl<'a> Credential<'a> {
    /// The credential's own identifier.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// Its types, `VerifiableCredential` among them.
    #[must_use]
    pub fn types(&self) -> &[&'a str] {
        &self.types
    }

    /// The URL that names its issuer.
    #[must_use]
    pub fn issuer(&self) -> &'a str {
        self.issuer
    }

    /// From when it is valid; without it, from its beginning (VCDM 4.9).
    #[must_use]
    pub fn valid_from(&self) -> Option<Timestamp> {
        self.valid_from
    }

    /// Until when it is valid, that moment included; without it, indefinitely (VCDM 4.9).
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// Its subjects, at least one, each with at least one claim.
    #[must_use]
    pub fn subjects(&self) -> &[&'a Map<String, Value>] {
        &self.subjects
    }

    /// Its status entries.
    pub fn statuses(&self) -> impl Iterator<Item = &'a Map<String, Value>> {
        let status = self.object.get("credentialStatus");
        let entries = status.map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
        entries.unwrap_or_default().iter().filter_map(Value::as_object)
    }
}

/// The members that a credential may have and mostly has not. One pass over those that are there costs less than
/// looking for each.
fn check_optional(name: &str, value: &Value) -> Result<(), VcdmError> {
    match name {
        "name" => shape::check_language(value, "name"),
        "description" => shape::check_language(value, "description"),
        "relatedResource" => check_related_resources(value),
        _ => TYPED.iter().filter(|rule| rule.member == name).try_for_each(|rule| rule.check(value)),
    }
}

/// VCDM 4.9: validity never ends before it starts.
fn period(object: &Map<String, Value>) -> Result<(Option<Timestamp>, Option<Timestamp>), VcdmError> {
    let (from, until) = (shape::date(object, "validFrom")?, shape::date(object, "validUntil")?);
    match (from, until) {
        (Some(valid_from), Some(valid_until)) if valid_until < valid_from => {
            Err(VcdmError::Period { valid_from, valid_until })
        }
        dates => Ok(dates),
    }
}

/// VCDM 4.8: each subject is an object with one or more claims.
fn subjects(object: &Map<String, Value>) -> Result<Vec<&Map<String, Value>>, VcdmError> {
    const MEMBER: &str = "credentialSubject";
    const EXPECTED: &str = "one or more objects with claims";
    let subjects = shape::objects(shape::required(object, MEMBER, EXPECTED)?, MEMBER)?;
    for subject in &subjects {
        if subject.is_empty() {
            return Err(VcdmError::Empty { member: MEMBER, expected: EXPECTED });
        }
        shape::id(subject, "credentialSubject.id")?;
    }
    Ok(subjects)
}

/// VCDM 5.3: each resource once, each with a digest.
fn check_related_resources(value: &Value) -> Result<(), VcdmError> {
    let mut seen = std::collections::HashSet::new();
    for resource in shape::objects(value, "relatedResource")? {
        let member = "relatedResource.id";
        let id = shape::id(resource, member)?.ok_or(VcdmError::Missing { member, expected: "a URL" })?;
        if !seen.insert(id) {
            return Err(VcdmError::DuplicateResource { id: shape::shown(id) });
        }
        if !resource.contains_key("digestSRI") && !resource.contains_key("digestMultibase") {
            return Err(VcdmError::NoDigest { id: shape::shown(id) });
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
