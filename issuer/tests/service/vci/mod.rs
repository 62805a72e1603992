//! OpenID4VCI 1.0 over real sockets, with a wallet that makes real proofs.

mod codes;
mod encrypted;
mod flow;
mod hostile;
mod later;
mod logs;
mod metadata;
pub(super) mod pace;
mod refresh;
mod withheld;

use std::sync::atomic::{AtomicU64, Ordering};

use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::jws;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_issuer::actor::Actor;
use hati_issuer::catalogue::Catalogue;
use hati_issuer::grants::offer::{NewOffer, Wanted, make};
use hati_protocol::oauth::TokenResponse;
use hati_protocol::oauth::dpop;
use hati_protocol::openid4vci::{
    CredentialOffer, CredentialRequest, CredentialResponse, NonceResponse, OfferLink, Requested, proof,
};
use hati_store::{Action, Event, Person, Quarantined, Reason, Sex};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use ureq::Body;
use ureq::http::Response;

use super::{Running, Settings, URL, agent, header, home, now, settings, text};

/// Somebody grown up.
pub(super) const UPI: &str = "20480163920017";
/// Somebody who waits for an officer.
pub(super) const WAITING: &str = "20480163920018";

pub(super) const MAISHA: &str = "maisha-id.vc-sd-jwt";
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn person(upi: &str) -> Person {
    Person {
        upi: upi.into(),
        id_number: Some("31415926".into()),
        given_name: "Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: 9_862,
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: None,
        portrait: None,
    }
}

/// Whoever waits has no identity card yet.
fn newcomer() -> Person {
    Person { id_number: None, ..person(WAITING) }
}

fn waiting() -> Quarantined {
    let reason = Reason::LikelyDuplicate { of: UPI.into(), likeness: 990 };
    Quarantined { person: newcomer(), reason, at: 0, source: "people.csv, line 7".into() }
}

/// An issuer with a person, and another who waits.
fn office() -> Running {
    office_at(now)
}

fn office_at(clock: fn() -> hati_formats::time::Timestamp) -> Running {
    office_of(settings(), clock)
}

fn office_of(mut settings: Settings, clock: fn() -> hati_formats::time::Timestamp) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let new = home(&folder);
    let event = Event::new(0, "test", Action::Imported, "people.csv");
    new.store.admit(&[person(UPI)], &[waiting()], &event).unwrap();
    drop(new);
    let many = std::num::NonZeroU32::new(100_000).unwrap();
    (settings.limits.requests_per_second, settings.limits.burst) = (many, many);
    Running::at(folder, settings, clock)
}

/// 96 bits that no other test has.
fn fresh() -> u64 {
    static SEED: AtomicU64 = AtomicU64::new(1_000);
    SEED.fetch_add(1, Ordering::Relaxed)
}

pub(super) fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(fresh())
}

fn key(algorithm: Algorithm) -> SoftwareKey {
    SoftwareKey::generate(algorithm, &mut rng())
}

fn jwt(key: &SoftwareKey, header: &Value, payload: &Value) -> String {
    let unsigned = jws::prepare_text(&header.to_string(), payload.to_string().as_bytes());
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn offer_of(running: &Running, upi: &str, configurations: &[&str], tx_code: bool) -> NewOffer {
    let home = running.service.home();
    let configurations: Vec<_> = configurations.iter().map(|id| (*id).to_owned()).collect();
    let wanted = Wanted {
        upi,
        configurations: &configurations,
        tx_code,
        actor: &Actor::officer("wanjiku"),
        now: now(),
    };
    make(&*home.store, &home.config, &Catalogue::of(home).unwrap(), &wanted, &mut rng()).unwrap()
}

fn offer(running: &Running) -> NewOffer {
    offer_of(running, UPI, &[MAISHA], false)
}

fn message(offer: &NewOffer) -> CredentialOffer {
    match OfferLink::parse(&offer.link).unwrap() {
        OfferLink::Value(offer) => *offer,
        OfferLink::Reference(uri) => panic!("{uri}"),
    }
}

fn code(offer: &NewOffer) -> String {
    message(offer).grants.pre_authorized_code.unwrap().pre_authorized_code.as_str().to_owned()
}

/// The form that redeems an offer.
fn redeeming(code: &str, tx_code: Option<&str>) -> String {
    let tx_code = tx_code.map(|code| format!("&tx_code={code}")).unwrap_or_default();
    format!(
        "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code={code}{tx_code}"
    )
}

/// The form that refreshes a token.
fn refreshing(token: &TokenResponse) -> String {
    format!("grant_type=refresh_token&refresh_token={}", token.refresh_token.as_ref().unwrap().as_str())
}

/// A refusal: status, `error`, and what every refusal has in common.
fn error(response: Response<Body>) -> (u16, String) {
    assert_eq!(header(&response, "cache-control"), "no-store");
    let status = response.status().as_u16();
    let challenge = header(&response, "www-authenticate").to_owned();
    let said = text(response);
    let body: Value = serde_json::from_str(&said).unwrap();
    for personal in [UPI, WAITING, "Achieng", "Odhiambo"] {
        assert!(!said.contains(personal) && !challenge.contains(personal), "{said}");
    }
    let code = body["error"].as_str().unwrap_or_default().to_owned();
    assert!(status != 401 || challenge.contains("DPoP") || challenge.contains("Bearer"), "{challenge}");
    assert!(!challenge.contains("error=") || challenge.contains(&format!("error=\"{code}\"")), "{challenge}");
    (status, code)
}

/// A wallet with a key for DPoP.
pub(super) struct Wallet<'r> {
    running: &'r Running,
    key: SoftwareKey,
}

impl<'r> Wallet<'r> {
    pub(super) fn new(running: &'r Running) -> Self {
        Self { running, key: key(Algorithm::Es256) }
    }

    /// A proof for a request to `path`.
    fn dpop(&self, path: &str, access_token: Option<&str>) -> String {
        let (url, jti) = (format!("{URL}{path}"), format!("jti-{}", fresh()));
        let now = (self.running.clock)();
        let claims = dpop::Claims { jti: &jti, method: "POST", url: &url, now, access_token, nonce: None };
        let unsigned = dpop::prepare(self.key.public(), &claims).unwrap();
        let signature = self.key.sign(unsigned.signing_input());
        unsigned.finish(&signature)
    }

    fn ask(&self, form: &str) -> Response<Body> {
        post(self.running, "/token", FORM, &[("dpop", &self.dpop("/token", None))], form)
    }

    fn redeem(&self, form: &str) -> TokenResponse {
        let response = self.ask(form);
        let status = response.status().as_u16();
        assert_eq!(header(&response, "cache-control"), "no-store");
        let said = text(response);
        assert_eq!(status, 200, "{said}");
        TokenResponse::parse(said.as_bytes()).unwrap()
    }

    /// A token for what a plain offer offers.
    pub(super) fn token(&self) -> String {
        self.redeem(&redeeming(&code(&offer(self.running)), None)).access_token.as_str().to_owned()
    }

    /// A request with a token and its proof.
    fn call(&self, path: &str, token: &str, body: &Value) -> Response<Body> {
        self.send(path, token, "application/json", &body.to_string())
    }

    fn send(&self, path: &str, token: &str, media_type: &str, body: &str) -> Response<Body> {
        let (authorization, proof) = (format!("DPoP {token}"), self.dpop(path, Some(token)));
        let headers = [("authorization", authorization.as_str()), ("dpop", &proof)];
        post(self.running, path, media_type, &headers, body)
    }

    fn credential(&self, token: &str, proofs: Vec<String>) -> Response<Body> {
        self.call("/credential", token, &request(MAISHA, proofs))
    }

    /// Copies for these keys.
    pub(super) fn copies(&self, token: &str, id: &str, keys: &[SoftwareKey]) -> (Vec<Value>, Option<String>) {
        let body = request(id, proofs(self.running, keys));
        issued(self.call("/credential", token, &body))
    }
}

fn issued(response: Response<Body>) -> (Vec<Value>, Option<String>) {
    let status = response.status().as_u16();
    assert_eq!(header(&response, "cache-control"), "no-store");
    let said = text(response);
    assert_eq!(status, 200, "{said}");
    match CredentialResponse::parse(said.as_bytes()).unwrap() {
        CredentialResponse::Issued { credentials, notification_id } => (credentials, notification_id),
        deferred => panic!("{deferred:?}"),
    }
}

fn post(
    running: &Running,
    path: &str,
    media_type: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Body> {
    let request = agent().post(running.url(path)).header("content-type", media_type);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send(body).unwrap()
}

fn nonce(running: &Running) -> String {
    let response = post(running, "/nonce", "application/json", &[], "");
    assert_eq!(header(&response, "cache-control"), "no-store");
    NonceResponse::parse(text(response).as_bytes()).unwrap().c_nonce
}

fn request(id: &str, proofs: Vec<String>) -> Value {
    let requested = Requested::Configuration(id.to_owned());
    Value::Object(CredentialRequest { requested, proofs, response_encryption: None }.to_json())
}

fn proof_of(running: &Running, key: &SoftwareKey, nonce: &str) -> String {
    let claims = proof::Claims { audience: URL, client_id: None, nonce, now: (running.clock)() };
    let unsigned = proof::prepare(key.public(), &claims);
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn proofs(running: &Running, keys: &[SoftwareKey]) -> Vec<String> {
    let nonce = nonce(running);
    keys.iter().map(|key| proof_of(running, key, &nonce)).collect()
}

/// As many keys, of both algorithms.
pub(super) fn keys(count: usize) -> Vec<SoftwareKey> {
    (0..count).map(|n| key(if n % 2 == 0 { Algorithm::EdDsa } else { Algorithm::Es256 })).collect()
}

/// The claims that an SD-JWT of the issuer secures, and its disclosures as text.
pub(super) fn opened(running: &Running, credential: &Value) -> (Value, String) {
    let mut parts = credential.as_str().unwrap().split('~');
    let issuer = running.service.home().keys.issuer.public();
    let verified = jws::Unverified::parse(parts.next().unwrap()).unwrap().verify(issuer).unwrap();
    let disclosures = parts.map(|part| String::from_utf8(b64url_decode(part).unwrap()).unwrap());
    (Value::Object(verified.claims().unwrap()), disclosures.collect())
}

fn jwk_with(key: &SoftwareKey, more: Value) -> Value {
    let mut jwk = key.public().to_jwk();
    jwk.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    jwk
}

fn digest(text: &str) -> String {
    use sha2::Digest;
    b64url(&sha2::Sha256::digest(text.as_bytes()))
}

fn events(running: &Running, action: Action) -> Vec<String> {
    let events = running.service.home().store.events(0, 10_000).unwrap();
    events.into_iter().filter(|it| it.event.action == action).map(|it| it.event.subject).collect()
}
