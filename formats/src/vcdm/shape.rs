//! The shapes that the members of the data model share.

use iri_string::validate::iri;
use serde_json::{Map, Value};

use super::{CONTEXT, VcdmError};
use crate::{json, time::Timestamp};

type Object = Map<String, Value>;

/// What an object of a list must have beside its members' own rules.
pub(super) struct Rule {
    /// The member that holds the objects.
    pub(super) member: &'static str,
    /// The name of its `id` in errors.
    pub(super) id: &'static str,
    /// The name of its `type` in errors.
    pub(super) kind: &'static str,
    /// Whether `id` must be there.
    pub(super) id_required: bool,
}

impl Rule {
    /// One or more objects, each with a type, and with an `id` that is a URL where it has one.
    pub(super) fn check(&self, value: &Value) -> Result<(), VcdmError> {
        for entry in objects(value, self.member)? {
            types(entry, self.kind)?;
            if id(entry, self.id)?.is_none() && self.id_required {
                return Err(VcdmError::Missing { member: self.id, expected: "a URL" });
            }
        }
        Ok(())
    }
}

/// VCDM 4.3: an ordered set, the base context first, then URLs and objects.
pub(super) fn check_context(object: &Object) -> Result<(), VcdmError> {
    const EXPECTED: &str = "a list of contexts";
    let contexts = match required(object, "@context", EXPECTED)? {
        Value::Array(contexts) => contexts,
        other => return Err(kind("@context", EXPECTED, other)),
    };
    let (first, others) =
        contexts.split_first().ok_or(VcdmError::Empty { member: "@context", expected: EXPECTED })?;
    if first != CONTEXT {
        let got = first.as_str().map_or_else(|| json::kind(first).to_owned(), shown);
        return Err(VcdmError::Context { expected: CONTEXT, got });
    }
    others.iter().try_for_each(|context| match context {
        Value::String(text) => check_url("@context", text),
        Value::Object(_) => Ok(()),
        other => Err(kind("@context", "URLs and objects", other)),
    })
}

/// VCDM 4.5: one or more terms and URLs.
pub(super) fn types<'a>(object: &'a Object, member: &'static str) -> Result<Vec<&'a str>, VcdmError> {
    const EXPECTED: &str = "one or more names of types";
    let value =
        required(object, "type", EXPECTED).map_err(|_| VcdmError::Missing { member, expected: EXPECTED })?;
    let types = one_or_more(value, member, EXPECTED)?;
    let name = |value: &'a Value| match value.as_str() {
        Some("") => Err(VcdmError::Empty { member, expected: EXPECTED }),
        Some(name) => Ok(name),
        None => Err(kind(member, EXPECTED, value)),
    };
    types.iter().map(name).collect()
}

pub(super) fn check_type(types: &[&str], expected: &'static str) -> Result<(), VcdmError> {
    if types.contains(&expected) { Ok(()) } else { Err(VcdmError::Type { expected }) }
}

/// VCDM 4.4: a single URL, if present.
pub(super) fn id<'a>(object: &'a Object, member: &'static str) -> Result<Option<&'a str>, VcdmError> {
    object.get("id").map(|id| url(id, member)).transpose()
}

/// VCDM 4.7 and 4.13: a URL, or an object whose `id` is one.
pub(super) fn party<'a>(value: &'a Value, member: &'static str) -> Result<&'a str, VcdmError> {
    const EXPECTED: &str = "a URL, or an object with an id that is one";
    match value {
        Value::String(_) => url(value, member),
        Value::Object(object) => id(object, member)?.ok_or(VcdmError::Missing { member, expected: EXPECTED }),
        other => Err(kind(member, EXPECTED, other)),
    }
}

pub(super) fn url<'a>(value: &'a Value, member: &'static str) -> Result<&'a str, VcdmError> {
    let text = value.as_str().ok_or_else(|| kind(member, "a single URL", value))?;
    check_url(member, text).map(|()| text)
}

/// VCDM 4.9: `dateTimeStamp` of XSD, which has upper-case letters and no leap second.
pub(super) fn date(object: &Object, member: &'static str) -> Result<Option<Timestamp>, VcdmError> {
    let Some(value) = object.get(member) else { return Ok(None) };
    let text = value.as_str().ok_or_else(|| kind(member, "a date and time with a zone", value))?;
    let is_xsd =
        text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b':' | b'.' | b'T' | b'Z'))
            && text.get(17..19) != Some("60");
    let text = if is_xsd { text } else { "" };
    Timestamp::parse_rfc3339(text).map(Some).map_err(|source| VcdmError::Date { member, source })
}

/// VCDM 4.6 and 11.1: a text, or a language value; one or more of them.
pub(super) fn check_language(value: &Value, member: &'static str) -> Result<(), VcdmError> {
    const EXPECTED: &str = "a text or a language value";
    one_or_more(value, member, EXPECTED)?.iter().try_for_each(|value| match value {
        Value::String(_) => Ok(()),
        Value::Object(object) => {
            let is_known = |(name, value): (&String, &Value)| {
                matches!(name.as_str(), "@value" | "@language" | "@direction") && value.is_string()
            };
            let is_language = object.contains_key("@value") && object.iter().all(is_known);
            if is_language { Ok(()) } else { Err(VcdmError::Language { member }) }
        }
        other => Err(kind(member, EXPECTED, other)),
    })
}

/// One object, or a list of at least one.
pub(super) fn objects<'a>(value: &'a Value, member: &'static str) -> Result<Vec<&'a Object>, VcdmError> {
    const EXPECTED: &str = "one or more objects";
    let object = |value: &'a Value| value.as_object().ok_or_else(|| kind(member, EXPECTED, value));
    one_or_more(value, member, EXPECTED)?.iter().map(object).collect()
}

pub(super) fn required<'a>(
    object: &'a Object,
    member: &'static str,
    expected: &'static str,
) -> Result<&'a Value, VcdmError> {
    object.get(member).ok_or(VcdmError::Missing { member, expected })
}

pub(super) fn kind(member: &'static str, expected: &'static str, value: &Value) -> VcdmError {
    VcdmError::Kind { member, expected, got: json::kind(value) }
}

/// As much of a received text as an error repeats.
pub(super) fn shown(text: &str) -> String {
    const ENOUGH_TO_RECOGNISE: usize = 64;
    text.chars().take(ENOUGH_TO_RECOGNISE).collect()
}

fn one_or_more<'a>(
    value: &'a Value,
    member: &'static str,
    expected: &'static str,
) -> Result<&'a [Value], VcdmError> {
    match value {
        Value::Array(values) if values.is_empty() => Err(VcdmError::Empty { member, expected }),
        Value::Array(values) => Ok(values),
        single => Ok(std::slice::from_ref(single)),
    }
}

/// A URL as JSON-LD reads one: an IRI with its scheme (RFC 3987).
fn check_url(member: &'static str, text: &str) -> Result<(), VcdmError> {
    iri::<iri_string::spec::IriSpec>(text).map_err(|_| VcdmError::Url { member, got: shown(text) })
}
