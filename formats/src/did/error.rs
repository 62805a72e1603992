use crate::{encoding::EncodingError, json::JsonError, keys::KeyError, time::TimeError};

/// Why a DID, a document or a key in it is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DidError {
    /// Longer than anything that is read.
    #[error(
        "this {what} has {got} characters and {limit} is the most that is read: check where it came from"
    )]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// The most that is read.
        limit: usize,
        /// Its length.
        got: usize,
    },
    /// Not of the shape `did:method:identifier`.
    #[error("{got:?} is not a DID: write did:key:…, did:jwk:… or did:web:…")]
    NotADid {
        /// The text received.
        got: String,
    },
    /// A DID method that is not known here.
    #[error("DID method {method:?} is not supported: use did:key, did:jwk or did:web")]
    UnsupportedMethod {
        /// The method's name.
        method: String,
    },
    /// A `did:web`, whose document has to be fetched first.
    #[error("{did} does not hold its own key: fetch its document and read it with Document::parse")]
    NeedsDocument {
        /// The DID.
        did: String,
    },
    /// Not multibase base58btc.
    #[error("a Multikey starts with 'z' (multibase base58btc), but this one starts with {got:?}")]
    Multibase {
        /// The first character.
        got: Option<char>,
    },
    /// A character outside base58btc's alphabet.
    #[error("the Multikey is not base58btc ({reason}): check that it was copied whole")]
    Base58 {
        /// What the decoder met.
        reason: bs58::decode::Error,
    },
    /// A key type other than Ed25519 and P-256.
    #[error(
        "the Multikey holds a {got} key: only Ed25519 (0xed) and P-256 (0x1200) public keys are accepted"
    )]
    UnsupportedKeyType {
        /// The key type's name, or what is known of it.
        got: String,
    },
    /// The bytes or the JWK are no key.
    #[error("the key cannot be used: {0}")]
    Key(#[from] KeyError),
    /// A JWK whose `use` is not `sig`.
    #[error("the JWK is for use {got:?}, but a signature needs a key for \"sig\"")]
    NotForSignatures {
        /// The member `use`.
        got: String,
    },
    /// The method-specific part of a `did:jwk` is not base64url.
    #[error("the did:jwk is not base64url: {0}")]
    Encoding(#[from] EncodingError),
    /// A `did:jwk` that does not hold a JSON object.
    #[error("the did:jwk does not hold a JSON object: {0}")]
    Json(#[from] JsonError),
    /// A `did:web` or its URL that cannot be mapped.
    #[error("{got:?} does not map between did:web and an https address: {reason}")]
    Web {
        /// The DID or URL.
        got: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A member of the document is missing or of another shape.
    #[error("the DID document's {member} must be {expected}")]
    Malformed {
        /// The member.
        member: &'static str,
        /// What the standard asks for.
        expected: &'static str,
    },
    /// A document of someone else.
    #[error("the document is for {got:?}, but {expected} was asked for")]
    WrongSubject {
        /// The DID that was asked for.
        expected: String,
        /// The document's `id`.
        got: String,
    },
    /// More verification methods than are read.
    #[error("the document lists more than {limit} verification methods, the most that is read")]
    TooManyMethods {
        /// The most that is read.
        limit: usize,
    },
    /// Two verification methods with one identifier.
    #[error("verification method {id} is listed twice: each needs its own id")]
    DuplicateMethod {
        /// The identifier.
        id: String,
    },
    /// A verification method that belongs to another DID.
    #[error("verification method {id} belongs to {got}, not to {expected}")]
    ForeignMethod {
        /// The verification method.
        id: String,
        /// The document's DID.
        expected: String,
        /// The DID it belongs to.
        got: String,
    },
    /// No such verification method.
    #[error("{did} has no verification method {id:?}: fetch its newest document, or check the kid")]
    UnknownMethod {
        /// The document's DID.
        did: String,
        /// What was looked for.
        id: String,
    },
    /// A verification method that may not be used for this.
    #[error("verification method {id} is not listed under {expected}: its owner does not use it for that")]
    NotAuthorized {
        /// The verification method.
        id: String,
        /// The relationship it was needed for.
        expected: &'static str,
    },
    /// A verification method of a type that is not read.
    #[error("verification method {id} is of type {got:?}: only Multikey and JsonWebKey are read")]
    UnsupportedMethodType {
        /// The verification method.
        id: String,
        /// Its type.
        got: String,
    },
    /// A verification method that has been revoked or has expired.
    #[error("verification method {id} may not be used since {since}: ask its owner for a newer signature")]
    MethodEnded {
        /// The verification method.
        id: String,
        /// When it ended.
        since: crate::time::Timestamp,
    },
    /// A date of the document that cannot be read.
    #[error("the DID document's {member} is no date: {source}")]
    Date {
        /// The member.
        member: &'static str,
        /// Why not.
        source: TimeError,
    },
}

/// As much of a received text as an error repeats.
pub(super) fn shown(text: &str) -> String {
    const ENOUGH_TO_RECOGNISE: usize = 64;
    text.chars().take(ENOUGH_TO_RECOGNISE).collect()
}
