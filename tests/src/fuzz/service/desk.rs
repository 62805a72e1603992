//! An issuer that is served without a socket, with something behind every address.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroU32;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::encoding::b64url;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::{Date, Timestamp};
use hati_issuer::activation::Activation;
use hati_issuer::actor::Actor;
use hati_issuer::catalogue::Catalogue;
use hati_issuer::config::Config;
use hati_issuer::grants::offer;
use hati_issuer::home::Home;
use hati_issuer::officers::{Accounts, SEALING};
use hati_issuer::service::{Service, Settings};
use hati_program::files;
use hati_protocol::openid4vci::{OfferLink, proof};
use hati_store::{Action, Event, Person, Quarantined, Reason, Role, Sex};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// Whose wallet asks.
pub(super) const UPI: &str = "20480163920017";
/// Who locks their ID, whose row waits, whose ID an officer suspends, and who died.
pub(super) const LOCKED: &str = "20480163920021";
const WAITING: &str = "20480163920022";
pub(super) const SUSPENDED: &str = "20480163920023";
pub(super) const DEAD: &str = "20480163920024";
const CALLER: &str = "county-desk-0123456789";
const AGGREGATOR: &str = "aggregator-0123456789";
pub(super) const PASSWORD: &str = "seven green umbrellas";
pub(super) const TYPES: [&str; 4] =
    ["application/json", "application/x-www-form-urlencoded", "application/jwt", "text/plain"];

pub(super) struct Desk {
    runtime: tokio::runtime::Runtime,
    routes: Router,
    /// What somebody who is known shows: nothing, a wallet, a system, a person, an officer, a browser that comes back from
    /// another provider, and one that is to sign in.
    pub(super) shown: [HeaderMap; 7],
    /// What stands behind the addresses, and what a good request has to say.
    pub(super) known: HashMap<&'static str, String>,
    _folder: TempDir,
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_338_000)
}

impl Desk {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let home = home(&folder, rng);
        let code = Activation::of(&home).make(LOCKED, 30, &Actor::officer("wanjiku"), now(), rng).unwrap();
        let [mine, unused] = [(); 2].map(|()| offer(&home, UPI, rng));
        let waiting = offer(&home, WAITING, rng);
        let link = by_reference(&offer(&home, UPI, rng));
        let factor = officer(&home, ("everything", &Role::ALL), rng);
        let clerk = officer(&home, ("clerk", &[Role::Issuing]), rng);
        let row = home.store.quarantine(None, 1).unwrap().remove(0).0;
        let service = Service::new(home, settings(&folder), now);
        service.publish().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let routes = service.routes();
        let known = HashMap::from([
            ("upi", UPI.to_owned()),
            ("name", "clerk".to_owned()),
            ("feed", "births".to_owned()),
            ("token", AGGREGATOR.to_owned()),
            ("change", "suspend".to_owned()),
            ("file", "trust-list".to_owned()),
            ("offer", link.rsplit('/').next().unwrap_or_default().to_owned()),
            ("row", b64url(&row.0)),
            ("second factor", clerk),
            ("code", pre_authorized(&unused)),
        ]);
        let mut desk = Self { runtime, routes, shown: Default::default(), known, _folder: folder };
        desk.meet(&pre_authorized(&mine), &format!("{LOCKED}:{code}"), &factor);
        desk.leave(&pre_authorized(&waiting));
        desk
    }

    /// Lets everybody show what they have.
    fn meet(&mut self, offer: &str, citizen: &str, factor: &str) {
        let shown = json!({ "name": "everything", "password": PASSWORD, "code": factor });
        let (headers, session) = self.post("/admin/v1/session", TYPES[0], shown.to_string());
        let mut officer = HeaderMap::from_iter([(header::COOKIE, cookie(&headers))]);
        officer.insert("x-csrf-token", value(session["csrf_token"].as_str().unwrap()));
        let browsers = [(); 2].map(|()| self.browser());
        let away = format!("form={}&upstream=1", browsers[0].1);
        let (status, sent, said) =
            self.ask(Method::POST, "/authorize/signin", &browsers[0].0, TYPES[1], away);
        assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
        let sent = sent[header::LOCATION].to_str().unwrap();
        self.known.insert("provider", sent.split_once("/authorize").unwrap().0.to_owned());
        for name in ["state", "nonce"] {
            let text = sent.split(&format!("{name}=")).nth(1).unwrap().split('&').next().unwrap();
            self.known.insert(name, text.to_owned());
        }
        self.known.insert("form", browsers[1].1.clone());
        let [back, here] = browsers.map(|(headers, _)| headers);
        let token = self.redeem(offer);
        self.shown = [
            HeaderMap::new(),
            authorization(&format!("Bearer {token}")),
            authorization(&format!("Bearer {CALLER}")),
            authorization(&format!("Basic {}", STANDARD.encode(citizen))),
            officer,
            back,
            here,
        ];
    }

    /// Leaves something behind that others ask for: copies to tell of, a request that waits, a correction, a verifier.
    fn leave(&mut self, waiting: &str) {
        let wallet = self.shown[1].clone();
        let said = self.done("/credential", &wallet, credential_request(self));
        self.known.insert("notification", said["notification_id"].as_str().unwrap().to_owned());
        let waits = authorization(&format!("Bearer {}", self.redeem(waiting)));
        let said = self.done("/credential", &waits, credential_request(self));
        self.known.insert("transaction", said["transaction_id"].as_str().unwrap().to_owned());
        self.known.insert("waits", waits[header::AUTHORIZATION].to_str().unwrap().to_owned());
        let officer = self.shown[4].clone();
        let wrong = json!({ "claim": "family_name", "wanted": "Otieno", "evidence": "certificate 12" });
        let said = self.done(&format!("/admin/v1/people/{UPI}/corrections"), &officer, wrong.to_string());
        self.known.insert("correction", said["id"].as_str().unwrap().to_owned());
        let said = self.done("/admin/v1/verifiers", &officer, verifier().to_string());
        self.known.insert("serial", said["serial"].as_str().unwrap().to_owned());
    }

    /// A browser that a wallet sent, and the token of its form.
    fn browser(&self) -> (HeaderMap, String) {
        let (_, pushed) = self.post("/par", TYPES[1], PUSHED.to_owned());
        let uri = format!("/authorize?client_id=w&request_uri={}", pushed["request_uri"].as_str().unwrap());
        let (_, opened, _) = self.ask(Method::GET, &uri, &HeaderMap::new(), "", String::new());
        let browser = HeaderMap::from_iter([(header::COOKIE, cookie(&opened))]);
        let (_, _, page) = self.ask(Method::GET, "/authorize/signin", &browser, "", String::new());
        let form = page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        (browser, form.to_owned())
    }

    fn redeem(&self, code: &str) -> String {
        self.post("/token", TYPES[1], redeeming(code)).1["access_token"].as_str().unwrap().to_owned()
    }

    pub(super) fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let (status, _, said) = self.answer(request);
        (status, said)
    }

    fn answer(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let routes = self.routes.clone();
        self.runtime.block_on(async move {
            let (parts, body) = routes.oneshot(request).await.unwrap().into_parts();
            let bytes = to_bytes(body, 4 << 20).await.unwrap();
            (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    fn ask(
        &self,
        method: Method,
        uri: &str,
        headers: &HeaderMap,
        media_type: &str,
        body: String,
    ) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(uri).body(Body::from(body)).unwrap();
        request.headers_mut().clone_from(headers);
        request.headers_mut().insert(header::CONTENT_TYPE, value(media_type));
        self.answer(request)
    }

    fn done(&self, path: &str, headers: &HeaderMap, body: String) -> Value {
        let (status, _, said) = self.ask(Method::POST, path, headers, TYPES[0], body);
        assert!(status.is_success(), "{path}: {said}");
        serde_json::from_str(&said).unwrap()
    }

    pub(super) fn post(&self, path: &str, media_type: &str, body: String) -> (HeaderMap, Value) {
        let (status, headers, said) = self.ask(Method::POST, path, &HeaderMap::new(), media_type, body);
        assert!(status.is_success(), "{path}: {said}");
        (headers, serde_json::from_str(&said).unwrap())
    }
}

/// What a wallet pushes.
pub(super) const PUSHED: &str = "response_type=code&client_id=w&redirect_uri=https%3A%2F%2Fw.example%2Fcb\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&state=s\
    &scope=maisha-id.vc-sd-jwt";

pub(super) fn redeeming(code: &str) -> String {
    format!("grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code={code}")
}

/// With a proof to a nonce of this service's.
pub(super) fn credential_request(desk: &Desk) -> String {
    let nonce = desk.post("/nonce", TYPES[0], String::new()).1;
    let claims = proof::Claims {
        audience: "https://id.example.go.ke",
        client_id: None,
        nonce: nonce["c_nonce"].as_str().unwrap(),
        now: now(),
    };
    let holder = holder();
    let unsigned = proof::prepare(holder.public(), &claims);
    let signature = holder.sign(unsigned.signing_input());
    let proofs = json!({ "jwt": [unsigned.finish(&signature)] });
    json!({ "credential_configuration_id": "maisha-id.vc-sd-jwt", "proofs": proofs }).to_string()
}

pub(super) fn holder() -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap()
}

pub(super) fn verifier() -> Value {
    let key = holder().public().to_jwk();
    json!({ "name": "Corner Shop", "name_sw": "Duka", "place": "Lodwar", "key": key, "claims": ["given_name"], "days": 30 })
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap()
}

fn authorization(text: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::AUTHORIZATION, value(text))])
}

fn cookie(headers: &HeaderMap) -> HeaderValue {
    value(headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap())
}

fn settings(folder: &TempDir) -> Settings {
    let secret = folder.path().join("upstream.secret");
    files::create_secret(&secret, "secret").unwrap();
    let caller = json!({ "name": "county-desk", "token": CALLER, "types": ["maisha-id"] });
    let wallet = json!({ "client_id": "w", "name": "W", "redirect_uris": ["https://w.example/cb"] });
    let upstream = json!({
        "issuer": provider(), "name": "Other", "client_id": "hati", "client_secret_file": secret, "upi_claim": "upi",
    });
    let mut settings = Settings { behind_proxy: true, ..Settings::default() };
    // Whoever is tried has not asked too often.
    (settings.limits.requests_per_second, settings.limits.burst) = (NonZeroU32::MAX, NonZeroU32::MAX);
    settings.vc_api = vec![serde_json::from_value(caller).unwrap()];
    settings.ussd = Some(serde_json::from_value(json!({ "token": AGGREGATOR })).unwrap());
    settings.wallets = vec![serde_json::from_value(wallet).unwrap()];
    settings.upstream = Some(serde_json::from_value(upstream).unwrap());
    settings
}

/// Another provider, whose ID token is whatever code it is shown: so what a browser brings gets as far as that.
fn provider() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let own = issuer.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever goes away is not answered.
            let _ = provide(stream, &own);
        }
    });
    issuer
}

fn provide(mut stream: TcpStream, issuer: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line)? > 2 {
        head.push_str(&line.to_lowercase());
        line.clear();
    }
    let length = head.split("content-length: ").nth(1).and_then(|it| it.lines().next()?.parse().ok());
    let mut form = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut form)?;
    let code = || {
        let form = hati_protocol::oauth::Form::parse(&form).ok()?;
        form.get("code").map(str::to_owned)
    };
    let said = match head.split(' ').nth(1) {
        Some("/keys") => json!({ "keys": [holder().public().to_jwk()] }),
        Some("/token") => json!({ "id_token": code() }),
        _ => json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        }),
    };
    let said = said.to_string();
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ";
    write!(stream, "{head}{}\r\n\r\n{said}", said.len())
}

fn home(folder: &TempDir, rng: &mut ChaCha20Rng) -> Home {
    let config = Config::new("https://id.example.go.ke", "Issuer", "Mtoaji").unwrap();
    let mut config = serde_json::to_value(config).unwrap();
    config["feeds"] = json!([{ "name": "births", "jwk": holder().public().to_jwk() }]);
    let config = serde_json::from_value(config).unwrap();
    let home = Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), rng).unwrap();
    let mine =
        Person { id_number: Some("31415926".into()), phone: Some("+254712345678".into()), ..person(UPI) };
    let people = [mine, person(LOCKED), person(SUSPENDED), person(DEAD)];
    let waiting = Quarantined {
        person: person(WAITING),
        reason: Reason::LikelyDuplicate { of: UPI.into(), likeness: 990 },
        at: 0,
        source: "people.csv, line 7".into(),
    };
    home.store.admit(&people, &[waiting], &Event::new(0, "test", Action::Imported, "people.csv")).unwrap();
    home
}

fn person(upi: &str) -> Person {
    Person {
        upi: upi.into(),
        id_number: None,
        given_name: "Grace Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: Date::parse("1997-01-01").unwrap().days(),
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: None,
        portrait: None,
    }
}

fn offer(home: &Home, upi: &str, rng: &mut ChaCha20Rng) -> offer::NewOffer {
    let configurations = ["maisha-id.vc-sd-jwt".to_owned()];
    let wanted = offer::Wanted {
        upi,
        configurations: &configurations,
        tx_code: false,
        actor: &Actor::officer("wanjiku"),
        now: now(),
    };
    offer::make(&*home.store, &home.config, &Catalogue::of(home).unwrap(), &wanted, rng).unwrap()
}

fn by_reference(made: &offer::NewOffer) -> String {
    let OfferLink::Reference(link) = OfferLink::parse(&made.by_reference_link).unwrap() else {
        return String::new();
    };
    link
}

fn pre_authorized(made: &offer::NewOffer) -> String {
    let OfferLink::Value(offer) = OfferLink::parse(&made.link).unwrap() else { return String::new() };
    offer.grants.pre_authorized_code.unwrap().pre_authorized_code.as_str().to_owned()
}

/// An officer with these roles, and the code that their second factor shows.
fn officer(home: &Home, (name, roles): (&str, &[Role]), rng: &mut ChaCha20Rng) -> String {
    let seal = home.keys.sectors.derive(SEALING);
    let accounts = Accounts { store: &*home.store, seal: &seal };
    let made =
        accounts.add((name, PASSWORD), roles, "Hati", (&Actor::officer("wanjiku"), now()), rng).unwrap();
    let secret = made.uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let secret: [u8; 20] = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap().try_into().unwrap();
    let totp = totp_rs::Builder::new().with_secret(totp_rs::Secret::new_stack(secret)).build().unwrap();
    totp.generate(now().seconds().unsigned_abs()).to_string()
}
