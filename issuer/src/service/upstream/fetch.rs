//! What is asked of the provider over HTTP.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::json;
use hati_program::files::{self, SecretError};
use josekit::jwk::Jwk;
use serde_json::{Map, Value};
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::{Upstream, UpstreamError};
use crate::service::settings::UpstreamSettings;

/// A person waits meanwhile.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest answer that is read: a handful of keys takes about 5 kB.
const MAX_ANSWER: u64 = 64 << 10;

/// The most keys that are tried.
const MAX_KEYS: usize = 32;

const MAX_SECRET: usize = 1 << 10;

/// What a provider publishes (OpenID Connect Discovery 1.0 section 3).
pub(super) struct Provider {
    pub(super) authorization_endpoint: String,
    token_endpoint: String,
    /// Whether its answers name it (RFC 9207 section 3).
    pub(super) names_itself: bool,
    pub(super) keys: Vec<Jwk>,
}

/// A client that trusts whom the system trusts, follows nobody elsewhere, and does not wait for long.
pub(super) fn agent() -> Agent {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<_> = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(RootCerts::new_with_certs(&roots))
        .build();
    let config = Agent::config_builder().tls_config(tls).timeout_global(Some(TIMEOUT));
    config.max_redirects(0).http_status_as_error(false).build().new_agent()
}

impl Provider {
    pub(super) fn fetch(agent: &Agent, issuer: &str) -> Result<Self, UpstreamError> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document = get(agent, &url)?;
        let text = |member: &str| document.get(member).and_then(Value::as_str).map(str::to_owned);
        // Discovery section 4.3: it must be the very issuer that was asked.
        if text("issuer").as_deref() != Some(issuer) {
            return Err(unusable(&url, "it names another issuer"));
        }
        let endpoint = |member: &str| {
            let found = text(member).filter(|endpoint| is_as_safe(endpoint, issuer));
            found.ok_or_else(|| unusable(&url, &format!("it has no https address as {member}")))
        };
        let keys = get(agent, &endpoint("jwks_uri")?)?;
        let keys = keys.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let keys = keys.iter().take(MAX_KEYS).filter_map(|key| Jwk::from_map(key.as_object()?.clone()).ok());
        Ok(Self {
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            names_itself: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
            keys: keys.collect(),
        })
    }
}

impl Upstream {
    /// Redeems a code for an ID token (OpenID Connect Core 1.0 section 3.1.3).
    pub(super) fn redeem(
        &self,
        provider: &Provider,
        code: &str,
        verifier: &str,
    ) -> Result<String, UpstreamError> {
        let url = &provider.token_endpoint;
        let secret = client_secret(&self.settings)
            .map_err(|reason| unusable(&self.settings.client_secret_file.display().to_string(), &reason))?;
        // RFC 6749 section 2.3.1: both parts are encoded as in a form.
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = STANDARD.encode(format!("{}:{}", encode(&self.settings.client_id), encode(&secret)));
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", verifier),
        ];
        let _turn = self.turn()?;
        let request = self.agent.post(url).header("authorization", format!("Basic {basic}"));
        let answer = request.send_form(fields).map_err(|error| unusable(url, &error.to_string()))?;
        if answer.status() == 400 {
            return Err(refusal(url, answer));
        }
        let answer = read(url, answer)?;
        let token = answer.get("id_token").and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| unusable(url, "its answer has no id_token"))
    }
}

/// The secret that goes with the client id, read anew each time, so that another one is a file that was replaced. What is
/// wrong is told without it.
pub(in crate::service) fn client_secret(settings: &UpstreamSettings) -> Result<Zeroizing<String>, String> {
    let read = files::read_secret(&settings.client_secret_file, MAX_SECRET).map_err(|error| match error {
        SecretError::Io(error) => error.to_string(),
        SecretError::Rights { got } => format!("expected rights for its owner alone, got {got:o}"),
    })?;
    match std::str::from_utf8(&read).map(str::trim) {
        Ok(secret) if !secret.is_empty() => Ok(Zeroizing::new(secret.to_owned())),
        _ => Err("expected a secret in UTF-8, got none".to_owned()),
    }
}

fn get(agent: &Agent, url: &str) -> Result<Map<String, Value>, UpstreamError> {
    let answer = agent.get(url).header("accept", "application/json").call();
    read(url, answer.map_err(|error| unusable(url, &error.to_string()))?)
}

fn read(url: &str, answer: Response<Body>) -> Result<Map<String, Value>, UpstreamError> {
    if answer.status() != 200 {
        return Err(unusable(url, &format!("expected status 200, got {}", answer.status().as_u16())));
    }
    object(url, answer)
}

/// RFC 6749 section 5.2: the code is another sign-in's, was used before, or has expired. Whatever else is refused, the
/// settings are wrong.
fn refusal(url: &str, answer: Response<Body>) -> UpstreamError {
    let said = object(url, answer).unwrap_or_default();
    match said.get("error").and_then(Value::as_str) {
        Some(error @ "invalid_grant") => UpstreamError::Refused { error: error.to_owned() },
        _ => unusable(url, "expected status 200, got 400"),
    }
}

fn object(url: &str, answer: Response<Body>) -> Result<Map<String, Value>, UpstreamError> {
    let body = answer.into_body().into_with_config().limit(MAX_ANSWER).read_to_vec();
    let body = body.map_err(|error| unusable(url, &error.to_string()))?;
    json::parse_object(&body).map_err(|error| unusable(url, &error.to_string()))
}

/// https, unless the issuer itself is this machine's.
fn is_as_safe(endpoint: &str, issuer: &str) -> bool {
    endpoint.starts_with("https://") || (issuer.starts_with("http://") && endpoint.starts_with(issuer))
}

fn unusable(url: &str, reason: &str) -> UpstreamError {
    UpstreamError::Unusable { url: url.to_owned(), reason: reason.to_owned() }
}
