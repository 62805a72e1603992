//! Secrets by which a system is known.

use std::fmt;

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// What a token must have at least, written by hand or drawn: nobody guesses it.
const MIN_TOKEN: usize = 20;

/// What fits a header, and the last part of an address.
const MAX_TOKEN: usize = 200;

/// A secret in the settings. Neither `Debug` nor an error shows it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Token(String);

/// A token as it was written: of whatever is no text, serde would repeat the value.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl TryFrom<Written> for Token {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Text(text) => text.try_into(),
            Written::Other(_) => String::new().try_into(),
        }
    }
}

impl TryFrom<String> for Token {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.len() < MIN_TOKEN || text.len() > MAX_TOKEN || !text.bytes().all(is_plain) {
            return Err(format!(
                "expected a secret of {MIN_TOKEN} to {MAX_TOKEN} characters A-Z a-z 0-9 - _"
            ));
        }
        Ok(Self(text))
    }
}

impl std::str::FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl Token {
    /// Whether this is it. Digests are compared, so that the time it takes tells nothing of it.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(text)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tokens_are_refused_and_none_is_shown() {
        assert!(Token::try_from("0123456789012345678".to_owned()).is_err());
        assert!(Token::try_from("01234567890123456789/".to_owned()).is_err());
        let token = Token::try_from("01234567890123456789".to_owned()).unwrap();
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
