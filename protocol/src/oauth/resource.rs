//! How an access token comes to a protected resource (RFC 6750 section 2.1, RFC 9449 section 7.1).

use super::Secret;

/// The longest access token that is read. Ours is 43 characters; a JWT of another server's fits in this.
const MAX_TOKEN_BYTES: usize = 4096;

/// An authentication scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `DPoP`: the token is bound to a key, and a proof comes along.
    Dpop,
    /// `Bearer`: whoever has the token may use it.
    Bearer,
}

impl Scheme {
    /// Its name in headers, and the `token_type` of its tokens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dpop => "DPoP",
            Self::Bearer => "Bearer",
        }
    }

    /// The `WWW-Authenticate` header for a request without a token, which names no error (RFC 6750 section 3.1).
    #[must_use]
    pub const fn challenge(self) -> &'static str {
        match self {
            // RFC 9449 section 7.1.
            Self::Dpop => "DPoP algs=\"EdDSA ES256\"",
            Self::Bearer => "Bearer",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        // RFC 9110 section 11.1: schemes are case-insensitive.
        [Self::Dpop, Self::Bearer].into_iter().find(|scheme| scheme.name().eq_ignore_ascii_case(name))
    }
}

/// Why an `Authorization` header holds no access token; a resource answers `invalid_request`, and to another scheme as if
/// there were no header (RFC 6750 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// Another scheme.
    #[error("the Authorization header must start with DPoP or Bearer and a space")]
    Scheme,
    /// Not `token68` (RFC 9110 section 11.2).
    #[error("the access token must have 1 to {limit} of the characters of token68, got {got} characters")]
    Token {
        /// The most that is read.
        limit: usize,
        /// What came.
        got: usize,
    },
}

/// The content of an `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// How it was presented: a token bound to a key is refused as `Bearer` (RFC 9449 section 7.2).
    pub scheme: Scheme,
    /// The access token.
    pub token: Secret,
}

impl Authorization {
    /// Reads the header's value.
    ///
    /// # Errors
    /// [`AuthorizationError`].
    pub fn parse(header: &str) -> Result<Self, AuthorizationError> {
        let (scheme, token) = header.split_once(' ').ok_or(AuthorizationError::Scheme)?;
        let scheme = Scheme::from_name(scheme).ok_or(AuthorizationError::Scheme)?;
        let token = token.trim_start_matches(' ');
        let is_token68 = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
        let body = token.trim_end_matches('=');
        if body.is_empty() || token.len() > MAX_TOKEN_BYTES || !body.bytes().all(is_token68) {
            return Err(AuthorizationError::Token { limit: MAX_TOKEN_BYTES, got: token.chars().count() });
        }
        Ok(Self { scheme, token: token.into() })
    }

    /// The header's value.
    #[must_use]
    pub fn to_header(&self) -> String {
        format!("{} {}", self.scheme.name(), self.token.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_schemes_are_read_in_any_case() {
        for (header, scheme) in [
            ("DPoP a.b~c==", Scheme::Dpop),
            ("dpop  a.b~c==", Scheme::Dpop),
            ("BEARER a.b~c==", Scheme::Bearer),
        ] {
            let read = Authorization::parse(header).unwrap();
            assert_eq!((read.scheme, read.token.as_str()), (scheme, "a.b~c=="));
            assert_eq!(Authorization::parse(&read.to_header()), Ok(read));
        }
    }

    #[test]
    fn other_headers_are_refused() {
        for header in ["", "DPoP", "Basic YTpi", "DPoPtoken", "token"] {
            assert_eq!(Authorization::parse(header), Err(AuthorizationError::Scheme), "{header}");
        }
        let long = format!("DPoP {}", "a".repeat(MAX_TOKEN_BYTES + 1));
        for header in ["DPoP ", "DPoP a b", "DPoP a\"", "DPoP é", "DPoP a=b", "DPoP ==", &long] {
            assert!(
                matches!(Authorization::parse(header), Err(AuthorizationError::Token { .. })),
                "{header}"
            );
        }
    }

    proptest! {
        #[test]
        fn hostile_headers_never_panic(header in "\\PC{0,40}") {
            let _ = Authorization::parse(&header);
        }
    }
}
