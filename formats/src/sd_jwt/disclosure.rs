//! Disclosures: RFC 9901 section 4.2.

use serde_json::Value;

use super::{Digest, SdJwtError};
use crate::{encoding, json};

/// Bytes of randomness in a salt: the 128 bits of RFC 9901 section 9.3.
pub const SALT_BYTES: usize = 16;

/// One claim that can be shown or withheld: the text that was hashed, and what it says.
///
/// The text is kept as it was made or received. RFC 9901 fixes no canonical form, so a disclosure that is
/// written again need not match its digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Disclosure {
    text: String,
    content: Content,
}

impl Disclosure {
    /// As if the salt had been drawn: for copying a disclosure of which every part is known.
    #[must_use]
    pub fn with_salt(salt: String, name: Option<String>, value: Value) -> Self {
        let content = Content { salt, name, value };
        Self { text: encoding::b64url(&content.to_json()), content }
    }

    /// Reads a disclosure. `position` counts from 0 and only serves the error.
    ///
    /// # Errors
    /// If it is not base64url, not strict JSON, or neither of the two arrays.
    pub fn parse(text: &str, position: usize) -> Result<Self, SdJwtError> {
        Ok(Self { text: text.to_owned(), content: Content::parse(text, position)? })
    }

    /// The exact base64url text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The digest that refers to this disclosure.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.text)
    }

    /// The salt.
    #[must_use]
    pub fn salt(&self) -> &str {
        &self.content.salt
    }

    /// The claim's name; none for an element of an array.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.content.name.as_deref()
    }

    /// The claim's value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.content.value
    }
}

/// What a disclosure says: `[salt, name, value]` for a member (section 4.2.1), `[salt, value]` for an element
/// (section 4.2.2).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Content {
    pub(super) salt: String,
    pub(super) name: Option<String>,
    pub(super) value: Value,
}

impl Content {
    pub(super) fn parse(text: &str, position: usize) -> Result<Self, SdJwtError> {
        let bytes = encoding::b64url_decode(text)
            .map_err(|source| SdJwtError::DisclosureEncoding { position, source })?;
        let value = json::parse(&bytes).map_err(|source| SdJwtError::DisclosureJson { position, source })?;
        let Value::Array(elements) = value else { return Err(SdJwtError::DisclosureShape { position }) };
        let mut elements = elements.into_iter();
        match (elements.next(), elements.next(), elements.next(), elements.next()) {
            (Some(Value::String(salt)), Some(Value::String(name)), Some(value), None) => {
                Ok(Self { salt, name: Some(name), value })
            }
            (Some(Value::String(salt)), Some(value), None, None) => Ok(Self { salt, name: None, value }),
            _ => Err(SdJwtError::DisclosureShape { position }),
        }
    }

    /// Compact JSON, as serde_json writes it.
    fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let written = match &self.name {
            Some(name) => serde_json::to_writer(&mut out, &(&self.salt, name, &self.value)),
            None => serde_json::to_writer(&mut out, &(&self.salt, &self.value)),
        };
        // Text and `Value` always have a JSON form, and a `Vec` takes every byte.
        debug_assert!(written.is_ok(), "{written:?}");
        out
    }
}
