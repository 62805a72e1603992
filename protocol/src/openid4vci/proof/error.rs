use hati_formats::did::DidError;
use hati_formats::jws::JwsError;
use hati_formats::keys::KeyError;
use hati_formats::time::Timestamp;

use super::TYP;
use crate::message::LifetimeError;
use crate::oauth::ErrorResponse;
use crate::openid4vci::CredentialErrorCode;

/// Why the proofs of a request are refused: `invalid_nonce` for [`ProofError::Nonce`], else `invalid_proof`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// None, or more than the issuer's `batch_size`.
    #[error("expected 1 to {limit} proofs, got {got}")]
    Count {
        /// `batch_size`
        limit: usize,
        /// What came.
        got: usize,
    },
    /// A `did:web`: its document would have to be fetched from an address that the wallet names.
    #[error("the kid of a proof must hold its key itself, as did:key and did:jwk do, got {got}")]
    DidMethod {
        /// The DID, shortened.
        got: String,
    },
    /// Longer than [`MAX_PROOF_BYTES`](super::MAX_PROOF_BYTES).
    #[error("a proof has {got} characters; at most {limit} are read")]
    TooLong {
        /// The most that is read.
        limit: usize,
        /// What came.
        got: usize,
    },
    /// Not a JWT, an algorithm other than EdDSA and ES256, or a wrong signature.
    #[error("a proof is not valid: {0}")]
    Jws(#[from] JwsError),
    /// Not typed as a proof.
    #[error("a proof's typ must be {TYP}, got {got}")]
    Typ {
        /// What came.
        got: String,
    },
    /// Appendix F.1: one of the two, and no certificates.
    #[error("a proof must name its key by either `jwk` or `kid`, got {got}")]
    KeyReference {
        /// Which members came.
        got: String,
    },
    /// `jwk` is no usable public key.
    #[error("the jwk of a proof is not usable: {0}")]
    Key(#[from] KeyError),
    /// `kid` is not the DID URL of a usable key.
    #[error("the kid of a proof is not usable: {0}")]
    Did(#[from] DidError),
    /// A claim is missing, or of another type.
    #[error("claim {claim} of a proof must be {expected}")]
    Claim {
        /// The claim.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// For another issuer.
    #[error("a proof's aud must be {expected}, got {got}")]
    Audience {
        /// The issuer's identifier.
        expected: String,
        /// What came.
        got: String,
    },
    /// Appendix F.1: the client's id; nothing where the token was got anonymously.
    #[error("a proof's iss must be {expected}, got {got}")]
    Issuer {
        /// The client of the access token, or `absent`.
        expected: String,
        /// What came.
        got: String,
    },
    /// Too old, or from the future.
    #[error("a proof was made at {issued_at}, and it is {now}: set the clock and make a new one")]
    Time {
        /// `iat`
        issued_at: Timestamp,
        /// The issuer's time.
        now: Timestamp,
    },
    /// It says itself that it does not hold now.
    #[error("a proof does not hold now: {0}")]
    Lifetime(#[from] LifetimeError),
    /// Section 8.3: "Each key provided by the Wallet is used to bind to, at most, one Credential."
    #[error("two proofs are by the same key; every copy needs a key of its own")]
    SameKey,
    /// A nonce that is not the issuer's, or was used, or has expired.
    #[error("a proof's nonce is not valid any more: fetch one from the nonce endpoint, got {got}")]
    Nonce {
        /// What came.
        got: String,
    },
}

impl From<ProofError> for ErrorResponse<CredentialErrorCode> {
    fn from(error: ProofError) -> Self {
        let code = match error {
            ProofError::Nonce { .. } => CredentialErrorCode::InvalidNonce,
            // Section 8.3.1.2 (3): also where the nonce is missing.
            _ => CredentialErrorCode::InvalidProof,
        };
        Self::new(code, error)
    }
}
