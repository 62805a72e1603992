//! The Key Binding JWT: RFC 9901 section 4.3.

use serde_json::{Map, Value};

use super::{Digest, SdJwtError};
use crate::json;
use crate::jws;
use crate::keys::{Algorithm, PublicKey};
use crate::time::Timestamp;

/// The explicit type of a Key Binding JWT.
pub const KEY_BINDING_TYPE: &str = "kb+jwt";

/// The header of every Key Binding JWT made here, byte for byte.
#[must_use]
pub const fn key_binding_header(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDsa => r#"{"alg":"EdDSA","typ":"kb+jwt"}"#,
        Algorithm::Es256 => r#"{"alg":"ES256","typ":"kb+jwt"}"#,
    }
}

/// The payload of every Key Binding JWT made here, byte for byte: members in this order, no white space.
#[must_use]
pub fn key_binding_payload(issued_at: Timestamp, audience: &str, nonce: &str, sd_hash: &str) -> String {
    let mut out = String::with_capacity(192);
    out.push_str("{\"iat\":");
    json::push_display(issued_at.seconds(), &mut out);
    for (name, text) in [("aud", audience), ("nonce", nonce), ("sd_hash", sd_hash)] {
        out.extend([",\"", name, "\":\""]);
        json::push_escaped(text, &mut out);
        out.push('"');
    }
    out.push('}');
    out
}

/// When a key binding counts as fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The verifier's time.
    pub now: Timestamp,
    /// How many seconds old it may be.
    pub max_age: i64,
    /// How many seconds ahead the holder's clock may be.
    pub max_ahead: i64,
}

/// What a verifier demands of a key binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyBindingExpectation<'e> {
    /// The verifier itself.
    pub audience: &'e str,
    /// What the verifier put into its request.
    pub nonce: &'e str,
    /// When it must have been made.
    pub freshness: Freshness,
}

/// A Key Binding JWT whose signature nobody has checked.
#[derive(Debug)]
pub struct UnverifiedKeyBinding<'t> {
    sd_jwt: &'t str,
    jws: jws::Unverified<'t>,
}

impl<'t> UnverifiedKeyBinding<'t> {
    pub(super) fn parse(sd_jwt: &'t str, jwt: &'t str) -> Result<Self, SdJwtError> {
        let jws = jws::Unverified::parse(jwt).map_err(|source| SdJwtError::KeyBindingJwt { source })?;
        Ok(Self { sd_jwt, jws })
    }

    /// Steps 5.2 to 5.4 of RFC 9901 section 7.3, and the shape of the payload.
    ///
    /// # Errors
    /// If another key signed, the type is not `kb+jwt`, or a claim is missing.
    pub fn verify_signature(self, key: &PublicKey) -> Result<KeyBinding<'t>, SdJwtError> {
        let verified = self.jws.verify(key).map_err(|source| SdJwtError::KeyBindingSignature { source })?;
        let typ = verified.header().typ.as_deref();
        if typ != Some(KEY_BINDING_TYPE) {
            return Err(SdJwtError::KeyBindingType {
                expected: KEY_BINDING_TYPE,
                got: typ.map(str::to_owned),
            });
        }
        let claims =
            json::parse_object(verified.payload()).map_err(|source| SdJwtError::KeyBindingJson { source })?;
        KeyBinding::read(self.sd_jwt, claims)
    }
}

/// A Key Binding JWT that the holder's key signed. What it says is still to be compared with what the verifier
/// expects, each comparison by itself so that it can be reported by itself.
#[derive(Clone, Debug)]
pub struct KeyBinding<'t> {
    sd_jwt: &'t str,
    audience: String,
    nonce: String,
    issued_at: Timestamp,
    sd_hash: String,
    others: Map<String, Value>,
}

impl<'t> KeyBinding<'t> {
    fn read(sd_jwt: &'t str, mut claims: Map<String, Value>) -> Result<Self, SdJwtError> {
        let mut text = |name| match claims.get_mut(name).map(Value::take) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(SdJwtError::KeyBindingClaim { name, expected: "a string" }),
        };
        let (audience, nonce, sd_hash) = (text("aud")?, text("nonce")?, text("sd_hash")?);
        let issued_at = numeric_date(&claims, "iat")?
            .ok_or(SdJwtError::KeyBindingClaim { name: "iat", expected: "a number of seconds" })?;
        claims.retain(|name, _| !["aud", "nonce", "sd_hash", "iat"].contains(&name.as_str()));
        Ok(Self { sd_jwt, audience, nonce, issued_at, sd_hash, others: claims })
    }

    /// Who it was made for: `aud`.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// What ties it to one request: `nonce`.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// When it was made: `iat`.
    #[must_use]
    pub const fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// What it was made over: `sd_hash`.
    #[must_use]
    pub fn sd_hash(&self) -> &str {
        &self.sd_hash
    }

    /// Any further claims, such as OpenID4VP's `transaction_data_hashes`.
    #[must_use]
    pub const fn others(&self) -> &Map<String, Value> {
        &self.others
    }

    /// Step 5.5: made within the window; and step 5.8: inside `nbf` and `exp`, if it has them.
    ///
    /// # Errors
    /// [`SdJwtError::KeyBindingTooOld`] or [`SdJwtError::KeyBindingInFuture`].
    pub fn check_freshness(&self, freshness: &Freshness) -> Result<(), SdJwtError> {
        let earliest = freshness.now.plus_seconds(freshness.max_age.saturating_neg());
        let latest = freshness.now.plus_seconds(freshness.max_ahead);
        let starts = numeric_date(&self.others, "nbf")?.map_or(self.issued_at, |nbf| nbf.max(self.issued_at));
        if starts > latest {
            return Err(SdJwtError::KeyBindingInFuture { latest, got: starts });
        }
        if self.issued_at < earliest {
            return Err(SdJwtError::KeyBindingTooOld { earliest, got: self.issued_at });
        }
        match numeric_date(&self.others, "exp")? {
            Some(exp) if exp <= freshness.now => {
                Err(SdJwtError::KeyBindingTooOld { earliest: freshness.now, got: exp })
            }
            _ => Ok(()),
        }
    }

    /// Step 5.6, the request.
    ///
    /// # Errors
    /// [`SdJwtError::NonceMismatch`].
    pub fn check_nonce(&self, expected: &str) -> Result<(), SdJwtError> {
        if self.nonce == expected {
            return Ok(());
        }
        Err(SdJwtError::NonceMismatch { expected: expected.to_owned(), got: self.nonce.clone() })
    }

    /// Step 5.6, the verifier.
    ///
    /// # Errors
    /// [`SdJwtError::AudienceMismatch`].
    pub fn check_audience(&self, expected: &str) -> Result<(), SdJwtError> {
        if self.audience == expected {
            return Ok(());
        }
        Err(SdJwtError::AudienceMismatch { expected: expected.to_owned(), got: self.audience.clone() })
    }

    /// Step 5.7: made over exactly the issuer's JWT and the disclosures received (section 4.3.1).
    ///
    /// # Errors
    /// [`SdJwtError::SdHashMismatch`].
    pub fn check_sd_hash(&self) -> Result<(), SdJwtError> {
        let expected = Digest::of(self.sd_jwt);
        if expected.as_str() == self.sd_hash {
            return Ok(());
        }
        Err(SdJwtError::SdHashMismatch { expected: expected.as_str().to_owned(), got: self.sd_hash.clone() })
    }
}

/// A NumericDate, which may have a fraction (RFC 7519 section 2); the second it falls in.
fn numeric_date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, SdJwtError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64));
    match seconds {
        Some(seconds) => Ok(Some(Timestamp::from_seconds(seconds))),
        None => Err(SdJwtError::KeyBindingClaim { name, expected: "a number of seconds" }),
    }
}
