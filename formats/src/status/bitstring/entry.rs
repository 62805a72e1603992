//! `credentialStatus` of a credential (section 2.1).

use serde_json::{Map, Value, json};

use super::{BitstringError, StatusPurpose, StatusSize, needs, object};
use crate::status::reference::is_uri;

/// What one value of an entry means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusMessage {
    /// The value.
    pub status: u8,
    /// For developers, not for display.
    pub message: String,
}

/// How a credential points at its entry in a Bitstring Status List.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitstringStatusListEntry {
    /// `statusPurpose`.
    pub purpose: StatusPurpose,
    /// `statusListIndex`.
    pub index: u64,
    /// `statusListCredential`.
    pub list: String,
    /// `statusSize`.
    pub size: StatusSize,
    /// `statusMessage`: empty, or one for each value.
    pub messages: Vec<StatusMessage>,
}

impl BitstringStatusListEntry {
    /// The entry of our own lists, two bits wide: valid, revoked, suspended.
    #[must_use]
    pub fn two_bits(list: &str, index: u64) -> Self {
        Self {
            purpose: StatusPurpose::Message,
            index,
            list: list.to_owned(),
            size: StatusSize::Two,
            messages: own_messages(),
        }
    }

    /// The value of `credentialStatus`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        object([
            ("type", Some(json!("BitstringStatusListEntry"))),
            ("statusPurpose", Some(json!(self.purpose.to_string()))),
            ("statusListIndex", Some(json!(self.index.to_string()))),
            ("statusListCredential", Some(json!(self.list))),
            ("statusSize", (self.size != StatusSize::One).then(|| json!(self.size.bits()))),
            ("statusMessage", (!self.messages.is_empty()).then(|| messages_to_json(&self.messages))),
        ])
    }

    /// Reads one object of `credentialStatus`.
    ///
    /// # Errors
    /// [`BitstringError`].
    pub fn from_json(entry: &Map<String, Value>) -> Result<Self, BitstringError> {
        let text =
            |member, expected| entry.get(member).and_then(Value::as_str).ok_or(needs(member, expected));
        if text("type", "`BitstringStatusListEntry`")? != "BitstringStatusListEntry" {
            return Err(needs("type", "`BitstringStatusListEntry`"));
        }
        let index = text("statusListIndex", "a whole number in base 10, as a string")?;
        let list = text("statusListCredential", "a URL")?;
        // Section 2.1: absent, `statusSize` is 1.
        let size = StatusSize::read(entry)?.unwrap_or(StatusSize::One);
        Ok(Self {
            purpose: StatusPurpose::from(text("statusPurpose", "a string")?),
            index: decimal(index)
                .ok_or(needs("statusListIndex", "a whole number in base 10, as a string"))?,
            list: Some(list)
                .filter(|list| is_uri(list))
                .ok_or(needs("statusListCredential", "a URL"))?
                .to_owned(),
            size,
            messages: read_messages(entry, "statusMessage", size)?,
        })
    }
}

/// The messages of our own lists. The fourth value is not used.
pub(super) fn own_messages() -> Vec<StatusMessage> {
    ["valid", "revoked", "suspended", "undefined"]
        .into_iter()
        .zip(0..)
        .map(|(message, status)| StatusMessage { status, message: message.to_owned() })
        .collect()
}

pub(super) fn messages_to_json(messages: &[StatusMessage]) -> Value {
    messages.iter().map(|m| json!({ "status": format!("{:#x}", m.status), "message": m.message })).collect()
}

/// Reads one message for each value; none at all will do where an entry has one bit (section 2.1).
pub(super) fn read_messages(
    object: &Map<String, Value>,
    member: &'static str,
    size: StatusSize,
) -> Result<Vec<StatusMessage>, BitstringError> {
    let Some(value) = object.get(member) else {
        return match size {
            StatusSize::One => Ok(Vec::new()),
            StatusSize::Two => Err(BitstringError::Messages { expected: size.values(), got: 0 }),
        };
    };
    let items = value.as_array().ok_or(needs(member, "an array of messages"))?;
    if items.len() != size.values() {
        return Err(BitstringError::Messages { expected: size.values(), got: items.len() });
    }
    let messages: Vec<_> = items
        .iter()
        .map(read_message)
        .collect::<Option<_>>()
        .ok_or(needs(member, "objects with `status` (0x…) and `message`"))?;
    let mut values: Vec<u8> = messages.iter().map(|m: &StatusMessage| m.status).collect();
    values.sort_unstable();
    if values.into_iter().map(usize::from).eq(0..size.values()) {
        Ok(messages)
    } else {
        Err(needs(member, "one message for each value"))
    }
}

fn read_message(item: &Value) -> Option<StatusMessage> {
    let digits = item.get("status")?.as_str()?.strip_prefix("0x")?;
    let hexadecimal = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let status = u8::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)?;
    Some(StatusMessage { status, message: item.get("message")?.as_str()?.to_owned() })
}

/// Digits only: `u64::from_str` would also take a sign.
fn decimal(text: &str) -> Option<u64> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "https://example.com/credentials/status/8";

    fn read(value: &Value) -> Result<BitstringStatusListEntry, BitstringError> {
        BitstringStatusListEntry::from_json(value.as_object().unwrap())
    }

    fn refused_member(member: &str, value: Value) -> BitstringError {
        let mut entry = BitstringStatusListEntry::two_bits(LIST, 7).to_json();
        entry[member] = value;
        read(&entry).unwrap_err()
    }

    #[test]
    fn reads_what_it_writes_and_the_simple_form() {
        let entry = BitstringStatusListEntry::two_bits(LIST, 492_847);
        assert_eq!(read(&entry.to_json()), Ok(entry.clone()));
        let simple = json!({
            "id": "https://example.com/credentials/status/3#94567",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "94567",
            "statusListCredential": LIST,
        });
        let expected = BitstringStatusListEntry {
            purpose: StatusPurpose::Revocation,
            index: 94_567,
            size: StatusSize::One,
            messages: Vec::new(),
            ..entry
        };
        assert_eq!(read(&simple), Ok(expected.clone()));
        assert_eq!(read(&expected.to_json()), Ok(expected));
    }

    #[test]
    fn refuses_malformed_members() {
        for (member, bad) in [
            ("type", json!("StatusList2021Entry")),
            ("type", json!(1)),
            ("statusPurpose", json!(["revocation"])),
            ("statusListIndex", json!(7)),
            ("statusListIndex", json!("-7")),
            ("statusListIndex", json!("+7")),
            ("statusListIndex", json!("0x7")),
            ("statusListIndex", json!("")),
            ("statusListIndex", json!("18446744073709551616")),
            ("statusListCredential", json!("status/3")),
            ("statusListCredential", Value::Null),
            ("statusMessage", json!("valid")),
            ("statusMessage", json!([1, 2, 3, 4])),
        ] {
            let error = refused_member(member, bad.clone());
            assert!(
                matches!(error, BitstringError::Member { member: m, .. } if m == member),
                "{bad}: {error}"
            );
        }
        for bad in [json!(0), json!(3), json!("2"), json!(-1), json!(1.5)] {
            let error = BitstringError::StatusSize { got: bad.to_string() };
            assert_eq!(refused_member("statusSize", bad), error);
        }
    }

    #[test]
    fn demands_one_message_for_each_value() {
        let messages = |values: &[&str]| -> Value {
            values.iter().map(|v| json!({ "status": v, "message": "m" })).collect()
        };
        let count = |got| BitstringError::Messages { expected: 4, got };
        assert_eq!(refused_member("statusMessage", messages(&["0x0", "0x1", "0x2"])), count(3));
        for bad in [["0x0", "0x1", "0x2", "0x2"], ["0x0", "0x1", "0x2", "0x4"], ["0", "0x1", "0x2", "0x3"]] {
            assert!(matches!(refused_member("statusMessage", messages(&bad)), BitstringError::Member { .. }));
        }
        let mut entry = BitstringStatusListEntry::two_bits(LIST, 7).to_json();
        entry.as_object_mut().unwrap().remove("statusMessage");
        assert_eq!(read(&entry), Err(count(0)));
    }
}
