//! What kind of credential it is: `vct`, or W3C types as IRIs (OpenID4VP 1.0, B.1.1 and B.3.5).

use std::borrow::Cow;

use hati_formats::credential::Format;
use serde_json::{Map, Value};

/// The type that every W3C credential has (VCDM 2.0, 4.5).
pub(super) const VERIFIABLE_CREDENTIAL: &str = "VerifiableCredential";

/// What the base context expands it to, in both versions of the data model.
const VERIFIABLE_CREDENTIAL_IRI: &str = "https://www.w3.org/2018/credentials#VerifiableCredential";

/// `@vocab` of `https://www.w3.org/ns/credentials/undefined-terms/v2`, the second context of our credentials
/// (`spec/credential.md`): every term that no other context defines begins with it.
const UNDEFINED_TERM: &str = "https://www.w3.org/ns/credentials/undefined-term#";

/// A type as JSON-LD expands it under the contexts of our profile. An IRI stays as it is.
///
/// Peers that skip JSON-LD ask for the short name, as B.1.1 allows; both then expand alike.
#[must_use]
pub fn expanded_type(name: &str) -> Cow<'_, str> {
    match name {
        VERIFIABLE_CREDENTIAL => Cow::Borrowed(VERIFIABLE_CREDENTIAL_IRI),
        iri if iri.contains(':') => Cow::Borrowed(iri),
        term => Cow::Owned(format!("{UNDEFINED_TERM}{term}")),
    }
}

/// The types of a credential of our profile, for [`Candidate::types`](super::Candidate::types).
#[must_use]
pub fn types_of(format: Format, claims: &Map<String, Value>) -> Vec<String> {
    let member = match format {
        Format::DcSdJwt => "vct",
        Format::VcSdJwt | Format::LdpVc => "type",
    };
    let one_or_many = match claims.get(member) {
        Some(Value::Array(types)) => types.as_slice(),
        Some(other) => std::slice::from_ref(other),
        None => &[],
    };
    one_or_many.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
