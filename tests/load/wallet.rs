//! A wallet: keys of its own, and the requests it sends.

use std::net::SocketAddr;

use hati_formats::encoding::b64url;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_program::system::clock;
use hati_protocol::oauth::dpop;
use hati_protocol::openid4vci::{CredentialRequest, CredentialResponse, NonceResponse, Requested, proof};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use ureq::Agent;

use crate::issuer::{CONFIGURATION, URL};
use crate::timing::Timings;

/// One connection, which stays open.
pub(crate) fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).max_idle_connections_per_host(1).build().new_agent()
}

/// What counts once.
enum Once {
    Code(String),
    Refresh(String),
    /// With the token and the request that showed it.
    Nonce(String, Vec<u8>),
}

impl Once {
    fn form(&self) -> Option<[(&str, &str); 2]> {
        let code = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
        match self {
            Self::Code(text) => Some([("grant_type", code), ("pre-authorized_code", text)]),
            Self::Refresh(text) => Some([("grant_type", "refresh_token"), ("refresh_token", text)]),
            Self::Nonce(..) => None,
        }
    }
}

pub(crate) struct Wallet {
    agent: Agent,
    address: SocketAddr,
    rng: ChaCha20Rng,
    key: SoftwareKey,
    /// What was shown, and whether the service answered that it was taken.
    shown: Vec<(Once, bool)>,
    /// The newest refresh token.
    refresh: Option<String>,
}

impl Wallet {
    pub(crate) fn new(agent: &Agent, address: SocketAddr, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let key = SoftwareKey::generate(Algorithm::Es256, &mut rng);
        Self { agent: agent.clone(), address, rng, key, shown: Vec::new(), refresh: None }
    }

    /// Redeems an offer and asks for a batch, then refreshes and asks for another.
    pub(crate) fn use_offer(&mut self, code: &str, batch: usize, timings: &mut Timings) {
        let Some(token) = self.grant(Once::Code(code.to_owned()), timings) else { return };
        self.ask(&token, batch, timings);
        let Some(token) = self.go_on(timings) else { return };
        self.ask(&token, batch, timings);
    }

    /// Uses the newest refresh token. Those before it are over then, which this one is not until its follower is used.
    pub(crate) fn go_on(&mut self, timings: &mut Timings) -> Option<String> {
        let refresh = self.refresh.take()?;
        self.grant(Once::Refresh(refresh), timings)
    }

    fn grant(&mut self, once: Once, timings: &mut Timings) -> Option<String> {
        let answer = timings.request(|| self.token(&once.form().unwrap_or_default()));
        self.shown.push((once, answer.is_some()));
        let (token, refresh) = answer?;
        self.refresh = refresh;
        Some(token)
    }

    /// Shows once more all that counts once, and tells how much of it was taken twice.
    pub(crate) fn show_again(&mut self) -> usize {
        // The connection was another process's.
        self.agent = agent();
        let shown = std::mem::take(&mut self.shown);
        let is_refresh = |once: &Once| matches!(once, Once::Refresh(_));
        // A refresh token is over once one after it was taken.
        let newest = shown.iter().rposition(|(once, was_taken)| *was_taken && is_refresh(once));
        let is_over = |place: usize, once: &Once| !is_refresh(once) || Some(place) < newest;
        let mut over: Vec<_> =
            shown.into_iter().enumerate().filter(|(place, it)| is_over(*place, &it.0)).collect();
        // One that is over ends whatever came of its code, so it comes last.
        over.sort_by_key(|(_, (once, _))| is_refresh(once));
        let mut twice = 0;
        for (_, (once, was_taken)) in over {
            // What had no answer may have been taken, or be taken now.
            let tries = if was_taken { 1 } else { 2 };
            let now = (0..tries).filter(|_| self.is_taken(&once)).count();
            twice += usize::from(usize::from(was_taken) + now > 1);
        }
        twice
    }

    fn is_taken(&mut self, once: &Once) -> bool {
        let (answer, refusal) = match once {
            Once::Nonce(token, body) => (self.credentials(token, body).map(drop), "invalid_nonce"),
            Once::Code(_) | Once::Refresh(_) => {
                (self.token(&once.form().unwrap_or_default()).map(drop), "invalid_grant")
            }
        };
        answer.map_err(|error| assert!(error.contains(refusal), "expected {refusal}, got {error}")).is_ok()
    }

    fn ask(&mut self, token: &str, batch: usize, timings: &mut Timings) {
        let Some(nonce) = timings.request(|| self.nonce()) else { return };
        let body = self.request(&nonce, batch);
        let answer = timings.request(|| self.credentials(token, &body));
        self.shown.push((Once::Nonce(token.to_owned(), body), answer.is_some()));
        if let Some(received) = answer {
            timings.received(&received);
        }
    }

    fn token(&mut self, form: &[(&str, &str)]) -> Result<(String, Option<String>), String> {
        let dpop = self.dpop("token", None);
        let request = self.agent.post(self.url("token")).header("dpop", dpop);
        let answer = body(request.send_form(form.iter().copied()))?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|error| error.to_string())?;
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        let token = text("access_token").ok_or_else(|| answer.to_string())?;
        Ok((token, text("refresh_token")))
    }

    fn nonce(&self) -> Result<String, String> {
        let answer = body(self.agent.post(self.url("nonce")).send_empty())?;
        NonceResponse::parse(&answer).map(|answer| answer.c_nonce).map_err(|error| error.to_string())
    }

    fn credentials(&mut self, token: &str, request: &[u8]) -> Result<Vec<Value>, String> {
        let dpop = self.dpop("credential", Some(token));
        let request_head = self
            .agent
            .post(self.url("credential"))
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", dpop)
            .content_type("application/json");
        let answer = body(request_head.send(request))?;
        match CredentialResponse::parse(&answer).map_err(|error| error.to_string())? {
            CredentialResponse::Issued { credentials, .. } => Ok(credentials),
            other @ CredentialResponse::Deferred { .. } => Err(format!("{other:?}")),
        }
    }

    /// A request with a proof by each of so many new keys.
    fn request(&mut self, nonce: &str, batch: usize) -> Vec<u8> {
        let claims = proof::Claims { audience: URL, client_id: None, nonce, now: clock() };
        let proofs = (0..batch).map(|_| {
            let key = SoftwareKey::generate(Algorithm::EdDsa, &mut self.rng);
            let unsigned = proof::prepare(key.public(), &claims);
            let signature = key.sign(unsigned.signing_input());
            unsigned.finish(&signature)
        });
        let requested = Requested::Configuration(CONFIGURATION.to_owned());
        let request = CredentialRequest { requested, proofs: proofs.collect(), response_encryption: None };
        serde_json::to_vec(&request.to_json()).unwrap()
    }

    fn dpop(&mut self, endpoint: &str, access_token: Option<&str>) -> String {
        let mut jti = [0; 16];
        self.rng.fill_bytes(&mut jti);
        let (jti, url) = (b64url(&jti), format!("{URL}/{endpoint}"));
        let claims =
            dpop::Claims { jti: &jti, method: "POST", url: &url, now: clock(), access_token, nonce: None };
        let unsigned = dpop::prepare(self.key.public(), &claims).unwrap();
        let signature = self.key.sign(unsigned.signing_input());
        unsigned.finish(&signature)
    }

    fn url(&self, endpoint: &str) -> String {
        format!("http://{}/{endpoint}", self.address)
    }
}

/// The body of an answer that is no error.
fn body(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Vec<u8>, String> {
    let mut answer = answer.map_err(|error| error.to_string())?;
    let bytes = answer.body_mut().read_to_vec().map_err(|error| error.to_string())?;
    if answer.status().is_success() {
        return Ok(bytes);
    }
    Err(format!("{}: {}", answer.status(), String::from_utf8_lossy(&bytes)))
}
