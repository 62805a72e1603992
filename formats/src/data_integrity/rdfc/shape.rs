//! The part of JSON-LD that is accepted: what cannot be dropped, and cannot be written otherwise under the same
//! signature. A verifier reads the JSON, the signature covers the RDF; where the two could part, nothing is accepted.

use serde_json::{Map, Number, Value};

use super::error::{RdfcError, shown};
use crate::data_integrity::jcs;

/// A credential of ours makes 40 statements; each one costs a pass through the JSON-LD processor.
const MAX_STATEMENTS: usize = 2048;

/// Digits that JSON-LD's two ways to write a double (15 after the point, JSON-LD 1.1 API 8.6; the shortest) agree on.
const MAX_DIGITS: usize = 15;

/// How many statements the document makes, where it has the form that is accepted.
pub(super) fn statements(document: &Map<String, Value>) -> Result<usize, RdfcError> {
    let members = document.iter().filter(|(name, _)| *name != "@context");
    let count = members_of(members)?;
    if count > MAX_STATEMENTS {
        return Err(RdfcError::TooMany { what: "statements", got: count, limit: MAX_STATEMENTS });
    }
    Ok(count)
}

fn members_of<'v>(members: impl Iterator<Item = (&'v String, &'v Value)>) -> Result<usize, RdfcError> {
    let mut count = 0;
    for (name, value) in members {
        check_name(name)?;
        count += match value {
            Value::String(id) if name == "id" => check_id(id)?,
            _ if name == "id" => return Err(form(name, "something else than a string")),
            Value::Array(values) if values.is_empty() => return Err(form(name, "an empty list")),
            Value::Array(values) => values.iter().map(|value| one(name, value)).sum::<Result<usize, _>>()?,
            value => one(name, value)?,
        };
    }
    Ok(count)
}

/// The statement that one value makes, and those about it.
fn one(name: &str, value: &Value) -> Result<usize, RdfcError> {
    match value {
        Value::String(text) => check_text(name, text),
        Value::Bool(_) => Ok(1),
        Value::Number(number) => check_number(name, number),
        Value::Object(members) if is_text_in_a_language(members) => Ok(1),
        Value::Object(members) if members.is_empty() => Err(form(name, "an empty object")),
        Value::Object(members) => Ok(1 + members_of(members.iter())?),
        Value::Null => Err(form(name, "null")),
        Value::Array(_) => Err(form(name, "a list in a list")),
    }
}

/// A keyword and its alias, a term and its IRI say the same: whoever renames one hides it from readers of the JSON,
/// and no signature tells.
fn check_name(name: &str) -> Result<(), RdfcError> {
    match name {
        "" => Err(form(name, "no name")),
        _ if name.starts_with('@') => Err(form(name, "the name of a keyword")),
        _ if name.contains(':') => Err(form(name, "an IRI as its name")),
        _ => Ok(()),
    }
}

/// An `id` states nothing by itself.
fn check_id(id: &str) -> Result<usize, RdfcError> {
    check_text("id", id).map(|_| 0)
}

/// With labels, the description of one node could be torn apart.
fn check_text(name: &str, text: &str) -> Result<usize, RdfcError> {
    if text.starts_with("_:") { Err(form(name, "the label of a blank node")) } else { Ok(1) }
}

/// VCDM 2.0, 11.1: `name` and `description` may say their language.
fn is_text_in_a_language(members: &Map<String, Value>) -> bool {
    let text = |member| members.get(member).is_some_and(Value::is_string);
    members.len() == 2 && text("@value") && text("@language")
}

fn check_number(name: &str, number: &Number) -> Result<usize, RdfcError> {
    let text = number.to_string();
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let exact = number.is_i64() || number.is_u64() || digits <= MAX_DIGITS;
    let negative_zero = number.as_f64().is_some_and(|it| it == 0.0 && it.is_sign_negative());
    if !exact || negative_zero || jcs::check_number(number).is_err() {
        return Err(form(name, "a number that is not written in one way alone"));
    }
    Ok(1)
}

fn form(member: &str, got: &'static str) -> RdfcError {
    RdfcError::Form { member: shown(member), got }
}
