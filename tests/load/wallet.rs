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

pub(crate) struct Wallet<'a> {
    agent: &'a Agent,
    address: SocketAddr,
    rng: ChaCha20Rng,
    key: SoftwareKey,
}

impl<'a> Wallet<'a> {
    pub(crate) fn new(agent: &'a Agent, address: SocketAddr, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let key = SoftwareKey::generate(Algorithm::Es256, &mut rng);
        Self { agent, address, rng, key }
    }

    /// Redeems an offer and asks for a batch, then refreshes and asks for another.
    pub(crate) fn use_offer(&mut self, code: &str, batch: usize, timings: &mut Timings) {
        let grant = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
        let form = [("grant_type", grant), ("pre-authorized_code", code)];
        let Some((token, refresh)) = timings.request(|| self.token(&form)) else { return };
        self.ask(&token, batch, timings);
        let Some(refresh) = refresh else { return };
        let form = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
        let Some((token, _)) = timings.request(|| self.token(&form)) else { return };
        self.ask(&token, batch, timings);
    }

    fn ask(&mut self, token: &str, batch: usize, timings: &mut Timings) {
        let Some(nonce) = timings.request(|| self.nonce()) else { return };
        let body = self.request(&nonce, batch);
        if let Some(received) = timings.request(|| self.credentials(token, &body)) {
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
