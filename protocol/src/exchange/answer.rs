//! Whether what is shown is what was asked for.

use hati_formats::credential::{CredentialType, Format};
use hati_formats::names;
use hati_formats::sd_jwt::{ClaimPath, PathSegment};
use serde_json::{Map, Value};

use crate::dcql::{Candidate, CompactQuery, Mismatch, envelope, types_of};

/// How a presentation answers a request. Each part is a finding of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Claims that were asked for and are not there.
    pub missing: Vec<names::ClaimPath>,
    /// Claims that could have been withheld, were not asked for, and were shown nevertheless.
    pub surplus: Vec<ClaimPath>,
}

impl Answer {
    /// Compares a presentation with a request. `claims` are those of the credential as shown, `disclosed` the
    /// places of its disclosures, as `sd_jwt::Verified` gives them.
    #[must_use]
    pub fn of(
        query: &CompactQuery,
        format: Format,
        claims: &Map<String, Value>,
        disclosed: &[ClaimPath],
    ) -> Self {
        let envelope = envelope(format);
        let subject = match envelope {
            Some(member) => claims.get(member).and_then(Value::as_object),
            None => Some(claims),
        };
        let find = |path: &names::ClaimPath| subject.and_then(|subject| path.find(subject));
        let is_missing = |path: &&names::ClaimPath| !find(path).is_some_and(says_something);
        let was_asked = |shown: &ClaimPath| {
            query.claims.iter().any(|asked| meets(envelope.into_iter().chain(asked.segments()), shown))
        };
        Self {
            missing: query.claims.iter().filter(is_missing).cloned().collect(),
            surplus: disclosed.iter().filter(|shown| !was_asked(shown)).cloned().collect(),
        }
    }

    /// Whether everything that was asked for is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

/// The claims of a held credential that answer a request, each a path for `sd_jwt::Held::select`. `claims` are
/// all the holder has, and `kind` is the type that the request names.
///
/// # Errors
/// If the credential is of another type, is not bound to its holder, or lacks a claim.
pub fn claims_to_disclose(
    query: &CompactQuery,
    kind: &CredentialType,
    format: Format,
    claims: &Map<String, Value>,
) -> Result<Vec<ClaimPath>, Mismatch> {
    query.credential_query(format, kind).disclose(&Candidate {
        format: format.media_type(),
        types: &types_of(format, claims),
        claims,
        // RFC 7800 section 3.1: the holder's key.
        holder_bound: claims.contains_key("cnf"),
        authorities: &[],
    })
}

/// Whether what is shown lies at or below what was asked for, or above it: a parent of a claim has to be shown for
/// its digest to be found (RFC 9901 section 4.2.6).
fn meets<'n>(asked: impl Iterator<Item = &'n str>, shown: &ClaimPath) -> bool {
    shown.0.iter().zip(asked).all(|(step, name)| matches!(step, PathSegment::Name(step) if step == name))
}

/// A group from which every member was withheld says nothing.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => members.values().any(says_something),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
