//! The credential that carries a bitstring (section 2.2), and the look-up in it (section 3.2).

use serde_json::{Map, Value, json};

use super::entry::BitstringStatusListEntry;
use super::subject::BitstringStatusList;
use super::{BitstringError, StatusPurpose, StatusSize, needs, object, strings};
use crate::status::Status;
use crate::time::Timestamp;

/// The context every VCDM 2.0 credential names first; it defines the terms used here.
const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";

/// A Bitstring Status List Credential, without its proof.
///
/// To publish one: fill it from [`BitstringStatusList::from_list`], then secure what
/// [`to_json`](Self::to_json) gives as any credential. To read one: verify the credential's proof and trust
/// its issuer first, then [`from_json`](Self::from_json) and [`check`](Self::check).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitstringStatusListCredential {
    /// `id`: what `statusListCredential` of the entries names.
    pub id: Option<String>,
    /// `issuer`, its identifier where it is an object.
    pub issuer: String,
    /// `validFrom`.
    pub valid_from: Option<Timestamp>,
    /// `validUntil`.
    pub valid_until: Option<Timestamp>,
    /// `credentialSubject`.
    pub subject: BitstringStatusList,
}

/// What a list says about one credential (section 3.2 steps 11 to 14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The value in the bitstring.
    pub value: u8,
    /// What it is about.
    pub purpose: StatusPurpose,
    /// The message announced for the value, where the purpose is `message`.
    pub message: Option<String>,
}

impl Outcome {
    /// `valid` of section 3.2 step 13.
    #[must_use]
    pub const fn valid(&self) -> bool {
        self.value == 0
    }

    /// The same as a status of the Token Status List. A message has the value our own lists give it; a
    /// refresh leaves the credential valid (section 2.1).
    #[must_use]
    pub fn status(&self) -> Status {
        match (&self.purpose, self.value) {
            (_, 0) | (StatusPurpose::Refresh, _) => Status::Valid,
            (StatusPurpose::Revocation, _) => Status::Invalid,
            (StatusPurpose::Suspension, _) => Status::Suspended,
            (StatusPurpose::Message | StatusPurpose::Other(_), value) => Status::from(value),
        }
    }
}

impl BitstringStatusListCredential {
    /// The VCDM 2.0 credential to be secured.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let time = |time: Timestamp| json!(time.to_string());
        object([
            ("@context", Some(json!([CONTEXT]))),
            ("id", self.id.as_ref().map(|id| json!(id))),
            ("type", Some(json!(["VerifiableCredential", "BitstringStatusListCredential"]))),
            ("issuer", Some(json!(self.issuer))),
            ("validFrom", self.valid_from.map(time)),
            ("validUntil", self.valid_until.map(time)),
            ("credentialSubject", Some(self.subject.to_json(self.id.as_deref()))),
        ])
    }

    /// Reads a credential whose proof has been verified.
    ///
    /// # Errors
    /// [`BitstringError`].
    pub fn from_json(credential: &Map<String, Value>) -> Result<Self, BitstringError> {
        let types = credential.get("type").and_then(strings).unwrap_or_default();
        if !types.contains(&"BitstringStatusListCredential") {
            return Err(needs("type", "which names BitstringStatusListCredential"));
        }
        let id = match credential.get("id") {
            None => None,
            Some(id) => Some(id.as_str().ok_or(needs("id", "a URL"))?.to_owned()),
        };
        let issuer = credential.get("issuer").and_then(|i| i.as_str().or_else(|| i.get("id")?.as_str()));
        let subject = credential.get("credentialSubject").and_then(Value::as_object);
        Ok(Self {
            id,
            issuer: issuer.ok_or(needs("issuer", "a URL, or an object with its `id`"))?.to_owned(),
            valid_from: time(credential, "validFrom")?,
            valid_until: time(credential, "validUntil")?,
            subject: BitstringStatusList::from_json(
                subject.ok_or(needs("credentialSubject", "one object"))?,
            )?,
        })
    }

    /// The outcome for a credential with this entry (section 3.2 steps 5 to 14).
    ///
    /// # Errors
    /// [`BitstringError`]: the list belongs to another entry or is outside its time, the index is outside
    /// the list.
    pub fn check(&self, entry: &BitstringStatusListEntry, now: Timestamp) -> Result<Outcome, BitstringError> {
        self.check_time(now)?;
        self.check_belongs(entry)?;
        let value = self.subject.bitstring.get(entry.index, entry.size)?;
        let announced = self.subject.messages.iter().find(|m| m.status == value);
        let message = announced.filter(|_| entry.purpose == StatusPurpose::Message);
        Ok(Outcome { value, purpose: entry.purpose.clone(), message: message.map(|m| m.message.clone()) })
    }

    fn check_time(&self, now: Timestamp) -> Result<(), BitstringError> {
        match (self.valid_from, self.valid_until) {
            (Some(valid_from), _) if now < valid_from => Err(BitstringError::NotYetValid { valid_from, now }),
            (_, Some(valid_until)) if now > valid_until => Err(BitstringError::Expired { valid_until, now }),
            _ => Ok(()),
        }
    }

    fn check_belongs(&self, entry: &BitstringStatusListEntry) -> Result<(), BitstringError> {
        let purposes = &self.subject.purposes;
        if let Some(got) = self.id.as_ref().filter(|id| **id != entry.list) {
            return Err(BitstringError::OtherList { expected: entry.list.clone(), got: got.clone() });
        }
        // Section 3.2 step 5.
        if !purposes.contains(&entry.purpose) {
            let got = purposes.iter().map(StatusPurpose::to_string).collect::<Vec<_>>().join(", ");
            return Err(BitstringError::Purpose { expected: entry.purpose.clone(), got });
        }
        match self.subject.size.map(StatusSize::bits) {
            Some(got) if got != entry.size.bits() => {
                Err(BitstringError::OtherSize { expected: entry.size.bits(), got })
            }
            _ => Ok(()),
        }
    }
}

fn time(credential: &Map<String, Value>, member: &'static str) -> Result<Option<Timestamp>, BitstringError> {
    let Some(value) = credential.get(member) else { return Ok(None) };
    let time = value.as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok());
    time.map(Some).ok_or(needs(member, "a date and time with its offset"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::bitstring::MIN_ENTRIES;
    use crate::status::{Bits, IndexOutOfRange, StatusList};

    const ID: &str = "https://example.com/credentials/status/3";
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn credential(purpose: StatusPurpose) -> BitstringStatusListCredential {
        let mut list = StatusList::new(Bits::Two, 1_000).unwrap();
        list.set(7, Status::Invalid).unwrap();
        list.set(8, Status::Suspended).unwrap();
        BitstringStatusListCredential {
            id: Some(ID.to_owned()),
            issuer: "did:web:id.example".to_owned(),
            valid_from: Some(NOW),
            valid_until: Some(NOW.plus_seconds(3_600)),
            subject: BitstringStatusList::from_list(&list, purpose).unwrap(),
        }
    }

    fn entry(purpose: StatusPurpose, index: u64) -> BitstringStatusListEntry {
        match purpose {
            StatusPurpose::Message => BitstringStatusListEntry::two_bits(ID, index),
            purpose => BitstringStatusListEntry {
                purpose,
                size: StatusSize::One,
                messages: Vec::new(),
                ..BitstringStatusListEntry::two_bits(ID, index)
            },
        }
    }

    fn read(value: &Value) -> Result<BitstringStatusListCredential, BitstringError> {
        BitstringStatusListCredential::from_json(value.as_object().unwrap())
    }

    #[test]
    fn tells_the_status_by_purpose() {
        use StatusPurpose::{Message, Revocation, Suspension};
        for (purpose, statuses) in [
            (Message, [Status::Valid, Status::Invalid, Status::Suspended]),
            (Revocation, [Status::Valid, Status::Invalid, Status::Valid]),
            (Suspension, [Status::Valid, Status::Valid, Status::Suspended]),
        ] {
            let credential = read(&credential(purpose.clone()).to_json()).unwrap();
            for (index, status) in (6..).zip(statuses) {
                let outcome = credential.check(&entry(purpose.clone(), index), NOW).unwrap();
                assert_eq!(outcome.status(), status, "{purpose} {index}");
                assert_eq!(outcome.valid(), status == Status::Valid);
            }
        }
        let outcome = credential(Message).check(&entry(Message, 7), NOW).unwrap();
        assert_eq!(outcome.message.as_deref(), Some("revoked"));
        let refresh = Outcome { value: 1, purpose: StatusPurpose::Refresh, message: None };
        assert_eq!(refresh.status(), Status::Valid);
    }

    #[test]
    fn refuses_a_list_of_something_else() {
        let list = credential(StatusPurpose::Revocation);
        let suspension = list.check(&entry(StatusPurpose::Suspension, 7), NOW);
        let expected = StatusPurpose::Suspension;
        assert_eq!(suspension, Err(BitstringError::Purpose { expected, got: "revocation".to_owned() }));
        let other =
            BitstringStatusListEntry { list: format!("{ID}0"), ..entry(StatusPurpose::Revocation, 7) };
        assert!(matches!(list.check(&other, NOW), Err(BitstringError::OtherList { .. })));
        let narrow = BitstringStatusListEntry { size: StatusSize::One, ..entry(StatusPurpose::Message, 7) };
        let error = credential(StatusPurpose::Message).check(&narrow, NOW);
        assert_eq!(error, Err(BitstringError::OtherSize { expected: 1, got: 2 }));
    }

    #[test]
    fn refuses_outside_time_and_range() {
        let list = credential(StatusPurpose::Revocation);
        let entry = |index| entry(StatusPurpose::Revocation, index);
        let (valid_from, valid_until) = (NOW, NOW.plus_seconds(3_600));
        assert!(list.check(&entry(7), valid_until).is_ok());
        let now = valid_from.plus_seconds(-1);
        assert_eq!(list.check(&entry(7), now), Err(BitstringError::NotYetValid { valid_from, now }));
        let now = valid_until.plus_seconds(1);
        assert_eq!(list.check(&entry(7), now), Err(BitstringError::Expired { valid_until, now }));
        let range = IndexOutOfRange { index: MIN_ENTRIES, size: MIN_ENTRIES };
        assert_eq!(list.check(&entry(MIN_ENTRIES), NOW), Err(range.into()));
    }

    #[test]
    fn round_trips_and_reads_issuer_objects() {
        let mut list = credential(StatusPurpose::Message);
        list.subject.ttl_milliseconds = Some(300_000);
        let mut json = list.to_json();
        assert_eq!(read(&json), Ok(list.clone()));
        json["issuer"] = json!({"id": "did:web:id.example", "name": "Registrar"});
        assert_eq!(read(&json), Ok(list));
    }

    #[test]
    fn refuses_malformed_members() {
        let refused = |path: &str, value: Value| {
            let mut json = credential(StatusPurpose::Message).to_json();
            *json.pointer_mut(path).unwrap() = value;
            read(&json).unwrap_err()
        };
        for (path, bad, named) in [
            ("/type", json!(["VerifiableCredential"]), "type"),
            ("/id", json!(7), "id"),
            ("/issuer", json!({}), "issuer"),
            ("/validFrom", json!("2026-01-01"), "validFrom"),
            ("/validUntil", json!(7), "validUntil"),
            ("/credentialSubject", json!([]), "credentialSubject"),
            ("/credentialSubject/type", json!("StatusList2021"), "credentialSubject.type"),
            ("/credentialSubject/statusPurpose", json!([]), "statusPurpose"),
            ("/credentialSubject/encodedList", json!(7), "encodedList"),
            ("/credentialSubject/statusMessages", json!(7), "statusMessages"),
        ] {
            let error = refused(path, bad);
            assert!(
                matches!(error, BitstringError::Member { member, .. } if member == named),
                "{path}: {error}"
            );
        }
        let size = refused("/credentialSubject/statusSize", json!(4));
        assert_eq!(size, BitstringError::StatusSize { got: "4".to_owned() });
        for member in ["statusSize", "statusMessages"] {
            let mut json = credential(StatusPurpose::Message).to_json();
            json["credentialSubject"].as_object_mut().unwrap().remove(member);
            let error = read(&json).unwrap_err();
            assert!(matches!(error, BitstringError::Member { member: m, .. } if m == member), "{error}");
        }
        let mut json = credential(StatusPurpose::Revocation).to_json();
        json["credentialSubject"]["ttl"] = json!("soon");
        assert!(matches!(read(&json), Err(BitstringError::Member { member: "ttl", .. })));
    }
}
