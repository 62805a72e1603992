//! Rows of JSON Lines: one object a line, strict (RFC 8259, no member twice). Its members have the names of CSV's columns.

use hati_formats::json::{self, JsonError};
use serde_json::{Map, Value};

use super::{COLUMNS, FileFormat, Picture, Unreadable};
use crate::register::record::{FieldError, shown};

/// The member of a portrait that is in the row itself.
const BASE64: &str = "base64";

/// One object, or why the line is none, and the members it may have.
pub(in crate::register) struct Object {
    members: Result<Map<String, Value>, JsonError>,
    known: &'static [&'static str],
}

impl Object {
    pub(in crate::register) fn new(members: Map<String, Value>, known: &'static [&'static str]) -> Self {
        Self { members: Ok(members), known }
    }

    pub(super) fn read(line: &[u8]) -> Self {
        // A line is no longer than a row may be already.
        let longest = usize::try_from(FileFormat::JsonLines.max_row_bytes()).unwrap_or(usize::MAX);
        Self { members: json::parse_object_within(line, longest), known: &COLUMNS }
    }

    pub(super) fn damage(&self) -> Option<FieldError> {
        let refused = |expected: &str, got: String, advice| FieldError {
            field: "row",
            expected: expected.to_owned(),
            got,
            advice,
        };
        match &self.members {
            Err(error) => Some(refused(
                "one JSON object in UTF-8, no member twice",
                shown(&error.to_string()),
                "Write each person as an object on a line of its own.",
            )),
            Ok(members) => {
                let unknown = members.keys().find(|name| !self.known.contains(&name.as_str()))?;
                let expected = format!("no members but {}", self.known.join(", "));
                Some(refused(&expected, shown(unknown), "Take the member out, or correct its name."))
            }
        }
    }

    /// Whether the member is there; null is.
    pub(super) fn has(&self, member: &str) -> bool {
        self.members.as_ref().is_ok_and(|members| members.contains_key(member))
    }

    /// The text of a member, empty if it is null or not there.
    pub(super) fn text(&self, member: &str) -> Result<&str, Unreadable> {
        match self.member(member) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(other) => {
                Err(Unreadable { expected: "a string", got: json::kind(other), advice: "Put it in quotes." })
            }
        }
    }

    /// The texts of an array, none if it is null or not there.
    pub(super) fn list(&self, member: &str) -> Result<Vec<&str>, Unreadable> {
        let wrong =
            |got| Unreadable { expected: "an array of strings", got, advice: "Write it as in [\"KE\"]." };
        match self.member(member) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => {
                values.iter().map(|value| value.as_str().ok_or_else(|| wrong(json::kind(value)))).collect()
            }
            Some(other) => Err(wrong(json::kind(other))),
        }
    }

    /// A string is the path of a picture; `{"base64": …}` is the picture.
    pub(super) fn picture(&self) -> Result<Option<Picture<'_>>, Unreadable> {
        let wrong = |got| Unreadable {
            expected: "a path, or an object with the member base64",
            got,
            advice: "Write it as in {\"base64\": \"/9j/4A…\"}, or leave it out.",
        };
        match self.member("portrait") {
            Some(Value::Object(members)) if members.len() == 1 => match members.get(BASE64) {
                Some(Value::String(text)) => Ok(Some(Picture::Base64(text))),
                Some(other) => Err(wrong(json::kind(other))),
                None => Err(wrong("another member")),
            },
            Some(Value::Object(_)) => Err(wrong("an object of other members")),
            None => Ok(None),
            Some(Value::String(path)) => Ok(Picture::at(path)),
            Some(other) => Err(wrong(json::kind(other))),
        }
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.members.as_ref().ok()?.get(name).filter(|value| !value.is_null())
    }
}
