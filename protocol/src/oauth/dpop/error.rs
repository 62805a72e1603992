use hati_formats::jws::JwsError;
use hati_formats::keys::KeyError;
use hati_formats::time::Timestamp;

use super::TYP;
use crate::message::LifetimeError;
use crate::oauth::HtuError;

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// RFC 9449 section 4.3 check 1.
    #[error("a request has exactly one DPoP header, this one has {got}")]
    Count {
        /// How many came.
        got: usize,
    },
    /// Longer than [`MAX_PROOF_BYTES`](super::MAX_PROOF_BYTES).
    #[error("the DPoP proof has {got} characters; at most {limit} are read")]
    TooLong {
        /// The most that is read.
        limit: usize,
        /// What came.
        got: usize,
    },
    /// Checks 2, 5 and 6: not a JWT, an algorithm other than EdDSA and ES256, or a wrong signature.
    #[error("the DPoP proof is not valid: {0}")]
    Jws(#[from] JwsError),
    /// Check 4.
    #[error("the DPoP proof's typ must be {TYP}, got {got}")]
    Typ {
        /// What came.
        got: String,
    },
    /// Checks 6 and 7: no usable public key in the header, or a private one.
    #[error("the DPoP proof's jwk is not usable: {0}")]
    Key(#[from] KeyError),
    /// Check 3: a claim is missing or of another type.
    #[error("claim {claim} of the DPoP proof must be {expected}")]
    Claim {
        /// The claim.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Check 8.
    #[error("the DPoP proof is for method {got}, but the request is a {expected}")]
    Method {
        /// The request's.
        expected: String,
        /// The proof's.
        got: String,
    },
    /// Check 9.
    #[error("the DPoP proof is for {got}, but the request went to {expected}")]
    Url {
        /// The request's.
        expected: String,
        /// The proof's.
        got: String,
    },
    /// Check 9: a URL that cannot be compared.
    #[error("htu: {0}")]
    Htu(#[from] HtuError),
    /// Check 11.
    #[error("the DPoP proof was made at {issued_at}, and it is {now}: set the clock; {limit} s are allowed")]
    Time {
        /// `iat`
        issued_at: Timestamp,
        /// The server's time.
        now: Timestamp,
        /// [`WINDOW_SECONDS`](super::WINDOW_SECONDS).
        limit: i64,
    },
    /// It says itself that it does not hold now.
    #[error("the DPoP proof does not hold now: {0}")]
    Lifetime(#[from] LifetimeError),
    /// Check 10: no nonce, or none of the server's.
    #[error("the DPoP proof needs the nonce of the DPoP-Nonce header, got {}", .got.as_deref().unwrap_or("none"))]
    Nonce {
        /// What came.
        got: Option<String>,
    },
    /// Check 12: another access token's digest, or none.
    #[error("ath of the DPoP proof must be {expected}, the digest of the access token, got {got}")]
    AccessToken {
        /// The digest of the token that came along.
        expected: String,
        /// The proof's.
        got: String,
    },
    /// Check 12: the proof is by another key than the one the token or code is bound to.
    #[error("this is bound to the key {expected}, but the DPoP proof is by {got}")]
    OtherKey {
        /// The thumbprint in `cnf.jkt` or `dpop_jkt`.
        expected: String,
        /// The thumbprint of the proof's key.
        got: String,
    },
}
