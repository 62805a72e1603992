//! Checking a request, on the wallet's side.

use super::content::{Claimant, Payload};
use super::{KnownPurpose, Purpose, RequestContent, RequestError, TypeId};
use crate::cose::{self, Kind};
use crate::keys::PublicKey;
use crate::names::ClaimPath;
use crate::time::Timestamp;
use crate::trust::{Registration, TrustList, Withdrawn, audience};

/// How long a request may be answered. Long enough to read it and to enter a PIN; short, because a request
/// relayed to a distant holder cannot be told from one in front of the verifier.
pub const LIFETIME_SECONDS: i64 = 120;

/// How far a verifier's clock may be ahead of the wallet's. A phone that was offline for days drifts by seconds.
pub const MAX_SKEW_SECONDS: i64 = 60;

/// The longest request: the longest registration (600 bytes) and as much again. A code that a cheap phone reads
/// holds 900 characters, 597 bytes.
pub const MAX_BYTES: usize = 1_200;

/// The claim whose members an unregistered verifier may ask for.
const AGE: &str = "age_equal_or_over";

/// A request as it was scanned. Nothing in it is true, so nothing of it can be read.
#[derive(Debug, Clone)]
pub struct Unverified {
    statement: cose::Unverified,
    payload: Payload,
}

/// A request that its verifier's key signed, that counts now, and that the verifier may make.
///
/// [`Unverified::verify`], the only way to one,
/// 1. requires the registration, if there is one, to be a known registrar's, valid and not withdrawn;
/// 2. requires the signature of the registration's key, or of the key that an unregistered verifier names;
/// 3. requires the request to be at most [`LIFETIME_SECONDS`] old, and not from the future;
/// 4. refuses what the registration does not allow, and what goes beyond proof of age without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    content: RequestContent,
    requester: Requester,
    audience: String,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requester {
    /// Somebody a registrar knows by name.
    Registered(Box<Registration>),
    /// Somebody unknown, which the wallet has to say.
    Unregistered(PublicKey),
}

impl Unverified {
    /// Takes a scanned request apart.
    ///
    /// # Errors
    /// If it is too long, malformed, or of a newer format.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_BYTES {
            return Err(RequestError::TooLong { limit: MAX_BYTES, got: bytes.len() });
        }
        let statement = cose::Unverified::parse(bytes)?;
        let payload = Payload::read(statement.payload_unverified())?;
        Ok(Self { statement, payload })
    }

    /// Checks it, offline, against the wallet's trust list and the registrations known to be withdrawn.
    ///
    /// # Errors
    /// Why the request may not be answered, each reason its own variant.
    pub fn verify(
        self,
        trust: &TrustList,
        withdrawn: &Withdrawn,
        now: Timestamp,
    ) -> Result<Request, RequestError> {
        let Payload { content, by } = self.payload;
        let requester = match by {
            Claimant::Registered(bytes) => {
                Requester::Registered(Box::new(Registration::verify(&bytes, trust, withdrawn, now)?))
            }
            Claimant::Unregistered(key) => Requester::Unregistered(key),
        };
        self.statement.verify(Kind::Request, requester.key())?;
        check_time(content.issued_at, now)?;
        requester.check_may_ask(&content)?;
        let audience = audience(requester.key());
        Ok(Request { content, requester, audience })
    }
}

impl Request {
    /// What is asked.
    #[must_use]
    pub fn content(&self) -> &RequestContent {
        &self.content
    }

    /// Who asks.
    #[must_use]
    pub fn requester(&self) -> &Requester {
        &self.requester
    }

    /// Whom the answer is for: the `aud` of the key binding.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }
}

impl Requester {
    /// The key that signed the request.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        match self {
            Self::Registered(registration) => registration.key(),
            Self::Unregistered(key) => key,
        }
    }

    /// Refuses what wallets refuse whoever asks: what its registration does not allow, and without one all that
    /// goes beyond proof of age. A verifier asks this before it shows a code that no wallet answers.
    ///
    /// # Errors
    /// Each reason its own variant.
    pub fn check_may_ask(&self, content: &RequestContent) -> Result<(), RequestError> {
        match self {
            Self::Registered(registration) => check_registered(registration, content),
            Self::Unregistered(_) => check_unregistered(content),
        }
    }
}

fn check_time(issued_at: Timestamp, now: Timestamp) -> Result<(), RequestError> {
    let age = now.seconds_since(issued_at);
    if age > LIFETIME_SECONDS {
        return Err(RequestError::TooOld { issued_at, now, limit: LIFETIME_SECONDS });
    }
    if age < -MAX_SKEW_SECONDS {
        return Err(RequestError::FromTheFuture { issued_at, now, limit: MAX_SKEW_SECONDS });
    }
    Ok(())
}

fn check_registered(registration: &Registration, content: &RequestContent) -> Result<(), RequestError> {
    let beyond = content.claims.iter().filter(|claim| !registration.allows(claim));
    let claims: Vec<ClaimPath> = beyond.cloned().collect();
    if !claims.is_empty() {
        return Err(RequestError::BeyondRegistration { claims });
    }
    let purpose = content.purpose.id();
    if !registration.allows_purpose(purpose) {
        return Err(RequestError::PurposeNotRegistered { purpose: purpose.to_owned() });
    }
    Ok(())
}

fn check_unregistered(content: &RequestContent) -> Result<(), RequestError> {
    let proof_of_age = content.credential_type.as_str() == TypeId::PROOF_OF_AGE;
    let beyond = content.claims.iter().filter(|claim| !(proof_of_age && is_age(claim)));
    let claims: Vec<ClaimPath> = beyond.cloned().collect();
    if !claims.is_empty() {
        return Err(RequestError::UnregisteredBeyondAge {
            credential_type: content.credential_type.clone(),
            claims,
        });
    }
    let wording = |what, got: &str| RequestError::UnregisteredWording { what, got: got.to_owned() };
    if content.purpose != Purpose::Known(KnownPurpose::AgeCheck) {
        return Err(wording("purpose", content.purpose.id()));
    }
    content.place.as_deref().map_or(Ok(()), |place| Err(wording("place", place)))
}

/// `age_equal_or_over.18` and the like, never the whole group.
fn is_age(claim: &ClaimPath) -> bool {
    let years = claim.as_str().strip_prefix(AGE).and_then(|rest| rest.strip_prefix('.'));
    years.is_some_and(|years| !years.is_empty() && years.bytes().all(|digit| digit.is_ascii_digit()))
}
