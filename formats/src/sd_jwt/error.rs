//! Why an SD-JWT was refused.

use super::ClaimPath;
use crate::encoding::EncodingError;
use crate::json::JsonError;
use crate::jws::JwsError;
use crate::keys::KeyError;
use crate::time::Timestamp;

/// Why an SD-JWT or SD-JWT+KB was refused, or could not be made. Positions of disclosures count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdJwtError {
    /// Longer than [`super::MAX_BYTES`].
    #[error("the SD-JWT has {got} characters; at most {limit} are read")]
    TooLong {
        /// The most that is read.
        limit: usize,
        /// Characters in the text.
        got: usize,
    },
    /// More disclosures than [`super::MAX_DISCLOSURES`].
    #[error("the SD-JWT has more than {limit} disclosures")]
    TooManyDisclosures {
        /// The most that is read.
        limit: usize,
    },
    /// No tilde at all: a plain JWT.
    #[error("not an SD-JWT: there is no `~` after the issuer's JWT; the end of the text is missing")]
    NoTilde,
    /// Two tildes side by side.
    #[error("disclosure {position} is empty: there are two `~` side by side")]
    EmptyDisclosure {
        /// Which disclosure.
        position: usize,
    },
    /// Claims nested deeper than [`super::MAX_DEPTH`].
    #[error("claims are nested deeper than {limit} at `{path}`")]
    TooDeep {
        /// The deepest that is read.
        limit: usize,
        /// Where.
        path: ClaimPath,
    },

    /// The issuer's JWT cannot be read.
    #[error("the issuer's JWT: {source}")]
    IssuerJwt {
        /// What is wrong with it.
        source: JwsError,
    },
    /// The issuer's JWT is not signed by the issuer's key.
    #[error("the issuer's signature: {source}")]
    IssuerSignature {
        /// What is wrong with it.
        source: JwsError,
    },
    /// The payload is not a strict JSON object.
    #[error("the payload of the issuer's JWT: {source}")]
    PayloadJson {
        /// What the parser met.
        source: JsonError,
    },
    /// `_sd_alg` names another hash (section 7.1, step 2.4).
    #[error("`_sd_alg` is {got}; only {expected} is read")]
    UnsupportedHash {
        /// The one hash that is read.
        expected: &'static str,
        /// What the payload names, as JSON.
        got: String,
    },
    /// `_sd` is not an array of strings, or `...` does not stand alone beside one string.
    #[error(
        "digests at `{path}` are malformed: expected `_sd` with an array of strings, or `...` alone with a string"
    )]
    MalformedDigests {
        /// In which object.
        path: ClaimPath,
    },
    /// `_sd`, `...` or `_sd_alg` where a claim's name belongs (section 7.1, step 3.3.2.2; section 4.1, rule 7).
    #[error("`{name}` cannot be the name of a claim, but is at `{path}`")]
    ReservedName {
        /// The name.
        name: String,
        /// In which object.
        path: ClaimPath,
    },
    /// One digest stands in two places (section 7.1, step 4).
    #[error("the digest {digest} appears more than once")]
    RepeatedDigest {
        /// The digest.
        digest: String,
    },

    /// A disclosure is not base64url.
    #[error("disclosure {position}: {source}")]
    DisclosureEncoding {
        /// Which disclosure.
        position: usize,
        /// What the decoder met.
        source: EncodingError,
    },
    /// A disclosure is not strict JSON.
    #[error("disclosure {position}: {source}")]
    DisclosureJson {
        /// Which disclosure.
        position: usize,
        /// What the parser met.
        source: JsonError,
    },
    /// A disclosure is neither of the two arrays.
    #[error("disclosure {position} is neither [salt, name, value] nor [salt, value]")]
    DisclosureShape {
        /// Which disclosure.
        position: usize,
    },
    /// A disclosure of a member where an element belongs, or the reverse (section 7.1, steps 3.3.2.1 and 3.3.3.1).
    #[error("disclosure {position} is of the wrong kind for the place of its digest; expected {expected}")]
    DisclosureKind {
        /// Which disclosure.
        position: usize,
        /// The array that belongs there.
        expected: &'static str,
    },
    /// The claim is there already (section 7.1, step 3.3.2.3).
    #[error("a disclosure would overwrite the claim `{path}`")]
    ClaimExists {
        /// Which claim.
        path: ClaimPath,
    },
    /// The same disclosure twice (section 4).
    #[error("disclosure {position} repeats an earlier one")]
    RepeatedDisclosure {
        /// Which disclosure.
        position: usize,
    },
    /// No digest refers to a disclosure (section 7.1, step 5).
    #[error("disclosure {position} belongs to no digest: it was altered or comes from another credential")]
    UnreferencedDisclosure {
        /// Which disclosure.
        position: usize,
    },

    /// A claim that decides on validity would become selectively disclosable (section 9.7).
    #[error("`{path}` must always be visible: take it out of the frame")]
    AlwaysVisible {
        /// Which claim.
        path: ClaimPath,
    },
    /// The frame and the claims do not have the same shape.
    #[error("the frame expects {expected} at `{path}`")]
    FrameMismatch {
        /// Where.
        path: ClaimPath,
        /// What the frame goes on into.
        expected: &'static str,
    },
    /// A holder received an SD-JWT+KB (section 7.2).
    #[error("this is a presentation, bound to a verifier already; a holder needs the credential as issued")]
    UnexpectedKeyBinding,
    /// A path was selected that the credential does not have.
    #[error("the credential has no claim `{path}`")]
    NoSuchClaim {
        /// The path.
        path: ClaimPath,
    },

    /// No Key Binding JWT (section 7.3, step 2).
    #[error("nobody proved to hold this credential: there is no Key Binding JWT after the last `~`")]
    KeyBindingMissing,
    /// No `cnf` (section 4.1.2).
    #[error("the issuer bound this credential to no holder: there is no `cnf`")]
    ConfirmationMissing,
    /// `cnf` names the key by other means.
    #[error("`cnf` must give the holder's key as `{expected}`; it gives: {got}")]
    ConfirmationMethod {
        /// The one method that is read.
        expected: &'static str,
        /// The members it has.
        got: String,
    },
    /// The key in `cnf` is not usable.
    #[error("the holder's key in `cnf`: {source}")]
    ConfirmationKey {
        /// What is wrong with it.
        source: KeyError,
    },
    /// The Key Binding JWT cannot be read.
    #[error("the Key Binding JWT: {source}")]
    KeyBindingJwt {
        /// What is wrong with it.
        source: JwsError,
    },
    /// The Key Binding JWT is not signed by the holder's key (section 7.3, steps 5.2 and 5.3).
    #[error("the holder's signature: {source}")]
    KeyBindingSignature {
        /// What is wrong with it.
        source: JwsError,
    },
    /// Another explicit type (section 7.3, step 5.4).
    #[error("the Key Binding JWT must have typ `{expected}`, got {got:?}")]
    KeyBindingType {
        /// The one type.
        expected: &'static str,
        /// What the header says.
        got: Option<String>,
    },
    /// The payload is not a strict JSON object.
    #[error("the payload of the Key Binding JWT: {source}")]
    KeyBindingJson {
        /// What the parser met.
        source: JsonError,
    },
    /// A claim is missing or of another type (section 4.3).
    #[error("claim `{name}` of the Key Binding JWT must be {expected}")]
    KeyBindingClaim {
        /// Which claim.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Made before the window, or expired (section 7.3, step 5.5).
    #[error("the key binding is from {got}; {earliest} is the earliest that counts: ask for a new one")]
    KeyBindingTooOld {
        /// The start of the window.
        earliest: Timestamp,
        /// When it was made, or expired.
        got: Timestamp,
    },
    /// Made after the window, or not valid yet (section 7.3, step 5.5).
    #[error("the key binding is from {got}, after {latest}: one of the two clocks is wrong")]
    KeyBindingInFuture {
        /// The end of the window.
        latest: Timestamp,
        /// When it was made, or becomes valid.
        got: Timestamp,
    },
    /// Made for another request (section 7.3, step 5.6).
    #[error("the key binding answers another request: nonce `{got}`, expected `{expected}`")]
    NonceMismatch {
        /// The verifier's.
        expected: String,
        /// The holder's.
        got: String,
    },
    /// Made for another verifier (section 7.3, step 5.6).
    #[error("the key binding is for `{got}`, expected `{expected}`")]
    AudienceMismatch {
        /// The verifier.
        expected: String,
        /// Whom the holder meant.
        got: String,
    },
    /// Made over other disclosures (section 7.3, step 5.7).
    #[error("the key binding covers another presentation: sd_hash {got}, expected {expected}")]
    SdHashMismatch {
        /// Over what was received.
        expected: String,
        /// What the holder signed.
        got: String,
    },
}
