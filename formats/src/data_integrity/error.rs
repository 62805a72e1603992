use super::Cryptosuite;
#[cfg(feature = "rdfc")]
use super::RdfcError;
use crate::{keys::Algorithm, keys::SignatureInvalid, time::TimeError, time::Timestamp};

/// Why a proof is not made or not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataIntegrityError {
    /// The document to secure has a proof.
    #[error("the document already has a proof: only one is written and read, so remove it first")]
    AlreadySecured,
    /// The document to check has no proof.
    #[error("the document has no proof: ask for one that is secured by Data Integrity")]
    NoProof,
    /// A proof set or a proof chain.
    #[error("the document has {got} proofs, but exactly one is accepted")]
    NotOneProof {
        /// How many proofs it has.
        got: usize,
    },
    /// A proof that builds on another one, which is absent.
    #[error("the proof names a previous proof {got}, but the document has only this one")]
    PreviousProof {
        /// The proof's `previousProof`.
        got: String,
    },
    /// A member of the proof is missing or of another shape.
    #[error("the proof's {member} must be {expected}")]
    Malformed {
        /// The member.
        member: &'static str,
        /// What the standard asks for.
        expected: &'static str,
    },
    /// Another type of proof.
    #[error("the proof is of type {got:?}, but only DataIntegrityProof is accepted")]
    ProofType {
        /// The proof's `type`.
        got: String,
    },
    /// Another cryptosuite.
    #[error("the proof's cryptosuite {got:?} is not supported: ask for one with {expected}")]
    Cryptosuite {
        /// The cryptosuite that every build reads.
        expected: Cryptosuite,
        /// The proof's `cryptosuite`.
        got: String,
    },
    /// The proof was made for another purpose.
    #[error("the proof is for {got:?}, but {expected} was needed")]
    Purpose {
        /// The purpose it was needed for.
        expected: &'static str,
        /// The proof's `proofPurpose`.
        got: String,
    },
    /// `proofValue` is not a base58btc signature.
    #[error("the proofValue is not 'z' and the base58btc of 64 bytes: {reason}")]
    ProofValue {
        /// What is wrong with it.
        reason: String,
    },
    /// The document does not start with the contexts that were signed.
    #[error("the document's @context does not start with the proof's: the terms it was signed with changed")]
    Context,
    /// A date that cannot be read.
    #[error("the proof's {member} is no date: {source}")]
    Date {
        /// The member.
        member: &'static str,
        /// Why not.
        source: TimeError,
    },
    /// The proof's creation lies ahead.
    #[error("the proof was created at {created} and it is {now}: check this device's clock")]
    Future {
        /// The proof's `created`.
        created: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// The proof has expired.
    #[error("the proof expired at {expires} and it is {now}: ask for a newer one")]
    Expired {
        /// The proof's `expires`.
        expires: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// The proof answers another challenge or is for another domain.
    #[error("the proof's {member} is {got:?}, but {expected:?} was expected")]
    Binding {
        /// `challenge` or `domain`.
        member: &'static str,
        /// What was expected, if anything.
        expected: Option<String>,
        /// What the proof holds, if anything.
        got: Option<String>,
    },
    /// The key given is not the one the proof names.
    #[error("the proof names the key {expected}, but {got} was given")]
    VerificationMethod {
        /// The proof's `verificationMethod`.
        expected: String,
        /// The identifier of the key that was given.
        got: String,
    },
    /// The key belongs to someone else.
    #[error("the proof was made by {got}, but it must be by {expected}")]
    Controller {
        /// Who must have made the proof.
        expected: String,
        /// Whose key made it.
        got: String,
    },
    /// The document names no issuer to compare with.
    #[error("the document has no issuer: say whom the proof must be by")]
    NoIssuer,
    /// Not an Ed25519 key.
    #[error("{suite} is signed with Ed25519, but {id} is a key for {got}")]
    KeyType {
        /// The cryptosuite.
        suite: Cryptosuite,
        /// The verification method.
        id: String,
        /// The key's algorithm.
        got: Algorithm,
    },
    /// A number that shares its canonical text with others.
    #[error("the number {got} is beyond 2^53, where JSON numbers stop being exact: write it as a string")]
    Number {
        /// The number.
        got: String,
    },
    /// The canonical text cannot be made.
    #[error("the document has no canonical form: {reason}")]
    Canonicalization {
        /// What the canonicalizer met.
        reason: String,
    },
    /// The document has no RDF in canonical form that says all it says.
    #[cfg(feature = "rdfc")]
    #[error(transparent)]
    Rdfc(#[from] RdfcError),
    /// The signature is wrong.
    #[error("the proof does not fit the document: {0}")]
    Signature(#[from] SignatureInvalid),
}
