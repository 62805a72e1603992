//! What a verified credential says, whichever format it came in.

use serde_json::{Map, Value};

use super::Format;
use crate::did;
use crate::status::{ReferenceError, StatusReference};
use crate::time::{TimeError, Timestamp};

/// Why a credential's claims cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A member that every credential of the format has.
    #[error("the credential has no usable `{member}`: expected {expected}")]
    Member {
        /// Its name.
        member: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// A `status` that names no place in a list.
    #[error(transparent)]
    Status(#[from] ReferenceError),
    /// A date that is none.
    #[error("the credential's `{member}`: {source}")]
    Time {
        /// Its name.
        member: &'static str,
        /// What is wrong with it.
        source: TimeError,
    },
}

/// The claims of a credential, read but not judged: validity, trust and status are the verifier's to check.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential<'c> {
    /// The issuer as the credential names it: a DID or an HTTPS URL.
    pub issuer: &'c str,
    /// The W3C type beside `VerifiableCredential`, or `vct`.
    pub type_name: &'c str,
    /// From when it is valid; open where it does not say.
    pub valid_from: Option<Timestamp>,
    /// Until when it is valid; open where it does not say.
    pub valid_until: Option<Timestamp>,
    /// Where its status stands, if it has one.
    pub status: Option<StatusReference>,
    /// The subject's claims: `credentialSubject`, or all of a `dc+sd-jwt`.
    pub subject: &'c Map<String, Value>,
}

impl<'c> Credential<'c> {
    /// Reads the processed claims of an SD-JWT credential.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(format: Format, claims: &'c Map<String, Value>) -> Result<Self, ReadError> {
        match format {
            Format::DcSdJwt => Self::read_dc(claims),
            Format::VcSdJwt | Format::LdpVc => Self::read_vc(claims),
        }
    }

    fn read_vc(claims: &'c Map<String, Value>) -> Result<Self, ReadError> {
        let time = |member: &'static str| match claims.get(member) {
            None => Ok(None),
            Some(Value::String(text)) => {
                Timestamp::parse_rfc3339(text).map(Some).map_err(|source| ReadError::Time { member, source })
            }
            Some(_) => Err(ReadError::Member { member, expected: "a date and time" }),
        };
        // VCDM 2.0 section 4.7: the issuer is a URL, or an object with one in `id`.
        let issuer = match claims.get("issuer") {
            Some(Value::Object(issuer)) => issuer.get("id"),
            other => other,
        };
        let types = claims.get("type").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let type_name = types.iter().filter_map(Value::as_str).find(|name| *name != "VerifiableCredential");
        Ok(Self {
            issuer: issuer
                .and_then(Value::as_str)
                .ok_or(ReadError::Member { member: "issuer", expected: "a URL" })?,
            type_name: type_name
                .ok_or(ReadError::Member { member: "type", expected: "a type of its own" })?,
            valid_from: time("validFrom")?,
            valid_until: time("validUntil")?,
            status: status(claims)?,
            subject: claims
                .get("credentialSubject")
                .and_then(Value::as_object)
                .ok_or(ReadError::Member { member: "credentialSubject", expected: "an object" })?,
        })
    }

    fn read_dc(claims: &'c Map<String, Value>) -> Result<Self, ReadError> {
        let text = |member: &'static str| {
            claims
                .get(member)
                .and_then(Value::as_str)
                .ok_or(ReadError::Member { member, expected: "a string" })
        };
        let time = |member: &'static str| match claims.get(member) {
            None => Ok(None),
            // RFC 7519 section 2 lets a NumericDate have a fraction; whole seconds decide.
            Some(value) => value
                .as_i64()
                .map(|seconds| Some(Timestamp::from_seconds(seconds)))
                .ok_or(ReadError::Member { member, expected: "whole seconds since 1970" }),
        };
        Ok(Self {
            issuer: text("iss")?,
            type_name: text("vct")?,
            valid_from: time("nbf")?,
            valid_until: time("exp")?,
            status: status(claims)?,
            subject: claims,
        })
    }

    /// The issuer's HTTPS URL: the trust list and status URIs are under it.
    #[must_use]
    pub fn issuer_url(&self) -> Option<String> {
        issuer_url(self.issuer)
    }
}

/// The `did:web` of the issuer at an HTTPS URL without a slash at its end: the other way of [`issuer_url`].
#[must_use]
pub fn issuer_did(url: &str) -> Option<String> {
    let authority = url.strip_prefix("https://")?;
    let file = if authority.contains('/') { "/did.json" } else { "/.well-known/did.json" };
    did::web::from_url(&format!("{url}{file}")).ok()
}

/// The HTTPS URL of an issuer named by URL or by `did:web`.
#[must_use]
pub fn issuer_url(issuer: &str) -> Option<String> {
    if !issuer.starts_with("did:") {
        return Some(issuer.to_owned());
    }
    let document = did::web::to_url(issuer).ok()?;
    let base =
        document.strip_suffix("/.well-known/did.json").or_else(|| document.strip_suffix("/did.json"))?;
    Some(base.to_owned())
}

fn status(claims: &Map<String, Value>) -> Result<Option<StatusReference>, ReadError> {
    match claims.get("status") {
        None => Ok(None),
        Some(Value::Object(status)) => Ok(Some(StatusReference::from_json(status)?)),
        Some(_) => Err(ReadError::Member { member: "status", expected: "an object" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_has_one_did_and_one_url() {
        for (url, did) in [
            ("https://id.example", "did:web:id.example"),
            ("https://id.example:8443", "did:web:id.example%3A8443"),
            ("https://id.example/county/1", "did:web:id.example:county:1"),
        ] {
            assert_eq!(issuer_did(url).as_deref(), Some(did));
            assert_eq!(issuer_url(did).as_deref(), Some(url));
            assert_eq!(issuer_url(url).as_deref(), Some(url));
        }
        for url in ["http://id.example", "https://id.example/", "https://127.0.0.1:x", "id.example"] {
            assert_eq!(issuer_did(url), None, "{url}");
        }
    }
}
