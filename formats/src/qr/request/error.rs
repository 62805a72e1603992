use super::TypeId;
use crate::cose::CoseError;
use crate::names::ClaimPath;
use crate::time::Timestamp;
use crate::trust::{PayloadError, RegistrationError};

/// Why a request is not made, or not answered.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Longer than any request.
    #[error("the request has {got} bytes where at most {limit} are read; scan the verifier's code again")]
    TooLong {
        /// The most that is read.
        limit: usize,
        /// How many there are.
        got: usize,
    },
    /// The content is malformed, of a newer format, or breaks a bound.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Nothing is asked for.
    #[error("the request asks for no claim; it has to ask for at least one")]
    NoClaims,
    /// The same claim twice.
    #[error("the request asks for {claim} twice; each claim may be asked for once")]
    ClaimTwice {
        /// The claim.
        claim: ClaimPath,
    },
    /// A bad signature, or no COSE_Sign1 at all.
    #[error("the request is not the verifier's: {0}")]
    Signature(#[from] CoseError),
    /// The registration does not count: expired, withdrawn, by nobody known, or altered.
    #[error("the verifier's registration is refused: {0}")]
    Registration(#[from] RegistrationError),
    /// Older than a request may be.
    #[error(
        "the request is from {issued_at} and it is {now}: older than {limit} seconds; ask the verifier for a new code"
    )]
    TooOld {
        /// When the code was made.
        issued_at: Timestamp,
        /// The time here.
        now: Timestamp,
        /// The greatest age in seconds.
        limit: i64,
    },
    /// Made later than now.
    #[error(
        "the request is from {issued_at} and it is {now}: more than {limit} seconds ahead; compare both clocks"
    )]
    FromTheFuture {
        /// When the code was made.
        issued_at: Timestamp,
        /// The time here.
        now: Timestamp,
        /// How far clocks may differ, in seconds.
        limit: i64,
    },
    /// A registered verifier asks for what its registration does not name.
    #[error(
        "the verifier is not registered to ask for {}; refuse, and report it to the registrar",
        list(claims)
    )]
    BeyondRegistration {
        /// The claims it may not ask for.
        claims: Vec<ClaimPath>,
    },
    /// A registered verifier gives a reason that its registration does not name.
    #[error(
        "the verifier is not registered to ask for the purpose {purpose:?}; refuse, and report it to the registrar"
    )]
    PurposeNotRegistered {
        /// The purpose's id or words.
        purpose: String,
    },
    /// An unregistered verifier asks for more than proof of age.
    #[error(
        "the verifier is not registered, so it may ask for proof of age only, not for {} of {credential_type}; refuse",
        list(claims)
    )]
    UnregisteredBeyondAge {
        /// The credential it asks for.
        credential_type: TypeId,
        /// The claims it may not ask for.
        claims: Vec<ClaimPath>,
    },
    /// An unregistered verifier wants its own words shown, which would be believed.
    #[error("the verifier is not registered, so its own {what} {got:?} is not shown; refuse")]
    UnregisteredWording {
        /// Which text.
        what: &'static str,
        /// The text.
        got: String,
    },
}

fn list(claims: &[ClaimPath]) -> String {
    claims.iter().map(ClaimPath::as_str).collect::<Vec<_>>().join(", ")
}

crate::error_codes!(RequestError {
    Self::TooLong { .. } => "request_too_long",
    Self::Payload(PayloadError::UnknownVersion { .. }) => "request_too_new",
    Self::Payload(_)
    | Self::Signature(CoseError::Structure { .. } | CoseError::TooLong { .. } | CoseError::Detached) => "request_malformed",
    Self::Signature(_) => "request_signature_invalid",
    Self::NoClaims => "request_without_claims",
    Self::ClaimTwice { .. } => "request_claim_twice",
    Self::TooOld { .. } => "request_too_old",
    Self::FromTheFuture { .. } => "request_in_future",
    Self::BeyondRegistration { .. } => "request_beyond_registration",
    Self::PurposeNotRegistered { .. } => "request_purpose_not_registered",
    Self::UnregisteredBeyondAge { .. } => "request_unregistered_beyond_age",
    Self::UnregisteredWording { .. } => "request_unregistered_wording",
} inner {
    Registration,
});
