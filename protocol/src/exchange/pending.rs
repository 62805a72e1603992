//! What a verifier remembers between showing a request and checking its answer.

use hati_formats::encoding::b64url_decode;
use hati_formats::json::{self, JsonError};
use hati_formats::keys::PublicKey;
use hati_formats::qr::request::{LIFETIME_SECONDS, Nonce, RequestContent};
use hati_formats::time::Timestamp;
use hati_formats::trust::audience;
use serde_json::{Value, json};

use super::{ProfileError, RequestProfile};

/// The version of the state that is written and read here.
const VERSION: u64 = 1;

/// A request that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    /// What the key binding has to repeat.
    pub nonce: Nonce,
    /// Whom the key binding has to name: this verifier.
    pub audience: String,
    /// When the request was made.
    pub issued_at: Timestamp,
    /// What was asked for.
    pub profile: RequestProfile,
}

/// Why a state cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PendingError {
    /// Not strict JSON, or no object.
    #[error("the state of the request is not strict JSON: {0}")]
    Json(#[from] JsonError),
    /// Written by another version.
    #[error("the state of the request has version {got}, this program reads {expected}; make a new request")]
    Version {
        /// The version read here.
        expected: u64,
        /// The version it has, or what stands in its place.
        got: String,
    },
    /// A member that is missing or wrong.
    #[error("`{member}` in the state of the request is missing or not {expected}; make a new request")]
    Member {
        /// Which.
        member: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// The profile in it.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl PendingRequest {
    /// Opens a request by the verifier of this key.
    #[must_use]
    pub fn new(profile: RequestProfile, verifier: &PublicKey, nonce: Nonce, now: Timestamp) -> Self {
        Self { nonce, audience: audience(verifier), issued_at: now, profile }
    }

    /// What the request code says. `place` is shown by the wallet, if the verifier is registered.
    #[must_use]
    pub fn content(&self, place: Option<String>) -> RequestContent {
        RequestContent {
            nonce: self.nonce,
            issued_at: self.issued_at,
            purpose: self.profile.purpose.clone(),
            credential_type: self.profile.query.credential_type.clone(),
            claims: self.profile.query.claims.clone(),
            place,
        }
    }

    /// From when on no answer counts.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.issued_at.plus_seconds(LIFETIME_SECONDS)
    }

    /// The state to keep, as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "version": VERSION,
            "nonce": self.nonce.to_string(),
            "audience": self.audience,
            "issued_at": self.issued_at.seconds(),
            "profile": self.profile,
        })
    }

    /// Reads a kept state.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Self, PendingError> {
        let mut state = json::parse_object(text)?;
        let member = |member, expected| PendingError::Member { member, expected };
        if state.get("version").and_then(Value::as_u64) != Some(VERSION) {
            let got = state.get("version").map_or("none".to_owned(), ToString::to_string);
            return Err(PendingError::Version { expected: VERSION, got });
        }
        let nonce = state.get("nonce").and_then(Value::as_str).and_then(nonce);
        let audience = state.get("audience").and_then(Value::as_str);
        let issued_at = state.get("issued_at").and_then(Value::as_i64);
        Ok(Self {
            nonce: nonce.ok_or(member("nonce", "16 bytes in base64url"))?,
            audience: audience.ok_or(member("audience", "a text"))?.to_owned(),
            issued_at: Timestamp::from_seconds(issued_at.ok_or(member("issued_at", "a number of seconds"))?),
            profile: RequestProfile::from_json(state.remove("profile").unwrap_or_default())?,
        })
    }
}

fn nonce(text: &str) -> Option<Nonce> {
    Some(Nonce::from_bytes(b64url_decode(text).ok()?.try_into().ok()?))
}
