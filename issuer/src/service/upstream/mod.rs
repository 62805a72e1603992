//! Signing in through another OpenID Connect provider, which knows the person's UPI: authorization code flow with PKCE,
//! `state` and `nonce` (OpenID Connect Core 1.0 section 3.1).
//!
//! 1. [`Upstream::start`] gives the address to send the browser to, and what to remember meanwhile.
//! 2. [`Upstream::finish`] takes what the browser brings back, redeems the code, and checks the ID token.
//!
//! What the provider publishes is fetched when it is first needed, by one for all who wait for it, kept for a while, and bounded
//! in time and size. A provider that does not answer holds up no more than a few of the threads that may block, and is left
//! alone for some seconds.

mod fetch;
mod id_token;

use std::sync::{Arc, Mutex, PoisonError};

use hati_formats::encoding::b64url;
use hati_formats::time::Timestamp;
use hati_protocol::oauth::Form;
use hati_protocol::oauth::pkce::{CodeChallenge, CodeVerifier, S256};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};
use ureq::Agent;

use self::fetch::Provider;
pub(super) use self::fetch::client_secret;
use super::settings::UpstreamSettings;

/// How long what a provider publishes is used without asking again.
const KEEP_SECONDS: i64 = 600;

/// How long a provider that did not answer is not asked again.
const FAILED_SECONDS: i64 = 15;

/// How many requests to it may be on their way. Each is a thread that the rest of the issuer would need too.
const AT_ONCE: usize = 8;

/// The path that the provider sends the browser back to.
pub(super) const CALLBACK: &str = "/authorize/upstream";

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpstreamError {
    /// It cannot be reached, or does not answer as it should.
    #[error("{url}: {reason}. Check the provider, and `upstream` in the settings")]
    Unusable { url: String, reason: String },
    /// It did not answer a moment ago, or as many wait for its answers as may. Said once in the log, where it happened.
    #[error("the provider does not answer now")]
    Away,
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
    turns: Semaphore,
    /// Held by who asks what it publishes.
    asking: Mutex<()>,
    asked: Mutex<Option<Asked>>,
}

/// When it was last asked what it publishes, and what it said, if anything.
#[derive(Clone)]
struct Asked {
    at: Timestamp,
    got: Option<Arc<Provider>>,
}

impl Upstream {
    pub(super) fn new(settings: UpstreamSettings, issuer_url: &str) -> Self {
        let redirect_uri = format!("{issuer_url}{CALLBACK}");
        Self {
            settings,
            redirect_uri,
            agent: fetch::agent(),
            turns: Semaphore::new(AT_ONCE),
            asking: Mutex::default(),
            asked: Mutex::default(),
        }
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
        if let Some(known) = self.known(now)? {
            return Ok(known);
        }
        let _turn = self.turn()?;
        // One asks for all. The lock guards no data, so a poisoned one is as good.
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.known(now)? {
            return Ok(known);
        }
        let fetched = Provider::fetch(&self.agent, &self.settings.issuer).map(Arc::new);
        let asked = Asked { at: now, got: fetched.as_ref().ok().cloned() };
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
        fetched
    }

    /// What it published a while ago; [`UpstreamError::Away`] where it did not answer then.
    fn known(&self, now: Timestamp) -> Result<Option<Arc<Provider>>, UpstreamError> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_within = |at, seconds: i64| now.seconds_since(at).unsigned_abs() < seconds.unsigned_abs();
        match asked {
            Some(Asked { at, got: Some(known) }) => Ok(Some(known).filter(|_| is_within(at, KEEP_SECONDS))),
            Some(Asked { at, got: None }) if is_within(at, FAILED_SECONDS) => Err(UpstreamError::Away),
            _ => Ok(None),
        }
    }

    /// Leave to ask the provider something. Nobody waits for it: whoever does would hold a thread as well.
    fn turn(&self) -> Result<SemaphorePermit<'_>, UpstreamError> {
        self.turns.try_acquire().map_err(|_| UpstreamError::Away)
    }
}
