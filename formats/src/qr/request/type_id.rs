//! Ids of credential types, which travel as numbers where they are known.

use std::borrow::Borrow;
use std::fmt;

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// The ids by number. A number, once given, is never changed or reused: new types go to the end.
const KNOWN: [&str; 2] = [TypeId::MAISHA_ID, TypeId::PROOF_OF_AGE];

/// The longest id: it is the name of a file and a line on a phone.
const MAX_ID_BYTES: usize = 64;

/// The id of a credential type, the name of its file in `spec/types/`.
///
/// `type-id = uint / tstr`: the number of a known id, else its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(String);

impl TypeId {
    /// The person.
    pub const MAISHA_ID: &'static str = "maisha-id";
    /// Over an age, and nothing else.
    pub const PROOF_OF_AGE: &'static str = "proof-of-age";

    /// Takes an id.
    ///
    /// # Errors
    /// If it could not be the name of a type's file.
    pub fn parse(id: &str) -> Result<Self, TypeIdError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > MAX_ID_BYTES || !id.bytes().all(allowed) {
            return Err(TypeIdError { got: id.chars().take(MAX_ID_BYTES).collect() });
        }
        Ok(Self(id.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not the id of a credential type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{got}` is not the id of a credential type; write 1 to 64 of a-z, 0-9 and `-`, such as `maisha-id`")]
pub struct TypeIdError {
    /// What was given.
    pub got: String,
}

impl Borrow<str> for TypeId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C> Encode<C> for TypeId {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        match KNOWN.iter().position(|known| *known == self.0) {
            Some(number) => e.u64(number as u64)?.ok(),
            None => e.str(&self.0)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for TypeId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.datatype()? == Type::String {
            // A known id in text does not survive re-encoding, so `cbor::from_slice_strict` refuses it.
            return Self::parse(d.str()?).map_err(decode::Error::message);
        }
        let known = KNOWN.get(usize::from(d.u8()?));
        known.map(|id| Self((*id).to_owned())).ok_or_else(|| {
            decode::Error::message("the number of the credential type is unknown; install a newer app")
        })
    }
}
