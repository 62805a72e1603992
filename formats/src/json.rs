//! Strict JSON (RFC 8259): duplicate members refused, size and depth bounded, member order kept.
//!
//! RFC 7515 section 4 and RFC 8725 section 3.2 leave duplicate members to the parser; two parsers that
//! choose differently see two credentials in one signed text, so here they are an error.

use core::fmt::{self, Display, Write};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// No credential, token or list of ours comes near 1 MiB; a status list of 2^20 entries is 350 kB of text.
pub const MAX_BYTES: usize = 1 << 20;

/// Our deepest document (a DID document in a credential) nests 8 deep; 32 leaves room for others.
pub const MAX_DEPTH: usize = 32;

/// Why a text is not strict JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Longer than [`MAX_BYTES`], or than the caller allows.
    #[error("the JSON text has {got} bytes; at most {limit} are read")]
    TooLong {
        /// Bytes in the text.
        got: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Not JSON, nested deeper than [`MAX_DEPTH`], or with a member twice; `reason` names line and column.
    #[error("not valid JSON: {reason}")]
    Invalid {
        /// What was met, and where.
        reason: String,
    },
    /// Valid JSON, but not an object.
    #[error("expected a JSON object, got {got}")]
    NotAnObject {
        /// The kind of value that came.
        got: &'static str,
    },
}

/// Reads one JSON value.
///
/// # Errors
/// [`JsonError`].
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    parse_within(text, MAX_BYTES)
}

fn parse_within(text: &[u8], limit: usize) -> Result<Value, JsonError> {
    if text.len() > limit {
        return Err(JsonError::TooLong { got: text.len(), limit });
    }
    let invalid = |e: serde_json::Error| JsonError::Invalid { reason: e.to_string() };
    let text = core::str::from_utf8(text).map_err(|e| JsonError::Invalid { reason: e.to_string() })?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: MAX_DEPTH }.deserialize(&mut deserializer).map_err(invalid)?;
    deserializer.end().map_err(invalid)?;
    Ok(value)
}

/// Reads one JSON object.
///
/// # Errors
/// [`JsonError`].
pub fn parse_object(text: &[u8]) -> Result<Map<String, Value>, JsonError> {
    parse_object_within(text, MAX_BYTES)
}

/// Reads one JSON object of at most `limit` bytes, where [`MAX_BYTES`] is not the bound: a file may hold pictures.
///
/// # Errors
/// [`JsonError`].
pub fn parse_object_within(text: &[u8], limit: usize) -> Result<Map<String, Value>, JsonError> {
    match parse_within(text, limit)? {
        Value::Object(map) => Ok(map),
        other => Err(JsonError::NotAnObject { got: kind(&other) }),
    }
}

/// The kind of a value, in words, for error texts.
#[must_use]
pub const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Appends `text` as the inside of a JSON string, escaped as serde_json does.
pub fn push_escaped(text: &str, out: &mut String) {
    // Without an early end, so that many bytes are looked at in one instruction.
    let special = text.bytes().fold(false, |found, b| found | (b < 0x20) | (b == b'"') | (b == b'\\'));
    if !special {
        out.push_str(text);
    } else {
        let quoted = Value::from(text).to_string();
        out.push_str(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default());
    }
}

/// Appends a number or a date, whose text needs no quotes or escapes.
pub(crate) fn push_display(value: impl Display, out: &mut String) {
    // Writing into a String cannot fail.
    let written = write!(out, "{value}").is_ok();
    debug_assert!(written, "writing into memory does not fail");
}

/// Builds a `Value` as serde_json does, but counts depth and refuses a member that is already there.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let depth =
            self.depth.checked_sub(1).ok_or_else(|| E::custom(format!("nested deeper than {MAX_DEPTH}")))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }

    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Value, E> {
        Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        // Room for most objects of ours, so that few have to grow.
        let mut members = Map::with_capacity(7);
        while let Some(name) = access.next_key::<String>()? {
            match members.entry(name) {
                Entry::Vacant(member) => member.insert(access.next_value_seed(inner)?),
                Entry::Occupied(twice) => {
                    return Err(de::Error::custom(format!("member `{}` appears twice", twice.key())));
                }
            };
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn refuses_a_member_that_appears_twice_at_any_depth() {
        assert!(reason(r#"{"a":1,"a":1}"#).contains("`a` appears twice"));
        assert!(reason(r#"{"x":[{"a":1,"\u0061":2}]}"#).contains("`a` appears twice"));
    }

    #[test]
    fn refuses_depth_length_and_tails() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(deep(MAX_DEPTH).as_bytes()).is_ok());
        assert!(reason(&deep(MAX_DEPTH + 1)).contains("nested deeper than 32"));
        assert!(matches!(parse(&vec![b' '; MAX_BYTES + 1]), Err(JsonError::TooLong { .. })));
        for bad in ["", "{} {}", "{\"a\":1,}", "nul", "\"\u{1}\"", "1e999", "\u{feff}{}"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert_eq!(parse_object(b"[]"), Err(JsonError::NotAnObject { got: "an array" }));
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn agrees_with_serde_json_on_what_it_accepts(text in r#"[\[\]{}":,a-c0-9 .eE+-]{0,24}"#) {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
