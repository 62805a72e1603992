//! DPoP (RFC 9449): a token is worth nothing without the key it was given to.
//!
//! The server reads the one header ([`only_proof`]), checks it ([`verify`]), then looks `jti` up in its memory and keeps
//! it there until `remember_until`; that memory is the server's, as are its nonces. The wallet writes a proof with
//! [`prepare`].

use hati_formats::encoding::b64url;
use hati_formats::jws::{self, JwsError, Unverified};
use hati_formats::keys::{KeyError, PublicKey};
use hati_formats::time::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{HtuError, normalize_htu};
use crate::message::{quoted, shown};

/// RFC 9449 section 4.2: the explicit type.
pub const TYP: &str = "dpop+jwt";

/// The header that carries a proof, and the one that carries the server's nonce.
pub const HEADER: &str = "DPoP";
/// RFC 9449 section 8.
pub const NONCE_HEADER: &str = "DPoP-Nonce";

/// How far `iat` may lie from the server's clock, either way. RFC 9449 section 11.1 asks for "a relatively brief period
/// (on the order of seconds or minutes)"; phones without a network are often minutes off.
pub const WINDOW_SECONDS: i64 = 300;

/// The longest proof that is read; one with a P-256 key and every claim takes about 700 characters.
pub const MAX_PROOF_BYTES: usize = 8 * 1024;

/// The longest `jti` that is remembered. RFC 9449 section 4.2 asks for 96 random bits or a UUID.
pub const MAX_JTI_BYTES: usize = 256;

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// RFC 9449 section 4.3 check 1.
    #[error("a request has exactly one DPoP header, this one has {got}")]
    Count {
        /// How many came.
        got: usize,
    },
    /// Longer than [`MAX_PROOF_BYTES`].
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
        /// [`WINDOW_SECONDS`].
        limit: i64,
    },
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

/// The request that a proof came with, and what the server asks of it.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The request's URL, as the server publishes it: never put together from a `Host` header.
    pub url: &'a str,
    /// The access token that came along; `None` at the token and pushed authorization request endpoints.
    pub access_token: Option<&'a str>,
    /// Whether a nonce is one of the server's; `None` where the server asks for none.
    pub is_nonce: Option<&'a dyn Fn(&str) -> bool>,
    /// The server's time.
    pub now: Timestamp,
}

/// A proof that passed every check but the one against replay. Only [`verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedProof {
    key: PublicKey,
    jkt: String,
    jti: String,
    remember_until: Timestamp,
}

impl VerifiedProof {
    /// The key that made it.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The key's thumbprint (RFC 9449 section 6.1), for `cnf.jkt`.
    #[must_use]
    pub fn jkt(&self) -> &str {
        &self.jkt
    }

    /// Its identifier: refuse a second proof of this key with the same (RFC 9449 section 11.1).
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// From when on the identifier may be forgotten: the proof is then too old by itself.
    #[must_use]
    pub const fn remember_until(&self) -> Timestamp {
        self.remember_until
    }

    /// Checks that a token, code or pushed request is bound to this key (RFC 9449 sections 4.3 check 12, 5 and 10).
    ///
    /// # Errors
    /// [`DpopError::OtherKey`].
    pub fn check_bound(&self, jkt: &str) -> Result<(), DpopError> {
        if self.jkt == jkt {
            return Ok(());
        }
        Err(DpopError::OtherKey { expected: shown(jkt), got: self.jkt.clone() })
    }
}

/// The one proof among the `DPoP` headers of a request, or `None` where there is none.
///
/// # Errors
/// [`DpopError::Count`] for more than one; [`DpopError::Claim`] where it is not text.
pub fn only_proof<'h>(headers: impl IntoIterator<Item = &'h [u8]>) -> Result<Option<&'h str>, DpopError> {
    let mut headers = headers.into_iter();
    let Some(first) = headers.next() else { return Ok(None) };
    match headers.count() {
        0 => core::str::from_utf8(first)
            .map(Some)
            .map_err(|_| DpopError::Claim { claim: HEADER, expected: "a JWT" }),
        more => Err(DpopError::Count { got: more.saturating_add(1) }),
    }
}

/// Makes the checks of RFC 9449 section 4.3, in this order: form and type, key, signature, `htm`, `htu`, `iat`, `nonce`, `ath`.
///
/// # Errors
/// [`DpopError`].
pub fn verify(proof: &str, expected: &Expected<'_>) -> Result<VerifiedProof, DpopError> {
    if proof.len() > MAX_PROOF_BYTES {
        return Err(DpopError::TooLong { limit: MAX_PROOF_BYTES, got: proof.len() });
    }
    let unverified = Unverified::parse(proof)?;
    let header = unverified.header();
    if header.typ.as_deref() != Some(TYP) {
        return Err(DpopError::Typ { got: header.typ.as_deref().map_or("none".to_owned(), quoted) });
    }
    let key = PublicKey::from_jwk(header.members.get("jwk").unwrap_or(&Value::Null))?;
    let claims = unverified.verify(&key)?.claims()?;

    let jti = text(&claims, "jti")?;
    if jti.is_empty() || jti.len() > MAX_JTI_BYTES {
        return Err(DpopError::Claim { claim: "jti", expected: "a text of 1 to 256 bytes" });
    }
    check_request(&claims, expected)?;
    let issued_at = check_time(&claims, expected.now)?;
    check_nonce(&claims, expected.is_nonce)?;
    check_access_token(&claims, expected.access_token)?;
    Ok(VerifiedProof {
        jkt: b64url(&key.thumbprint()),
        key,
        jti: jti.to_owned(),
        remember_until: issued_at.plus_seconds(WINDOW_SECONDS + 1),
    })
}

/// What a proof says; its time and identifier are the caller's.
#[derive(Clone, Copy)]
pub struct Claims<'a> {
    /// A fresh identifier of at least 96 random bits.
    pub jti: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The request's URL.
    pub url: &'a str,
    /// When it is made.
    pub now: Timestamp,
    /// The access token that goes along.
    pub access_token: Option<&'a str>,
    /// The server's latest nonce.
    pub nonce: Option<&'a str>,
}

/// The proof that waits for the signature of `key`.
///
/// # Errors
/// [`HtuError`] where the URL is none.
pub fn prepare(key: &PublicKey, claims: &Claims<'_>) -> Result<jws::Unsigned, HtuError> {
    let header = json!({"typ": TYP, "alg": key.algorithm().name(), "jwk": key.to_jwk()});
    let mut payload = json!({
        "jti": claims.jti, "htm": claims.method, "htu": normalize_htu(claims.url)?, "iat": claims.now.seconds(),
    });
    if let Some(members) = payload.as_object_mut() {
        members.extend(claims.access_token.map(|token| ("ath".to_owned(), ath(token).into())));
        members.extend(claims.nonce.map(|nonce| ("nonce".to_owned(), nonce.into())));
    }
    Ok(jws::prepare_text(&header.to_string(), payload.to_string().as_bytes()))
}

/// RFC 9449 section 4.2: the digest of an access token.
fn ath(access_token: &str) -> String {
    b64url(&Sha256::digest(access_token.as_bytes()))
}

fn text<'c>(claims: &'c Map<String, Value>, claim: &'static str) -> Result<&'c str, DpopError> {
    claims.get(claim).and_then(Value::as_str).ok_or(DpopError::Claim { claim, expected: "a string" })
}

/// Section 4.3 checks 8 and 9. Methods are case-sensitive (RFC 9110 section 9.1).
fn check_request(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), DpopError> {
    let method = text(claims, "htm")?;
    if method != expected.method {
        return Err(DpopError::Method { expected: expected.method.to_owned(), got: shown(method) });
    }
    let (got, expected) = (normalize_htu(text(claims, "htu")?)?, normalize_htu(expected.url)?);
    if got == expected { Ok(()) } else { Err(DpopError::Url { expected, got: shown(&got) }) }
}

/// Section 4.3 check 11.
fn check_time(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, DpopError> {
    let seconds = claims.get("iat").and_then(Value::as_i64);
    let issued_at = seconds
        .map(Timestamp::from_seconds)
        .ok_or(DpopError::Claim { claim: "iat", expected: "whole seconds since 1970" })?;
    if now.seconds_since(issued_at).unsigned_abs() > WINDOW_SECONDS.unsigned_abs() {
        return Err(DpopError::Time { issued_at, now, limit: WINDOW_SECONDS });
    }
    Ok(issued_at)
}

/// Section 4.3 check 10.
fn check_nonce(
    claims: &Map<String, Value>,
    is_nonce: Option<&dyn Fn(&str) -> bool>,
) -> Result<(), DpopError> {
    let Some(is_nonce) = is_nonce else { return Ok(()) };
    let got = claims.get("nonce").and_then(Value::as_str);
    if got.is_some_and(is_nonce) { Ok(()) } else { Err(DpopError::Nonce { got: got.map(quoted) }) }
}

/// Section 4.3 check 12, first half.
fn check_access_token(claims: &Map<String, Value>, access_token: Option<&str>) -> Result<(), DpopError> {
    let Some(expected) = access_token.map(ath) else { return Ok(()) };
    let got = text(claims, "ath")?;
    if got == expected { Ok(()) } else { Err(DpopError::AccessToken { expected, got: shown(got) }) }
}

#[cfg(test)]
mod tests;
