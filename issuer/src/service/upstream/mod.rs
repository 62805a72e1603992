//! Signing in through another OpenID Connect provider, which knows the person's UPI: authorization code flow with PKCE,
//! `state` and `nonce` (OpenID Connect Core 1.0 section 3.1).
//!
//! 1. [`Upstream::start`] gives the address to send the browser to, and what to remember meanwhile.
//! 2. [`Upstream::finish`] takes what the browser brings back, redeems the code, and checks the ID token.
//!
//! What the provider publishes is fetched when it is first needed, kept for a while, and bounded in time and size.

mod fetch;
mod id_token;

use std::sync::{Arc, Mutex, PoisonError};

use hati_formats::encoding::b64url;
use hati_formats::time::Timestamp;
use hati_protocol::oauth::Form;
use hati_protocol::oauth::pkce::{CodeChallenge, CodeVerifier, S256};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use ureq::Agent;

use self::fetch::Provider;
pub(super) use self::fetch::client_secret;
use super::settings::UpstreamSettings;

/// How long what a provider publishes is used without asking again.
const KEEP_SECONDS: i64 = 600;

/// The path that the provider sends the browser back to.
pub(super) const CALLBACK: &str = "/authorize/upstream";

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpstreamError {
    /// It cannot be reached, or does not answer as it should.
    #[error("{url}: {reason}. Check the provider, and `upstream` in the settings")]
    Unusable { url: String, reason: String },
    /// What the browser brought back does not belong to what it was sent with.
    #[error("the answer is another sign-in's or another provider's: {reason}")]
    Foreign { reason: &'static str },
    /// The provider did not sign the person in.
    #[error("the provider refused: {error}")]
    Refused { error: String },
    /// The ID token is not one that may be believed.
    #[error("the ID token is refused: {reason}")]
    IdToken { reason: String },
}

/// What is remembered while the person is at the provider.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Started {
    state: String,
    nonce: String,
    verifier: String,
}

/// The provider.
pub(super) struct Upstream {
    settings: UpstreamSettings,
    redirect_uri: String,
    agent: Agent,
    provider: Mutex<Option<Arc<Provider>>>,
}

impl Upstream {
    pub(super) fn new(settings: UpstreamSettings, issuer_url: &str) -> Self {
        let redirect_uri = format!("{issuer_url}{CALLBACK}");
        Self { settings, redirect_uri, agent: fetch::agent(), provider: Mutex::new(None) }
    }

    /// What people call it.
    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Where its pages are.
    pub(super) fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// The address to send the browser to (section 3.1.2.1).
    pub(super) fn start(
        &self,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(String, Started), UpstreamError> {
        let provider = self.provider(now)?;
        let mut random = || {
            let mut bytes = [0; 32];
            rng.fill_bytes(&mut bytes);
            bytes
        };
        let (state, nonce) = (b64url(&random()), b64url(&random()));
        let verifier = CodeVerifier::from_random(&random());
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", "openid")
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &CodeChallenge::of(&verifier).to_string())
            .append_pair("code_challenge_method", S256)
            .finish();
        let endpoint = &provider.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        let started = Started { state, nonce, verifier: verifier.as_str().to_owned() };
        Ok((format!("{endpoint}{joint}{query}"), started))
    }

    /// The UPI of the person whom the provider signed in.
    pub(super) fn finish(
        &self,
        started: &Started,
        query: &Form,
        now: Timestamp,
    ) -> Result<String, UpstreamError> {
        if query.get("state") != Some(&started.state) {
            return Err(UpstreamError::Foreign { reason: "state" });
        }
        let provider = self.provider(now)?;
        // RFC 9207 section 2.4.
        match query.get("iss") {
            Some(iss) if iss != self.settings.issuer => return Err(UpstreamError::Foreign { reason: "iss" }),
            None if provider.names_itself => return Err(UpstreamError::Foreign { reason: "no iss" }),
            _ => {}
        }
        if let Some(error) = query.get("error") {
            return Err(UpstreamError::Refused {
                error: error.chars().filter(char::is_ascii_graphic).take(60).collect(),
            });
        }
        let code = query.get("code").ok_or(UpstreamError::Foreign { reason: "no code" })?;
        let token = self.redeem(&provider, code, &started.verifier)?;
        let expected = id_token::Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &started.nonce,
            now,
        };
        let claims = id_token::verify(&token, &provider.keys, &expected)?;
        let upi = claims.claim(&self.settings.upi_claim).and_then(|claim| claim.as_str());
        upi.map(str::to_owned).ok_or_else(|| UpstreamError::IdToken {
            reason: format!("it has no text as `{}`", self.settings.upi_claim),
        })
    }

    /// What the provider publishes, fetched anew when it is old.
    fn provider(&self, now: Timestamp) -> Result<Arc<Provider>, UpstreamError> {
        let known = self.provider.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known
            .filter(|known| now.seconds_since(known.fetched).unsigned_abs() < KEEP_SECONDS.unsigned_abs())
        {
            return Ok(known);
        }
        // Not under the lock, so that nobody waits for a provider that does not answer but who asks it.
        let fetched = Arc::new(Provider::fetch(&self.agent, &self.settings.issuer, now)?);
        *self.provider.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fetched));
        Ok(fetched)
    }
}
