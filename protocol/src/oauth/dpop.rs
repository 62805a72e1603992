//! DPoP (RFC 9449): a token is worth nothing without the key it was given to.
//!
//! The server reads the one header ([`only_proof`]), checks it ([`verify`]), then looks `jti` up in its memory and keeps
//! it there until `remember_until`; that memory is the server's, as are its nonces. The wallet writes a proof with
//! [`prepare`].

mod error;
mod prepare;

use hati_formats::encoding::b64url;
use hati_formats::jws::Unverified;
use hati_formats::keys::PublicKey;
use hati_formats::time::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::normalize_htu;
use crate::message::{check_lifetime, numeric_date, quoted, shown};

pub use error::DpopError;
pub use prepare::{Claims, prepare};

/// RFC 9449 section 4.2: the explicit type.
pub const TYP: &str = "dpop+jwt";

/// The header that carries a proof.
pub const HEADER: &str = "DPoP";

/// RFC 9449 section 8: the header that carries the server's nonce.
pub const NONCE_HEADER: &str = "DPoP-Nonce";

/// How far `iat` may lie from the server's clock, either way. RFC 9449 section 11.1 asks for "a relatively brief period
/// (on the order of seconds or minutes)"; phones without a network are often minutes off.
pub const WINDOW_SECONDS: i64 = 300;

/// The longest proof that is read; one with a P-256 key and every claim takes about 700 characters.
pub const MAX_PROOF_BYTES: usize = 8 * 1024;

/// The longest `jti` that is remembered. RFC 9449 section 4.2 asks for 96 random bits or a UUID.
pub const MAX_JTI_BYTES: usize = 256;

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

/// Section 4.3 check 11, and what every JWT may say of its time.
fn check_time(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, DpopError> {
    let issued_at = claims
        .get("iat")
        .and_then(numeric_date)
        .ok_or(DpopError::Claim { claim: "iat", expected: "seconds since 1970" })?;
    if now.seconds_since(issued_at).unsigned_abs() > WINDOW_SECONDS.unsigned_abs() {
        return Err(DpopError::Time { issued_at, now, limit: WINDOW_SECONDS });
    }
    check_lifetime(claims, now, WINDOW_SECONDS)?;
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
