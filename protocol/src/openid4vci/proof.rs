//! Proofs of possession of type `jwt` (appendix F.1): the keys that copies of a credential are bound to.
//!
//! The issuer verifies all proofs of a request at once ([`verify_all`]), looks up their nonces, and gets the keys only
//! when it says which nonces are its own ([`VerifiedProofs::redeem`]). The wallet writes a proof with [`prepare`].

mod error;

use std::collections::{BTreeSet, HashSet};

use hati_formats::did::{self, DidError, Relationship};
use hati_formats::jws::{self, Header, Unverified};
use hati_formats::keys::PublicKey;
use hati_formats::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::message::{check_lifetime, numeric_date, quoted, shown};

pub use error::ProofError;

/// Appendix F.1: the explicit type.
pub const TYP: &str = "openid4vci-proof+jwt";

/// How old a proof may be (appendix F.4, section 13.8): a batch of them is signed one after the other, on a cheap phone.
pub const MAX_AGE_SECONDS: i64 = 300;

/// How far a phone's clock may be ahead, or behind where the proof says itself until when it holds.
pub const CLOCK_SKEW_SECONDS: i64 = 60;

/// The longest proof that is read; one that names a P-256 key by `did:jwk` takes about 800 characters.
pub const MAX_PROOF_BYTES: usize = 8 * 1024;

/// What every proof of a request has to say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The issuer's identifier.
    pub audience: &'a str,
    /// The client of the access token; `None` where it was got anonymously with a pre-authorized code.
    pub client_id: Option<&'a str>,
    /// The most proofs at once: `batch_size` of the metadata.
    pub batch_size: usize,
    /// The issuer's time.
    pub now: Timestamp,
}

/// The key a copy is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderKey {
    /// The key.
    pub key: PublicKey,
    /// The DID that the wallet named it by, where it did.
    pub did: Option<String>,
}

/// Proofs that passed every check but the one of their nonces. Only [`verify_all`] makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedProofs {
    keys: Vec<HolderKey>,
    nonces: BTreeSet<String>,
}

impl VerifiedProofs {
    /// The nonces to look up; mostly one.
    pub fn nonces(&self) -> impl Iterator<Item = &str> {
        self.nonces.iter().map(String::as_str)
    }

    /// The keys in the order of their proofs, if every nonce is the issuer's and still good.
    ///
    /// # Errors
    /// [`ProofError::Nonce`].
    pub fn redeem(self, is_nonce: impl Fn(&str) -> bool) -> Result<Vec<HolderKey>, ProofError> {
        match self.nonces.iter().find(|nonce| !is_nonce(nonce)) {
            Some(bad) => Err(ProofError::Nonce { got: quoted(bad) }),
            None => Ok(self.keys),
        }
    }
}

/// Checks the proofs of one request (appendices F.1 and F.4); one bad proof refuses all.
///
/// # Errors
/// [`ProofError`].
pub fn verify_all<T: AsRef<str>>(
    proofs: &[T],
    expected: &Expected<'_>,
) -> Result<VerifiedProofs, ProofError> {
    if proofs.is_empty() || proofs.len() > expected.batch_size {
        return Err(ProofError::Count { limit: expected.batch_size, got: proofs.len() });
    }
    let mut verified = VerifiedProofs { keys: Vec::with_capacity(proofs.len()), nonces: BTreeSet::new() };
    let mut seen = HashSet::with_capacity(proofs.len());
    for proof in proofs {
        let (key, nonce) = verify(proof.as_ref(), expected)?;
        if !seen.insert(key.key.thumbprint()) {
            return Err(ProofError::SameKey);
        }
        verified.keys.push(key);
        verified.nonces.insert(nonce);
    }
    Ok(verified)
}

/// What a proof says.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a> {
    /// The issuer's identifier.
    pub audience: &'a str,
    /// The wallet's client id; `None` where the token was got anonymously.
    pub client_id: Option<&'a str>,
    /// From the nonce endpoint.
    pub nonce: &'a str,
    /// When it is made.
    pub now: Timestamp,
}

/// The proof that waits for the signature of `key`, which it names by `jwk`.
#[must_use]
pub fn prepare(key: &PublicKey, claims: &Claims<'_>) -> jws::Unsigned {
    let header = json!({"typ": TYP, "alg": key.algorithm().name(), "jwk": key.to_jwk()});
    let mut payload = json!({"aud": claims.audience, "iat": claims.now.seconds(), "nonce": claims.nonce});
    if let (Some(members), Some(client_id)) = (payload.as_object_mut(), claims.client_id) {
        members.insert("iss".to_owned(), client_id.into());
    }
    jws::prepare_text(&header.to_string(), payload.to_string().as_bytes())
}

fn verify(proof: &str, expected: &Expected<'_>) -> Result<(HolderKey, String), ProofError> {
    if proof.len() > MAX_PROOF_BYTES {
        return Err(ProofError::TooLong { limit: MAX_PROOF_BYTES, got: proof.len() });
    }
    let unverified = Unverified::parse(proof)?;
    let header = unverified.header();
    if header.typ.as_deref() != Some(TYP) {
        return Err(ProofError::Typ { got: header.typ.as_deref().map_or("none".to_owned(), quoted) });
    }
    let key = holder_key(header, expected.now)?;
    let claims = unverified.verify(&key.key)?.claims()?;
    let audience = text(&claims, "aud")?;
    if audience != expected.audience {
        return Err(ProofError::Audience { expected: expected.audience.to_owned(), got: shown(audience) });
    }
    check_issuer(&claims, expected.client_id)?;
    check_time(&claims, expected.now)?;
    Ok((key, text(&claims, "nonce")?.to_owned()))
}

fn holder_key(header: &Header, now: Timestamp) -> Result<HolderKey, ProofError> {
    let members = ["jwk", "kid", "x5c"].into_iter().filter(|name| header.members.contains_key(*name));
    match (members.collect::<Vec<_>>().as_slice(), header.members.get("jwk"), header.kid.as_deref()) {
        (["jwk"], Some(jwk), _) => Ok(HolderKey { key: PublicKey::from_jwk(jwk)?, did: None }),
        (["kid"], _, Some(kid)) => {
            let did = did::controller_of(kid);
            let document = did::expand(did).map_err(|error| match error {
                DidError::NeedsDocument { did } => ProofError::DidMethod { got: quoted(&did) },
                other => other.into(),
            })?;
            let method = document.method(kid, Relationship::Authentication, now)?;
            Ok(HolderKey { key: method.key().clone(), did: Some(did.to_owned()) })
        }
        (others, ..) => Err(ProofError::KeyReference { got: format!("{others:?}") }),
    }
}

fn text<'c>(claims: &'c Map<String, Value>, claim: &'static str) -> Result<&'c str, ProofError> {
    claims.get(claim).and_then(Value::as_str).ok_or(ProofError::Claim { claim, expected: "a string" })
}

fn check_issuer(claims: &Map<String, Value>, client_id: Option<&str>) -> Result<(), ProofError> {
    let Some(iss) = claims.get("iss") else { return Ok(()) };
    if iss.as_str().is_some_and(|iss| Some(iss) == client_id) {
        return Ok(());
    }
    Err(ProofError::Issuer {
        expected: client_id.map_or("absent".to_owned(), str::to_owned),
        got: shown(&iss.to_string()),
    })
}

/// Appendix F.4: "the creation time of the JWT … is within an acceptable window".
fn check_time(claims: &Map<String, Value>, now: Timestamp) -> Result<(), ProofError> {
    let issued_at = claims
        .get("iat")
        .and_then(numeric_date)
        .ok_or(ProofError::Claim { claim: "iat", expected: "seconds since 1970" })?;
    let age = now.seconds_since(issued_at);
    if !(-CLOCK_SKEW_SECONDS..=MAX_AGE_SECONDS).contains(&age) {
        return Err(ProofError::Time { issued_at, now });
    }
    Ok(check_lifetime(claims, now, CLOCK_SKEW_SECONDS)?)
}

#[cfg(test)]
mod tests;
