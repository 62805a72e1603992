use hati_formats::jws::{self, JwsError, Unverified};
use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::time::Timestamp;
use serde_json::{Map, Value, json};

use super::{IssuerMetadata, MESSAGE};
use crate::message::{MessageError, from_value, numeric_date, quoted, shown};

/// Section 12.2.3: the explicit type.
pub const SIGNED_METADATA_TYP: &str = "openidvci-issuer-metadata+jwt";

/// Why signed metadata are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedMetadataError {
    /// Not a JWT, or not by this key.
    #[error("the signed metadata are not valid: {0}")]
    Jws(#[from] JwsError),
    /// Not typed as metadata.
    #[error("typ of signed metadata must be {SIGNED_METADATA_TYP}, got {got}")]
    Typ {
        /// What came.
        got: String,
    },
    /// Of another issuer.
    #[error("sub of signed metadata must be {expected}, got {got}")]
    Subject {
        /// The issuer's identifier.
        expected: String,
        /// What came.
        got: String,
    },
    /// `iat` is missing, or `iat` or `exp` is no time.
    #[error("claim {claim} of signed metadata must be seconds since 1970")]
    Claim {
        /// The claim.
        claim: &'static str,
    },
    /// Out of date: fetch them again.
    #[error("the signed metadata expired at {expired_at}, and it is {now}: fetch them again")]
    Expired {
        /// `exp`
        expired_at: Timestamp,
        /// The time now.
        now: Timestamp,
    },
    /// What is signed are no metadata of this issuer.
    #[error(transparent)]
    Metadata(#[from] MessageError),
}

impl IssuerMetadata {
    /// The metadata as a JWT (section 12.2.3) that waits for the signature of the issuer's key `kid`; its media type is
    /// `application/jwt`.
    #[must_use]
    pub fn prepare_signed(
        &self,
        algorithm: Algorithm,
        kid: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> jws::Unsigned {
        let header = json!({"alg": algorithm.name(), "typ": SIGNED_METADATA_TYP, "kid": kid});
        let own = [
            ("sub", Value::from(self.credential_issuer.as_str())),
            ("iat", now.seconds().into()),
            ("exp", expires.seconds().into()),
        ];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
        let payload: Map<String, Value> = own.chain(self.to_json()).collect();
        jws::prepare_text(&header.to_string(), Value::Object(payload).to_string().as_bytes())
    }

    /// Reads signed metadata. `key` is one that the wallet has for this issuer by other means (its trust list): a key
    /// out of the JWT itself would prove nothing.
    ///
    /// # Errors
    /// [`SignedMetadataError`].
    pub fn verify_signed(
        jwt: &str,
        key: &PublicKey,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Self, SignedMetadataError> {
        let verified = Unverified::parse(jwt)?.verify(key)?;
        let typ = verified.header().typ.as_deref();
        if typ != Some(SIGNED_METADATA_TYP) {
            return Err(SignedMetadataError::Typ { got: typ.map_or("none".to_owned(), quoted) });
        }
        let claims = verified.claims()?;
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or("none");
        if subject != issuer {
            return Err(SignedMetadataError::Subject { expected: issuer.to_owned(), got: shown(subject) });
        }
        time(&claims, "iat")?.ok_or(SignedMetadataError::Claim { claim: "iat" })?;
        if let Some(expired_at) = time(&claims, "exp")?.filter(|end| now >= *end) {
            return Err(SignedMetadataError::Expired { expired_at, now });
        }
        let read: Self = from_value(MESSAGE, Value::Object(claims))?;
        read.check(issuer)?;
        Ok(read)
    }
}

fn time(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<Timestamp>, SignedMetadataError> {
    claims.get(claim).map(|value| numeric_date(value).ok_or(SignedMetadataError::Claim { claim })).transpose()
}
