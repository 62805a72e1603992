//! The Status List Token as a JWT (draft-ietf-oauth-status-list-21 section 5.1).
//!
//! ```
//! use hati_formats::keys::{Algorithm, SoftwareKey};
//! use hati_formats::status::claim::StatusListClaim;
//! use hati_formats::status::token::{self, StatusListToken};
//! use hati_formats::status::{Bits, Status, StatusList};
//! use hati_formats::time::Timestamp;
//! # use rand_chacha::rand_core::SeedableRng;
//! # let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//! # let key = SoftwareKey::generate(Algorithm::EdDsa, &mut rng);
//! let (uri, now) = ("https://id.example/status/1", Timestamp::from_seconds(1_800_000_000));
//! let mut list = StatusList::new(Bits::Two, 1_000)?;
//! list.set(412, Status::Invalid)?;
//! let token = StatusListToken {
//!     subject: uri.to_owned(),
//!     issued_at: now,
//!     expires_at: Some(now.plus_seconds(86_400)),
//!     ttl: Some(43_200),
//!     status_list: StatusListClaim { list, aggregation_uri: None },
//! };
//! let unsigned = token.prepare(Algorithm::EdDsa, "1");
//! let signature = key.sign(unsigned.signing_input());
//! let jwt = unsigned.finish(&signature);
//!
//! let verified = token::verify(&jwt, key.public(), uri, now)?;
//! assert_eq!(verified.status(412)?, Status::Invalid);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde_json::{Map, Value, json};

use super::claim::{ClaimError, StatusListClaim};
use super::{IndexOutOfRange, Status};
use crate::jws::{self, JwsError};
use crate::keys::{Algorithm, PublicKey};
use crate::time::Timestamp;

/// The only type such a token may have (section 5.1).
pub const TYP: &str = "statuslist+jwt";

/// How far the issuer's clock may be ahead of ours before a token counts as issued in the future; RFC 7519
/// section 4.1.5 allows "no more than a few minutes". No grace is given after `exp`.
pub const CLOCK_SKEW_SECONDS: i64 = 60;

/// What a Status List Token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListToken {
    /// `sub`: the URI of this token, which credentials name as `uri`.
    pub subject: String,
    /// `iat`: as of when the list speaks.
    pub issued_at: Timestamp,
    /// `exp`: from when on it must not be used.
    pub expires_at: Option<Timestamp>,
    /// `ttl`: seconds after which a copy should be fetched again.
    pub ttl: Option<u64>,
    /// `status_list`.
    pub status_list: StatusListClaim,
}

/// Why a Status List Token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token is damaged or its signature does not match.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// Another kind of token.
    #[error("a status list has the type `{TYP}`, this token has `{}`", got.as_deref().unwrap_or("none"))]
    Type {
        /// `typ` of the header.
        got: Option<String>,
    },
    /// The token speaks of another list than the credential.
    #[error("the credential's list is {expected}, the token is for {got}; fetch the right list")]
    Subject {
        /// `uri` of the credential.
        expected: String,
        /// `sub` of the token.
        got: String,
    },
    /// The token's time is up.
    #[error("the status list expired at {expired_at}, it is {now}; fetch a fresh one")]
    Expired {
        /// `exp`.
        expired_at: Timestamp,
        /// The time given.
        now: Timestamp,
    },
    /// The token is from the future.
    #[error("the status list is issued at {issued_at}, but it is {now}; check this device's clock")]
    NotYetIssued {
        /// `iat`.
        issued_at: Timestamp,
        /// The time given.
        now: Timestamp,
    },
    /// A claim is absent or of the wrong type.
    #[error("the status list token needs `{claim}`, {expected}")]
    Claim {
        /// Its name.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// `status_list` is refused.
    #[error(transparent)]
    StatusList(#[from] ClaimError),
}

impl StatusListToken {
    /// The token, waiting for the signature of the key that `kid` names.
    #[must_use]
    pub fn prepare(&self, alg: Algorithm, kid: &str) -> jws::Unsigned {
        let mut header = Map::new();
        header.insert("alg".to_owned(), json!(alg.name()));
        header.insert("kid".to_owned(), json!(kid));
        header.insert("typ".to_owned(), json!(TYP));
        jws::prepare(&header, Value::Object(self.claims()).to_string().as_bytes())
    }

    fn claims(&self) -> Map<String, Value> {
        let optional = [
            ("exp", self.expires_at.map(|exp| json!(exp.seconds()))),
            ("ttl", self.ttl.map(|ttl| json!(ttl))),
        ];
        let required = [
            ("sub", json!(self.subject)),
            ("iat", json!(self.issued_at.seconds())),
            ("status_list", self.status_list.to_json()),
        ];
        let optional = optional.into_iter().filter_map(|(claim, value)| Some((claim, value?)));
        required.into_iter().chain(optional).map(|(claim, value)| (claim.to_owned(), value)).collect()
    }

    pub(super) fn from_claims(claims: &Map<String, Value>) -> Result<Self, TokenError> {
        let needs = |claim, expected| TokenError::Claim { claim, expected };
        let subject = claims.get("sub").and_then(Value::as_str).ok_or(needs("sub", "the URI of the list"))?;
        let issued_at = numeric_date(claims, "iat")?.ok_or(needs("iat", "when it was issued"))?;
        let status_list = claims
            .get("status_list")
            .and_then(Value::as_object)
            .ok_or(needs("status_list", "an object with `bits` and `lst`"))?;
        let ttl = match claims.get("ttl") {
            None => None,
            Some(ttl) => Some(positive(ttl).ok_or(needs("ttl", "a positive number of seconds"))?),
        };
        Ok(Self {
            subject: subject.to_owned(),
            issued_at,
            expires_at: numeric_date(claims, "exp")?,
            ttl,
            status_list: StatusListClaim::from_json(status_list)?,
        })
    }
}

/// A Status List Token that passed every check of [`verify`], which alone makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    token: StatusListToken,
}

/// Checks a Status List Token by the steps of draft-ietf-oauth-status-list-21 section 8.3:
///
/// 1. the signature, by the key the caller trusts for this list (step 3a);
/// 2. `typ` (section 5.1);
/// 3. `sub` equals the `uri` of the credential (step 4a);
/// 4. `iat` is not in the future, `exp` is (steps 4b and 4c);
/// 5. the list inflates within its bound (step 5).
///
/// How old a list may be (step 4b) is the caller's policy: see [`VerifiedToken::token`].
///
/// # Errors
/// [`TokenError`].
pub fn verify(jwt: &str, key: &PublicKey, uri: &str, now: Timestamp) -> Result<VerifiedToken, TokenError> {
    let verified = jws::Unverified::parse(jwt)?.verify(key)?;
    if verified.header().typ.as_deref() != Some(TYP) {
        return Err(TokenError::Type { got: verified.header().typ.clone() });
    }
    let claims = verified.claims()?;
    // Cheap checks come before the list is inflated.
    check_subject(&claims, uri)?;
    check_times(&claims, now)?;
    Ok(VerifiedToken { token: StatusListToken::from_claims(&claims)? })
}

impl VerifiedToken {
    /// The status of a credential (section 8.3 steps 6 and 7).
    ///
    /// # Errors
    /// [`IndexOutOfRange`]: the credential must then be rejected.
    pub fn status(&self, index: u64) -> Result<Status, IndexOutOfRange> {
        self.token.status_list.list.get(index)
    }

    /// Everything the token says.
    #[must_use]
    pub const fn token(&self) -> &StatusListToken {
        &self.token
    }

    /// Whether a copy fetched at `resolved_at` should be fetched again (section 8.3 step 4d).
    #[must_use]
    pub fn needs_refresh(&self, resolved_at: Timestamp, now: Timestamp) -> bool {
        let ttl = self.token.ttl.map(|ttl| i64::try_from(ttl).unwrap_or(i64::MAX));
        ttl.is_some_and(|ttl| resolved_at.plus_seconds(ttl) < now)
    }
}

fn check_subject(claims: &Map<String, Value>, uri: &str) -> Result<(), TokenError> {
    match claims.get("sub").and_then(Value::as_str) {
        Some(got) if got != uri => Err(TokenError::Subject { expected: uri.to_owned(), got: got.to_owned() }),
        _ => Ok(()),
    }
}

fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(), TokenError> {
    match numeric_date(claims, "iat")? {
        Some(issued_at) if issued_at > now.plus_seconds(CLOCK_SKEW_SECONDS) => {
            return Err(TokenError::NotYetIssued { issued_at, now });
        }
        _ => {}
    }
    match numeric_date(claims, "exp")? {
        // RFC 7519 section 4.1.4: "on or after" exp the token must not be accepted.
        Some(expired_at) if now >= expired_at => Err(TokenError::Expired { expired_at, now }),
        _ => Ok(()),
    }
}

/// A `NumericDate` (RFC 7519 section 2), which may have a fraction; it is cut off.
fn numeric_date(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<Timestamp>, TokenError> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64));
    let date = seconds.map(Timestamp::from_seconds);
    date.map(Some).ok_or(TokenError::Claim { claim, expected: "a number of seconds since 1970" })
}

/// `ttl` is a positive number; a fraction is cut off.
fn positive(value: &Value) -> Option<u64> {
    let whole = value.as_u64().filter(|ttl| *ttl > 0);
    whole.or_else(|| value.as_f64().filter(|ttl| *ttl > 0.0 && !value.is_u64()).map(|ttl| ttl.floor() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::b64url;
    use crate::keys::SoftwareKey;
    use crate::status::inflate::{InflateError, MAX_INFLATED_BYTES, to_zlib};
    use crate::status::{Bits, StatusList, StatusListError};

    const URI: &str = "https://example.com/statuslists/1";
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn key(algorithm: Algorithm) -> SoftwareKey {
        SoftwareKey::from_secret_bytes(algorithm, &[7; 32]).unwrap()
    }

    fn token() -> StatusListToken {
        let mut list = StatusList::new(Bits::Two, 100).unwrap();
        list.set(42, Status::Suspended).unwrap();
        StatusListToken {
            subject: URI.to_owned(),
            issued_at: NOW,
            expires_at: Some(NOW.plus_seconds(3_600)),
            ttl: Some(600),
            status_list: StatusListClaim {
                list,
                aggregation_uri: Some("https://example.com/lists".to_owned()),
            },
        }
    }

    fn signed(header: &Value, payload: &str) -> String {
        let key = key(Algorithm::EdDsa);
        let unsigned = jws::prepare(header.as_object().unwrap(), payload.as_bytes());
        unsigned.clone().finish(&key.sign(unsigned.signing_input()))
    }

    fn check(jwt: &str, now: Timestamp) -> Result<VerifiedToken, TokenError> {
        verify(jwt, key(Algorithm::EdDsa).public(), URI, now)
    }

    /// The token with one claim set, or taken out where the value is null.
    fn with(claim: &str, value: Value) -> Result<VerifiedToken, TokenError> {
        let mut claims = token().claims();
        claims.insert(claim.to_owned(), value);
        claims.retain(|_, value| !value.is_null());
        check(&signed(&json!({"alg": "EdDSA", "typ": TYP}), &Value::Object(claims).to_string()), NOW)
    }

    #[test]
    fn verifies_what_it_issues_with_both_algorithms() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let key = key(algorithm);
            let unsigned = token().prepare(algorithm, "12");
            let signature = key.sign(unsigned.signing_input());
            let verified = verify(&unsigned.finish(&signature), key.public(), URI, NOW).unwrap();
            assert_eq!(verified.token(), &token());
            assert_eq!(verified.status(42), Ok(Status::Suspended));
            assert_eq!(verified.status(100), Err(IndexOutOfRange { index: 100, size: 100 }));
        }
    }

    #[test]
    fn refuses_another_type() {
        let payload = Value::Object(token().claims()).to_string();
        for typ in [json!("JWT"), json!("application/statuslist+jwt"), json!("statuslist+cwt")] {
            let got = typ.as_str().map(str::to_owned);
            let error = check(&signed(&json!({"alg": "EdDSA", "typ": typ}), &payload), NOW);
            assert_eq!(error, Err(TokenError::Type { got }));
        }
        let error = check(&signed(&json!({"alg": "EdDSA"}), &payload), NOW);
        assert_eq!(error, Err(TokenError::Type { got: None }));
    }

    #[test]
    fn refuses_another_key_and_altered_bytes() {
        let unsigned = token().prepare(Algorithm::EdDsa, "12");
        let other = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[8; 32]).unwrap();
        let signature = other.sign(unsigned.signing_input());
        assert!(matches!(
            check(&unsigned.finish(&signature), NOW),
            Err(TokenError::Jws(JwsError::Signature(_)))
        ));
        let unsigned = token().prepare(Algorithm::Es256, "12");
        let signature = key(Algorithm::Es256).sign(unsigned.signing_input());
        let error = check(&unsigned.finish(&signature), NOW);
        assert!(matches!(error, Err(TokenError::Jws(JwsError::AlgorithmOfKey { .. }))));
    }

    #[test]
    fn refuses_another_subject() {
        let got = "https://example.com/statuslists/2".to_owned();
        let error = TokenError::Subject { expected: URI.to_owned(), got: got.clone() };
        assert_eq!(with("sub", json!(got)), Err(error));
        assert!(matches!(with("sub", Value::Null), Err(TokenError::Claim { claim: "sub", .. })));
    }

    #[test]
    fn refuses_outside_its_time() {
        let expired_at = NOW.plus_seconds(3_600);
        let jwt = signed(&json!({"alg": "EdDSA", "typ": TYP}), &Value::Object(token().claims()).to_string());
        assert!(check(&jwt, NOW.plus_seconds(3_599)).is_ok());
        for now in [expired_at, expired_at.plus_seconds(1)] {
            assert_eq!(check(&jwt, now), Err(TokenError::Expired { expired_at, now }));
        }
        assert!(check(&jwt, NOW.plus_seconds(-CLOCK_SKEW_SECONDS)).is_ok());
        let now = NOW.plus_seconds(-CLOCK_SKEW_SECONDS - 1);
        assert_eq!(check(&jwt, now), Err(TokenError::NotYetIssued { issued_at: NOW, now }));
        assert!(with("exp", Value::Null).is_ok(), "exp is recommended, not required");
        assert!(matches!(with("exp", json!("soon")), Err(TokenError::Claim { claim: "exp", .. })));
        assert!(matches!(with("iat", Value::Null), Err(TokenError::Claim { claim: "iat", .. })));
        assert!(matches!(with("iat", json!("now")), Err(TokenError::Claim { claim: "iat", .. })));
        assert_eq!(with("iat", json!(1_799_999_999.75)).unwrap().token().issued_at, NOW.plus_seconds(-1));
    }

    #[test]
    fn says_when_to_fetch_again() {
        let verified = with("ttl", json!(600)).unwrap();
        assert!(!verified.needs_refresh(NOW, NOW.plus_seconds(600)));
        assert!(verified.needs_refresh(NOW, NOW.plus_seconds(601)));
        assert!(!with("ttl", Value::Null).unwrap().needs_refresh(NOW, NOW.plus_seconds(1 << 40)));
        assert_eq!(with("ttl", json!(1.5)).unwrap().token().ttl, Some(1));
        for ttl in [json!(0), json!(-1), json!(-0.5), json!("600")] {
            assert!(matches!(with("ttl", ttl), Err(TokenError::Claim { claim: "ttl", .. })));
        }
    }

    #[test]
    fn refuses_bad_lists() {
        let list = |bits: u64, lst: &[u8]| with("status_list", json!({"bits": bits, "lst": b64url(lst)}));
        let good = to_zlib(&[0; 4]);
        assert!(list(1, &good).is_ok());
        let bits = StatusListError::Bits { got: 3 };
        assert_eq!(list(3, &good), Err(ClaimError::from(bits).into()));
        let bomb = StatusListError::from(InflateError::TooLarge { max: MAX_INFLATED_BYTES });
        assert_eq!(list(1, &to_zlib(&vec![0; MAX_INFLATED_BYTES + 1])), Err(ClaimError::from(bomb).into()));
        assert!(matches!(
            with("status_list", Value::Null),
            Err(TokenError::Claim { claim: "status_list", .. })
        ));
        assert!(matches!(
            with("status_list", json!([])),
            Err(TokenError::Claim { claim: "status_list", .. })
        ));
    }

    #[test]
    fn refuses_duplicate_members() {
        let payload = Value::Object(token().claims()).to_string();
        let header = json!({"alg": "EdDSA", "typ": TYP});
        let twice = payload.replacen('{', "{\"sub\":\"https://example.com/statuslists/1\",", 1);
        let nested = payload.replacen("\"bits\":2", "\"bits\":2,\"bits\":1", 1);
        for payload in [twice, nested] {
            assert!(matches!(
                check(&signed(&header, &payload), NOW),
                Err(TokenError::Jws(JwsError::Json { .. }))
            ));
        }
    }
}
