//! The standard token inside a code, for other software.

use hati_formats::encoding::b64url_decode;
use hati_formats::json;
use hati_formats::sd_jwt::{Disclosure, Parts};
use hati_verifier::scan;
use serde_json::{Value, json};

use crate::Error;

/// What a code holds. Nothing of it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// The SD-JWT+KB, byte for byte as it was signed (RFC 9901 section 4).
    pub sd_jwt: String,
    /// Whether it came as a single scan.
    pub single_scan: bool,
}

/// Gives the SD-JWT+KB inside codes.
///
/// # Errors
/// [`Error::Scan`].
pub fn expand(texts: &[String]) -> Result<Expanded, Error> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let presented = scan::read(&texts)?;
    Ok(Expanded { sd_jwt: presented.sd_jwt, single_scan: presented.single_scan })
}

impl Expanded {
    /// All its parts, decoded.
    ///
    /// # Errors
    /// [`Error::Token`].
    pub fn decoded(&self) -> Result<Value, Error> {
        let parts = Parts::split(&self.sd_jwt).map_err(|error| unreadable("the token", error))?;
        let (header, payload) = jwt("the issuer's JWT", parts.issuer_jwt)?;
        let key_binding = parts.key_binding.map(|text| jwt("the key binding", text)).transpose()?;
        let disclosures = parts.disclosures.iter().enumerate().map(|(at, text)| disclosure(text, at));
        Ok(json!({
            "sd_jwt": self.sd_jwt,
            "single_scan": self.single_scan,
            "header": header,
            "payload": payload,
            "disclosures": disclosures.collect::<Result<Vec<_>, _>>()?,
            "key_binding": key_binding.map(|(header, payload)| json!({ "header": header, "payload": payload })),
        }))
    }
}

/// Header and payload of any JWT: also one that no verifier of ours would accept.
fn jwt(part: &'static str, text: &str) -> Result<(Value, Value), Error> {
    let mut pieces = text.split('.');
    let mut object = || {
        let bytes =
            b64url_decode(pieces.next().unwrap_or_default()).map_err(|error| unreadable(part, error))?;
        json::parse_object(&bytes).map(Value::Object).map_err(|error| unreadable(part, error))
    };
    Ok((object()?, object()?))
}

fn disclosure(text: &str, position: usize) -> Result<Value, Error> {
    let disclosure = Disclosure::parse(text, position).map_err(|error| unreadable("a disclosure", error))?;
    Ok(json!({
        "salt": disclosure.salt(),
        "name": disclosure.name(),
        "value": disclosure.value(),
        "digest": disclosure.digest().as_str(),
    }))
}

fn unreadable(part: &'static str, error: impl std::error::Error) -> Error {
    Error::Token { part, reason: error.to_string() }
}
