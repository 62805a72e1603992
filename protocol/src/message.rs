//! How JSON messages of OAuth and OpenID4VCI are read: strictly, with unknown members ignored as the standards ask.

mod lifetime;

use hati_formats::json::{self, JsonError};
use hati_formats::time::Timestamp;
use iri_string::types::UriStr;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

pub use lifetime::LifetimeError;
pub(crate) use lifetime::check_lifetime;

/// The longest part of foreign text that an error repeats.
const MAX_SHOWN: usize = 80;

/// Why a JSON message is not what its standard says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Not a strict JSON object.
    #[error("the {message} is damaged: {source}")]
    Json {
        /// Which message.
        message: &'static str,
        /// What the parser met.
        source: JsonError,
    },
    /// A member is missing or of another type.
    #[error("the {message} does not have its shape: {reason}")]
    Shape {
        /// Which message.
        message: &'static str,
        /// Which member, what was expected and what came.
        reason: String,
    },
    /// A value that its standard does not allow.
    #[error("`{member}` of the {message} must be {expected}, got {got}")]
    Value {
        /// Which message.
        message: &'static str,
        /// The member.
        member: &'static str,
        /// What the standard asks for.
        expected: &'static str,
        /// What came, shortened.
        got: String,
    },
}

/// The address of a well-known document: `/.well-known/name` between host and path (RFC 8414 section 3.1, OpenID4VCI
/// section 12.2.2); `None` where `identifier` is not the HTTPS URL of an issuer.
#[must_use]
pub fn well_known(identifier: &str, name: &str) -> Option<String> {
    if !is_identifier(identifier) {
        return None;
    }
    let rest = identifier.get("https://".len()..)?;
    let (host, path) = rest.find('/').and_then(|end| rest.split_at_checked(end)).unwrap_or((rest, ""));
    // RFC 8414 section 3.1: a slash at the end goes first.
    let path = path.strip_suffix('/').unwrap_or(path);
    Some(format!("https://{host}/.well-known/{name}{path}"))
}

pub(crate) fn read<T: DeserializeOwned>(message: &'static str, text: &[u8]) -> Result<T, MessageError> {
    let object = json::parse_object(text).map_err(|source| MessageError::Json { message, source })?;
    from_value(message, Value::Object(object))
}

/// The same for a value inside a text that was parsed strictly.
pub(crate) fn from_value<T: DeserializeOwned>(
    message: &'static str,
    value: Value,
) -> Result<T, MessageError> {
    serde_json::from_value(value)
        .map_err(|error| MessageError::Shape { message, reason: shown(&error.to_string()) })
}

pub(crate) fn write(message: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(message) {
        Ok(Value::Object(members)) => members,
        // Structs of strings, numbers and JSON values always make an object.
        _ => Map::new(),
    }
}

pub(crate) fn refused(
    message: &'static str,
    member: &'static str,
    expected: &'static str,
    got: impl ToString,
) -> MessageError {
    MessageError::Value { message, member, expected, got: shown(&got.to_string()) }
}

/// Refuses what is not a URL with `https`, a host, and neither user nor fragment.
pub(crate) fn https_url(message: &'static str, member: &'static str, url: &str) -> Result<(), MessageError> {
    let is_url = https(url).is_some();
    is_url.then_some(()).ok_or_else(|| refused(message, member, "a URL with https and a host", quoted(url)))
}

/// Refuses what is not the identifier of an issuer: also without a query (OpenID4VCI section 12.2.1, RFC 8414 section 2).
pub(crate) fn identifier_url(
    message: &'static str,
    member: &'static str,
    url: &str,
) -> Result<(), MessageError> {
    let expected = "a URL with https and a host, without query or fragment";
    is_identifier(url).then_some(()).ok_or_else(|| refused(message, member, expected, quoted(url)))
}

/// Reads an array that must have an element where it is present.
pub(crate) fn non_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let items = Vec::<T>::deserialize(deserializer)?;
    if items.is_empty() { Err(D::Error::custom("expected a non-empty array, got []")) } else { Ok(items) }
}

/// A NumericDate (RFC 7519 section 2), which may have a fraction.
pub(crate) fn numeric_date(value: &Value) -> Option<Timestamp> {
    // A float beyond i64 saturates, and is then out of every window.
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))
        .map(Timestamp::from_seconds)
}

/// Foreign text for an error: shortened, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(MAX_SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", shown(text))
}

fn is_identifier(url: &str) -> bool {
    https(url).is_some_and(|url| url.query_str().is_none())
}

fn https(url: &str) -> Option<&UriStr> {
    let url =
        UriStr::new(url).ok().filter(|url| url.scheme_str() == "https" && url.fragment_str().is_none())?;
    let authority = url.authority_components()?;
    (!authority.host().is_empty() && authority.userinfo().is_none()).then_some(url)
}

#[cfg(test)]
mod tests;
