use hati_formats::time::Timestamp;
use serde_json::{Map, Value};

use super::numeric_date;

/// Why a JWT does not hold now, by what it says itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LifetimeError {
    /// `exp` or `nbf` is no NumericDate (RFC 7519 section 2).
    #[error("claim {claim} must be seconds since 1970, or be left out")]
    Claim {
        /// The claim.
        claim: &'static str,
    },
    /// RFC 7519 section 4.1.4.
    #[error("it was good until {expired_at} (exp), and it is {now}: set the clock and make a new one")]
    Expired {
        /// `exp`
        expired_at: Timestamp,
        /// The reader's time.
        now: Timestamp,
    },
    /// RFC 7519 section 4.1.5.
    #[error("it is good from {not_before} on (nbf), and it is {now}: set the clock and make a new one")]
    NotYet {
        /// `nbf`
        not_before: Timestamp,
        /// The reader's time.
        now: Timestamp,
    },
}

/// RFC 7519 sections 4.1.4 and 4.1.5: both claims are optional, and what has them is held to them. `leeway` is how many
/// seconds the writer's clock may be off.
pub(crate) fn check_lifetime(
    claims: &Map<String, Value>,
    now: Timestamp,
    leeway: i64,
) -> Result<(), LifetimeError> {
    let time = |claim| {
        claims.get(claim).map(|value| numeric_date(value).ok_or(LifetimeError::Claim { claim })).transpose()
    };
    if let Some(expired_at) = time("exp")?.filter(|end| now.seconds_since(*end) >= leeway) {
        return Err(LifetimeError::Expired { expired_at, now });
    }
    match time("nbf")?.filter(|start| start.seconds_since(now) > leeway) {
        Some(not_before) => Err(LifetimeError::NotYet { not_before, now }),
        None => Ok(()),
    }
}
