//! The errors of the OAuth endpoints, by their registered codes.

mod codes;

use core::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Form, Scheme};
use crate::message::{self, MessageError};

pub use codes::{AuthorizationErrorCode, ResourceErrorCode, TokenErrorCode};

/// More than any description here; RFC 6749 sets no limit, headers do.
const MAX_DESCRIPTION: usize = 400;

/// A registered error code of one kind of endpoint.
pub trait ErrorCode: Copy + fmt::Debug + PartialEq + 'static {
    /// Every code.
    const ALL: &'static [Self];

    /// Its name in the registry.
    fn name(self) -> &'static str;

    /// The HTTP status that goes with it.
    fn status(self) -> u16;

    /// The code of a name.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

/// Declares the codes of one kind of endpoint: name and status in one place.
macro_rules! registered_codes {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $code:ident = $text:literal, $status:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $code,)+
        }

        impl $crate::oauth::ErrorCode for $name {
            const ALL: &'static [Self] = &[$(Self::$code),+];

            fn name(self) -> &'static str {
                match self { $(Self::$code => $text,)+ }
            }

            fn status(self) -> u16 {
                match self { $(Self::$code => $status,)+ }
            }
        }
    };
}
pub(crate) use registered_codes;

/// An error as an endpoint answers it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", .code.name())]
pub struct ErrorResponse<C: ErrorCode> {
    /// The registered code.
    pub code: C,
    description: String,
}

impl<C: ErrorCode> ErrorResponse<C> {
    /// An error; what `description` may not contain is replaced.
    #[must_use]
    pub fn new(code: C, description: impl fmt::Display) -> Self {
        Self { code, description: describe(&description.to_string()) }
    }

    /// What to do, for developers; in the characters that RFC 6749 section 5.2 allows.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.status()
    }

    /// The body: `application/json`, never to be cached.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"error": self.code.name(), "error_description": self.description})
    }
}

impl ErrorResponse<ResourceErrorCode> {
    /// The `WWW-Authenticate` header (RFC 6750 section 3, RFC 9449 section 7.1). `scheme` is the one that was used, or
    /// the one to use.
    #[must_use]
    pub fn www_authenticate(&self, scheme: Scheme) -> String {
        let (challenge, error) = (scheme.challenge(), self.code.name());
        let joint = if challenge.contains(' ') { ", " } else { " " };
        // `describe` left neither quote nor backslash in the description.
        format!("{challenge}{joint}error=\"{error}\", error_description=\"{}\"", self.description)
    }
}

/// An error as a wallet receives it: the code may be one that is not known here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ErrorBody {
    /// `error`
    pub error: String,
    /// `error_description`
    pub error_description: Option<String>,
}

impl ErrorBody {
    /// Reads the body of an error response.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &[u8]) -> Result<Self, MessageError> {
        message::read("error response", text)
    }

    /// Reads the error out of the query of a redirect (RFC 6749 section 4.1.2.1).
    #[must_use]
    pub fn of_redirect(query: &Form) -> Option<Self> {
        let text = |name| query.get(name).map(str::to_owned);
        Some(Self { error: text("error")?, error_description: text("error_description") })
    }

    /// The code, where the endpoint's kind has it.
    #[must_use]
    pub fn code<C: ErrorCode>(&self) -> Option<C> {
        C::from_name(&self.error)
    }
}

/// Text in the characters that `error_description` and `event_description` allow: `%x20-21 / %x23-5B / %x5D-7E`.
#[must_use]
pub fn describe(text: &str) -> String {
    let allowed = |c: char| match c {
        '"' | '`' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    text.replace('…', "...").chars().take(MAX_DESCRIPTION).map(allowed).collect()
}

#[cfg(test)]
mod tests;
