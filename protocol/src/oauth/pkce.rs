//! PKCE (RFC 7636) with `S256`, the only method: a code stolen on its way back is worth nothing.
//!
//! ```
//! use hati_protocol::oauth::pkce::{CodeChallenge, CodeVerifier};
//!
//! let verifier = CodeVerifier::from_random(&[7; 32]);
//! let challenge = CodeChallenge::of(&verifier);
//! assert!(CodeChallenge::parse(&challenge.to_string())?.is_of(&verifier));
//! # Ok::<(), hati_protocol::oauth::pkce::PkceError>(())
//! ```

use core::fmt;

use hati_formats::encoding::{EncodingError, b64url, b64url_decode_array};
use sha2::{Digest, Sha256};

/// The method's name. `plain` protects nothing that `S256` does not, and RFC 9700 section 2.1.1 advises against it.
pub const S256: &str = "S256";

/// Why a verifier or challenge is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// RFC 7636 section 4.1.
    #[error("code_verifier must have 43 to 128 of the characters A-Z a-z 0-9 - . _ ~, got {got} characters")]
    Verifier {
        /// Its length.
        got: usize,
    },
    /// RFC 7636 section 4.2: a SHA-256 digest.
    #[error("code_challenge must be a SHA-256 digest: {source}")]
    Challenge {
        /// What the decoder met.
        source: EncodingError,
    },
    /// RFC 7636 section 4.3: an absent method means `plain`.
    #[error("code_challenge_method must be S256, got {got}")]
    Method {
        /// What came.
        got: String,
    },
    /// RFC 7636 section 4.6.
    #[error("code_verifier does not belong to the code_challenge that the code was given for")]
    Mismatch,
}

/// What the client keeps until it redeems the code.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeVerifier(String);

impl CodeVerifier {
    /// Reads a verifier.
    ///
    /// # Errors
    /// [`PkceError::Verifier`].
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PkceError::Verifier { got: text.chars().count() })
        }
    }

    /// The verifier of 32 random bytes, as RFC 7636 section 4.1 recommends.
    #[must_use]
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        Self(b64url(bytes))
    }

    /// The text, to send with the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier(..)")
    }
}

/// What the server keeps beside the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// The challenge of a verifier (RFC 7636 section 4.2).
    #[must_use]
    pub fn of(verifier: &CodeVerifier) -> Self {
        Self(Sha256::digest(verifier.0.as_bytes()).into())
    }

    /// Reads a challenge.
    ///
    /// # Errors
    /// [`PkceError::Challenge`].
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        b64url_decode_array(text).map(Self).map_err(|source| PkceError::Challenge { source })
    }

    /// Whether it is the verifier's.
    #[must_use]
    pub fn is_of(&self, verifier: &CodeVerifier) -> bool {
        *self == Self::of(verifier)
    }

    /// Checks the verifier that came with a code (RFC 7636 section 4.6).
    ///
    /// # Errors
    /// [`PkceError::Mismatch`].
    pub fn check(&self, verifier: &CodeVerifier) -> Result<(), PkceError> {
        if self.is_of(verifier) { Ok(()) } else { Err(PkceError::Mismatch) }
    }
}

impl fmt::Display for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64url(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc() {
        let verifier = CodeVerifier::parse(VERIFIER).unwrap();
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert_eq!(challenge.check(&verifier), Ok(()));
        assert_eq!(CodeChallenge::of(&verifier).to_string(), CHALLENGE);
        let other = CodeVerifier::from_random(&[0; 32]);
        assert_eq!(challenge.check(&other), Err(PkceError::Mismatch));
        assert_eq!(CodeVerifier::parse(other.as_str()), Ok(other));
    }

    #[test]
    fn verifiers_and_challenges_outside_of_the_grammar_are_refused() {
        for text in [&"a".repeat(42), &"a".repeat(129), &format!("{}+", "a".repeat(43)), &"é".repeat(43)] {
            assert_eq!(CodeVerifier::parse(text), Err(PkceError::Verifier { got: text.chars().count() }));
        }
        assert!(CodeVerifier::parse(&"~".repeat(128)).is_ok());
        for text in ["", "AAAA", &format!("{CHALLENGE}="), VERIFIER.get(1..).unwrap()] {
            assert!(matches!(CodeChallenge::parse(text), Err(PkceError::Challenge { .. })), "{text}");
        }
    }

    #[test]
    fn debug_hides_the_verifier() {
        assert_eq!(format!("{:?}", CodeVerifier::parse(VERIFIER).unwrap()), "CodeVerifier(..)");
    }
}
