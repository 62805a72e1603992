//! How JSON messages of OAuth and OpenID4VCI are read: strictly, with unknown members ignored as the standards ask.

use hati_formats::json::{self, JsonError};
use iri_string::types::UriStr;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

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
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Message {
        #[expect(dead_code, reason = "only whether it reads is asked")]
        a: u8,
        #[expect(dead_code, reason = "only whether it reads is asked")]
        #[serde(default, deserialize_with = "non_empty")]
        list: Vec<u8>,
    }

    #[test]
    fn messages_are_strict_and_ignore_unknown_members() {
        let read = |text: &str| super::read::<Message>("message", text.as_bytes());
        assert!(read(r#"{"a":1,"b":[]}"#).is_ok());
        assert!(matches!(read(r#"{"a":1,"a":1}"#), Err(MessageError::Json { .. })));
        let refused = |text: &str| read(text).unwrap_err().to_string();
        assert!(refused("{}").contains("the message does not have its shape: missing field `a`"));
        assert!(refused(r#"{"a":"x"}"#).contains("invalid type: string \"x\", expected u8"));
        assert!(refused(r#"{"a":1,"list":[]}"#).contains("non-empty array"));
        assert!(refused("[]").contains("expected a JSON object, got an array"));
    }

    #[test]
    fn urls_of_issuers_have_https_a_host_and_nothing_behind_the_path() {
        let bad = [
            "http://a.example",
            "https://",
            "https:///x",
            "https://u@a.example",
            "https://a.example#f",
            "a",
            "",
        ];
        for url in bad {
            assert!(https_url("m", "u", url).is_err(), "{url}");
            assert!(identifier_url("m", "u", url).is_err(), "{url}");
        }
        assert!(https_url("m", "u", "https://a.example/p?q").is_ok());
        let error = identifier_url("m", "u", "https://a.example/p?q").unwrap_err();
        assert!(
            error.to_string().contains("without query or fragment, got `https://a.example/p?q`"),
            "{error}"
        );
    }

    #[test]
    fn well_known_goes_between_host_and_path() {
        let at = |identifier| well_known(identifier, "openid-credential-issuer");
        let expected =
            Some("https://issuer.example.com/.well-known/openid-credential-issuer/tenant".to_owned());
        assert_eq!(at("https://issuer.example.com/tenant"), expected);
        assert_eq!(at("https://issuer.example.com/tenant/"), expected);
        let bare = Some("https://tenant.issuer.example.com/.well-known/openid-credential-issuer".to_owned());
        assert_eq!(at("https://tenant.issuer.example.com"), bare);
        assert_eq!(at("https://tenant.issuer.example.com/"), bare);
        assert_eq!(at("http://issuer.example.com"), None);
    }

    #[test]
    fn foreign_text_is_shortened_at_a_character() {
        assert_eq!(shown(&"é".repeat(81)).chars().count(), 81);
        assert_eq!(shown("a\nb"), "a b");
    }
}
