use core::fmt;

/// A scope (RFC 6749 section 3.3): names of what is asked for, separated by single spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(Vec<String>);

/// The text is not a scope; endpoints answer `invalid_scope`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a scope is names with single spaces between them, without quotes and backslashes; got `{got}`")]
pub struct ScopeError {
    /// The text, shortened.
    pub got: String,
}

impl Scope {
    /// Reads a scope.
    ///
    /// # Errors
    /// [`ScopeError`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        // RFC 6749 section 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
        let is_token = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b))
        };
        if text.split(' ').all(is_token) {
            Ok(Self(text.split(' ').map(str::to_owned).collect()))
        } else {
            Err(ScopeError { got: crate::message::shown(text) })
        }
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether every name of `other` is among these: a refresh may narrow a scope, never widen it (section 6).
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|name| self.0.contains(name))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_survive_and_narrow() {
        let scope = Scope::parse("maisha-id.dc-sd-jwt proof-of-age.ldp-vc").unwrap();
        assert_eq!(Scope::parse(&scope.to_string()).as_ref(), Ok(&scope));
        let narrow = Scope::parse("proof-of-age.ldp-vc").unwrap();
        assert!(scope.covers(&narrow) && !narrow.covers(&scope));
        assert_eq!(narrow.names().collect::<Vec<_>>(), ["proof-of-age.ldp-vc"]);
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        for text in ["", " ", "a  b", " a", "a ", "a\"", "a\\", "é", "a\tb"] {
            assert!(Scope::parse(text).is_err(), "{text:?}");
        }
    }
}
