//! The subject of a status list credential: bits, and what they are about (section 2.2).

use serde_json::{Map, Value, json};

use super::encoded_list::Bitstring;
use super::entry::{StatusMessage, messages_to_json, own_messages, read_messages};
use super::{BitstringError, StatusPurpose, StatusSize, needs, object, strings};
use crate::status::StatusList;

/// `BitstringStatusList`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitstringStatusList {
    /// `statusPurpose`, one or more.
    pub purposes: Vec<StatusPurpose>,
    /// `statusSize`, which must be there for the purpose `message`.
    pub size: Option<StatusSize>,
    /// `statusMessages`, which must be there for the purpose `message`.
    pub messages: Vec<StatusMessage>,
    /// `ttl`: milliseconds after which a copy should be fetched again.
    pub ttl_milliseconds: Option<u64>,
    /// `encodedList`.
    pub bitstring: Bitstring,
}

impl BitstringStatusList {
    /// A list of one purpose, from the statuses of a Token Status List.
    ///
    /// # Errors
    /// As [`Bitstring::from_list`].
    pub fn from_list(list: &StatusList, purpose: StatusPurpose) -> Result<Self, BitstringError> {
        let (bitstring, size) = Bitstring::from_list(list, &purpose)?;
        let message = purpose == StatusPurpose::Message;
        Ok(Self {
            size: message.then_some(size),
            messages: if message { own_messages() } else { Vec::new() },
            purposes: vec![purpose],
            ttl_milliseconds: None,
            bitstring,
        })
    }

    pub(super) fn to_json(&self, id: Option<&str>) -> Value {
        let purposes = match self.purposes.as_slice() {
            [purpose] => json!(purpose.to_string()),
            purposes => purposes.iter().map(StatusPurpose::to_string).collect(),
        };
        object([
            ("id", id.map(|id| json!(format!("{id}#list")))),
            ("type", Some(json!("BitstringStatusList"))),
            ("statusPurpose", Some(purposes)),
            ("statusSize", self.size.map(|size| json!(size.bits()))),
            ("statusMessages", (!self.messages.is_empty()).then(|| messages_to_json(&self.messages))),
            ("ttl", self.ttl_milliseconds.map(|ttl| json!(ttl))),
            ("encodedList", Some(json!(self.bitstring.encode()))),
        ])
    }

    pub(super) fn from_json(subject: &Map<String, Value>) -> Result<Self, BitstringError> {
        let types = subject.get("type").and_then(strings).unwrap_or_default();
        if !types.contains(&"BitstringStatusList") {
            return Err(needs("credentialSubject.type", "which is BitstringStatusList"));
        }
        let purposes = subject.get("statusPurpose").and_then(strings);
        let purposes: Vec<_> = purposes
            .ok_or(needs("statusPurpose", "one or more strings"))?
            .into_iter()
            .map(StatusPurpose::from)
            .collect();
        let size = StatusSize::read(subject)?;
        // Section 2.2: the purpose `message` demands `statusSize`, and messages even for one bit.
        if purposes.contains(&StatusPurpose::Message) {
            if size.is_none() {
                return Err(needs("statusSize", "because the purpose is `message`"));
            }
            if !subject.contains_key("statusMessages") {
                return Err(needs("statusMessages", "because the purpose is `message`"));
            }
        }
        let ttl_milliseconds = match subject.get("ttl") {
            None => None,
            Some(ttl) => Some(ttl.as_u64().ok_or(needs("ttl", "a number of milliseconds"))?),
        };
        let encoded_list = subject.get("encodedList").and_then(Value::as_str);
        Ok(Self {
            messages: read_messages(subject, "statusMessages", size.unwrap_or(StatusSize::One))?,
            purposes,
            size,
            ttl_milliseconds,
            bitstring: Bitstring::decode(encoded_list.ok_or(needs("encodedList", "the encoded bits"))?)?,
        })
    }
}
