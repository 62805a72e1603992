//! How a credential points at its entry in a Token Status List.

use serde_json::{Map, Value, json};

/// The `status` claim of a Referenced Token (draft-ietf-oauth-status-list-21 section 6.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusReference {
    /// `idx`: the entry that speaks of this credential.
    pub index: u64,
    /// `uri`: the Status List Token that holds the entry, and the `sub` it must carry.
    pub uri: String,
}

/// Why a `status` claim is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// `status` names no Token Status List.
    #[error("the credential's `status` holds no `status_list`; its status cannot be known")]
    NoStatusList,
    /// A member is absent or of the wrong type.
    #[error("the credential's `status_list` needs `{member}`, {expected}")]
    Member {
        /// `idx` or `uri`.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

impl StatusReference {
    /// The value of the `status` claim.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "status_list": { "idx": self.index, "uri": self.uri } })
    }

    /// Reads the value of a `status` claim; other status mechanisms beside `status_list` are left alone.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn from_json(status: &Map<String, Value>) -> Result<Self, ReferenceError> {
        let reference =
            status.get("status_list").and_then(Value::as_object).ok_or(ReferenceError::NoStatusList)?;
        let member = |member, expected| ReferenceError::Member { member, expected };
        let index = reference
            .get("idx")
            .and_then(Value::as_u64)
            .ok_or(member("idx", "an integer that is not negative"))?;
        let uri = reference
            .get("uri")
            .and_then(Value::as_str)
            .filter(|uri| is_uri(uri))
            .ok_or(member("uri", "an absolute URI"))?;
        Ok(Self { index, uri: uri.to_owned() })
    }
}

/// Whether the text has a scheme and no characters RFC 3986 forbids. The text is compared with `sub` and
/// looked up in a bundle, never taken apart, so no more of its grammar matters.
pub(super) fn is_uri(text: &str) -> bool {
    let scheme = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    text.split_once(':').is_some_and(|(s, rest)| scheme(s) && !rest.is_empty())
        && text.bytes().all(|b| {
            b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{'..=b'}')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<StatusReference, ReferenceError> {
        StatusReference::from_json(value.as_object().unwrap())
    }

    #[test]
    fn reads_what_it_writes() {
        let reference = StatusReference { index: 412, uri: "https://example.com/statuslists/1".to_owned() };
        assert_eq!(read(reference.to_json()), Ok(reference));
    }

    #[test]
    fn refuses_what_names_no_entry() {
        assert_eq!(read(json!({})), Err(ReferenceError::NoStatusList));
        assert_eq!(read(json!({"status_list": 3})), Err(ReferenceError::NoStatusList));
        for idx in [json!(-1), json!(1.5), json!("1"), Value::Null] {
            let error = read(json!({"status_list": {"idx": idx, "uri": "https://example.com"}}));
            assert!(matches!(error, Err(ReferenceError::Member { member: "idx", .. })), "{error:?}");
        }
        for uri in
            [json!("lists/1"), json!(""), json!("https:"), json!("https://a b"), json!("1:a"), json!(1)]
        {
            let error = read(json!({"status_list": {"idx": 0, "uri": uri}}));
            assert!(matches!(error, Err(ReferenceError::Member { member: "uri", .. })), "{error:?}");
        }
    }
}
