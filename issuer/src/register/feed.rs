//! Changes of the register that another system signed (`spec/feed.md`).
//!
//! A source sends batches, numbered from 1, each naming the digest of the one before. [`Batch::parse_and_verify`] reads one
//! against the last one that was taken; whoever calls it applies the changes and remembers [`Batch::position`] in one
//! transaction.

mod error;

use hati_formats::encoding::{b64url, b64url_decode_array};
use hati_formats::json;
use hati_formats::jws::Unverified;
use hati_formats::keys::PublicKey;
use hati_formats::time::Date;
use hati_store::Person;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub use self::error::{ChangeError, FeedError};
use super::record::{self, Unsaid, shown};
use super::rows::{COLUMNS, Fields, Object};
use super::{FieldError, Rules, portrait};

/// The type that a batch's header names (RFC 8725 section 3.11), so that no other statement of the source is one.
pub const TYPE: &str = "hati-feed+json";

/// Changes of one batch: a chunk of an import, which one transaction takes.
pub const MAX_CHANGES: usize = 1000;

/// Characters of the longest name of a feed.
const MAX_NAME: usize = 64;

const MEMBERS: [&str; 4] = ["feed", "sequence", "previous", "changes"];
const DEATH_MEMBERS: [&str; 2] = ["upi", "date"];
const ALIVE_MEMBERS: [&str; 1] = ["upi"];

/// A source of changes, as `issuer.json` names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Feed {
    name: String,
    key: PublicKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    name: String,
    jwk: Value,
}

/// How far a feed came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The number of the last batch.
    pub sequence: u64,
    /// SHA-256 of its payload. Not of its signature, of which another can be made for the same payload.
    pub digest: [u8; 32],
}

/// What a source says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This is their record now.
    Put {
        /// The record; what it does not say is `None` in it.
        person: Box<Person>,
        /// What it does not say, and what stays as it is known.
        unsaid: Unsaid,
    },
    /// They died.
    Death {
        /// Their UPI.
        upi: String,
        /// The day of their death.
        date: Date,
    },
    /// They live: a death that was registered is taken back.
    Alive {
        /// Their UPI.
        upi: String,
    },
}

/// A batch whose signature and place were checked, and every change in it. Only [`Batch::parse_and_verify`] makes one:
///
/// 1. It is a strict JWS of type [`TYPE`], signed by the feed's key.
/// 2. It is of this feed, and follows the last batch: the next number, and that one's digest.
/// 3. It has at most [`MAX_CHANGES`], each as valid as a row of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    position: Position,
    changes: Vec<Change>,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The next batch.
    Next(Batch),
    /// The last batch once more: its sender missed the answer. There is nothing to do but to give it again.
    Again(Position),
}

impl Feed {
    /// A feed and the key that signs it.
    ///
    /// # Errors
    ///
    /// [`FeedError::Name`] unless the name is 1 to 64 small letters, digits and hyphens.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, FeedError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=MAX_NAME).contains(&name.len()) || !name.chars().all(fits) {
            return Err(FeedError::Name { expected: MAX_NAME, got: shown(name) });
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// Whether its key signed this text, whatever it says.
    #[must_use]
    pub fn has_signed(&self, token: &str) -> bool {
        Unverified::parse(token).is_ok_and(|unverified| unverified.verify(&self.key).is_ok())
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl TryFrom<Unchecked> for Feed {
    type Error = FeedError;

    fn try_from(unchecked: Unchecked) -> Result<Self, FeedError> {
        Self::new(&unchecked.name, PublicKey::from_jwk(&unchecked.jwk)?)
    }
}

impl From<Feed> for Unchecked {
    fn from(feed: Feed) -> Self {
        Self { name: feed.name, jwk: feed.key.to_jwk() }
    }
}

impl Batch {
    /// Reads a batch; `last` is how far the feed came.
    ///
    /// # Errors
    ///
    /// [`FeedError`] says what was expected. A batch is taken as a whole or not at all.
    pub fn parse_and_verify(
        token: &str,
        feed: &Feed,
        last: Option<&Position>,
        rules: Rules,
    ) -> Result<Received, FeedError> {
        let unverified = Unverified::parse(token)?;
        if unverified.header().typ.as_deref() != Some(TYPE) {
            let got = unverified.header().typ.as_deref().unwrap_or_default();
            return Err(FeedError::Type { expected: TYPE, got: shown(got) });
        }
        let verified = unverified.verify(&feed.key)?;
        let payload = Payload::read(verified.payload())?;
        if payload.feed != feed.name {
            return Err(FeedError::OtherFeed { expected: feed.name.clone(), got: shown(&payload.feed) });
        }
        let digest = Sha256::digest(verified.payload()).into();
        let position = Position { sequence: payload.sequence, digest };
        if payload.is_again(position, last)? {
            return Ok(Received::Again(position));
        }
        Ok(Received::Next(Self { position, changes: read_changes(payload.changes, rules)? }))
    }

    /// How far the feed came with this batch.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The changes, in their order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The changes, to be applied.
    #[must_use]
    pub fn into_changes(self) -> Vec<Change> {
        self.changes
    }
}

struct Payload {
    feed: String,
    sequence: u64,
    previous: Option<[u8; 32]>,
    changes: Vec<Value>,
}

impl Payload {
    fn read(bytes: &[u8]) -> Result<Self, FeedError> {
        let mut members = json::parse_object(bytes)?;
        if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            return Err(FeedError::Member { member: shown(unknown), expected: "to be left out" });
        }
        let mut take = |name: &'static str, expected| {
            members.remove(name).ok_or_else(|| FeedError::Member { member: name.to_owned(), expected })
        };
        let wrong = |name: &str, expected| FeedError::Member { member: name.to_owned(), expected };
        let Value::String(feed) = take("feed", NAME)? else { return Err(wrong("feed", NAME)) };
        let sequence = take("sequence", NUMBER)?.as_u64().filter(|number| *number > 0);
        let previous = match take("previous", DIGEST)? {
            Value::Null => None,
            Value::String(text) => Some(b64url_decode_array(&text).map_err(|_| wrong("previous", DIGEST))?),
            _ => return Err(wrong("previous", DIGEST)),
        };
        let Value::Array(changes) = take("changes", CHANGES)? else { return Err(wrong("changes", CHANGES)) };
        if !(1..=MAX_CHANGES).contains(&changes.len()) {
            return Err(FeedError::Count { expected: MAX_CHANGES, got: changes.len() });
        }
        Ok(Self { feed, sequence: sequence.ok_or_else(|| wrong("sequence", NUMBER))?, previous, changes })
    }

    /// Whether this is the last batch once more. If it is neither that nor the next one, it is refused.
    fn is_again(&self, position: Position, last: Option<&Position>) -> Result<bool, FeedError> {
        if let Some(last) = last.filter(|last| last.sequence == position.sequence) {
            let same = last.digest == position.digest;
            return if same { Ok(true) } else { Err(FeedError::OtherContent { sequence: last.sequence }) };
        }
        let expected = last.map_or(1, |last| last.sequence.saturating_add(1));
        if position.sequence != expected {
            return Err(FeedError::Sequence { expected, got: position.sequence });
        }
        if self.previous != last.map(|last| last.digest) {
            let text = |digest: Option<[u8; 32]>| digest.map_or("null".to_owned(), |bytes| b64url(&bytes));
            let expected = text(last.map(|last| last.digest));
            return Err(FeedError::Previous { expected, got: text(self.previous) });
        }
        Ok(false)
    }
}

const NAME: &str = "to be the feed's name";
const NUMBER: &str = "to be a whole number from 1";
const DIGEST: &str = "to be null, or 32 bytes in base64url";
const CHANGES: &str = "to be an array";

/// Reads every change, so that all that is wrong is told at once.
fn read_changes(values: Vec<Value>, rules: Rules) -> Result<Vec<Change>, FeedError> {
    let (mut changes, mut refused) = (Vec::with_capacity(values.len()), Vec::new());
    for (place, value) in values.into_iter().enumerate() {
        match read_change(value, rules) {
            Ok(change) => changes.push(change),
            Err(errors) => refused.push(ChangeError { place, errors }),
        }
    }
    if refused.is_empty() { Ok(changes) } else { Err(FeedError::Changes { refused }) }
}

fn read_change(value: Value, rules: Rules) -> Result<Change, Vec<FieldError>> {
    let wrong = |field, expected: &str, got: &str| {
        let advice = "Write an object with the member op, as spec/feed.md has it.";
        vec![FieldError { field, expected: expected.to_owned(), got: got.to_owned(), advice }]
    };
    let mut members = match value {
        Value::Object(members) => members,
        other => return Err(wrong("change", "an object", json::kind(&other))),
    };
    match members.remove("op") {
        Some(Value::String(op)) if op == "put" => put(members, rules),
        Some(Value::String(op)) if op == "death" => {
            let (upi, date) = record::read_death(&fields(members, &DEATH_MEMBERS), rules)?;
            Ok(Change::Death { upi, date })
        }
        Some(Value::String(op)) if op == "alive" => {
            Ok(Change::Alive { upi: record::read_upi(&fields(members, &ALIVE_MEMBERS), rules)? })
        }
        Some(Value::String(other)) => Err(wrong("op", OPERATIONS, &shown(&other))),
        other => Err(wrong("op", OPERATIONS, other.as_ref().map_or("nothing", json::kind))),
    }
}

const OPERATIONS: &str = "put, death or alive";

fn put(members: Map<String, Value>, rules: Rules) -> Result<Change, Vec<FieldError>> {
    let fields = fields(members, &COLUMNS);
    let mut person = record::read(&fields, rules)?;
    person.portrait = portrait::read(&fields, None, None).map_err(|error| vec![error])?;
    Ok(Change::Put { person: Box::new(person), unsaid: Unsaid::of(&fields) })
}

fn fields(members: Map<String, Value>, known: &'static [&'static str]) -> Fields {
    Fields::Json(Object::new(members, known))
}
