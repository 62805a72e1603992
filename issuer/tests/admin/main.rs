//! What officers do, over the routes of the service.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod accounts;
mod corrections;
mod described;
mod feed;
mod guarded;
mod people;
mod program;
mod published;
mod quarantine;
mod rest;
mod sign_in;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use data_encoding::BASE32_NOPAD;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::{Date, Timestamp};
use hati_issuer::activation::{Activation, DEFAULT_DAYS};
use hati_issuer::actor::Actor;
use hati_issuer::config::Config;
use hati_issuer::home::Home;
use hati_issuer::officers::{Accounts, SEALING};
use hati_issuer::service::{Service, Settings};
use hati_store::{Action, Event, Person, Quarantined, Reason, Role, Sex, Ticket, TicketId, TicketKind};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

const URL: &str = "https://id.example.go.ke";
const PASSWORD: &str = "seven green umbrellas";
const ACHIENG: &str = "20480163920017";
const TWIN: &str = "20480163920018";

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T09:00:00Z").unwrap()
}

fn achieng() -> Person {
    Person {
        upi: ACHIENG.into(),
        id_number: Some("31415926".into()),
        given_name: "Grace Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: Date::parse("1997-01-01").unwrap().days(),
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: Some("+254712345678".into()),
        portrait: None,
    }
}

fn row(person: Person, reason: Reason) -> Quarantined {
    Quarantined { person, reason, at: 1, source: "people.csv, line 2".into() }
}

/// A row that waits: it looks like Achieng.
fn twin() -> Quarantined {
    let person = Person { upi: TWIN.into(), id_number: None, ..achieng() };
    row(person, Reason::LikelyDuplicate { of: ACHIENG.into(), likeness: 1000 })
}

/// A row with another name under Achieng's UPI.
fn married() -> Quarantined {
    let person = Person { family_name: "Otieno".into(), ..achieng() };
    row(person, Reason::UpiTaken { differs: vec!["family_name".into()] })
}

/// An issuer with Achieng in its register, and an officer for each role, named after it.
fn home(folder: &TempDir) -> (Home, Vec<Totp>) {
    let feed = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[9; 32]).unwrap();
    let config =
        Config::new(URL, "Issuer", "Mtoaji").unwrap().with_database(hati_test_postgres::database_if_wanted());
    let mut config = serde_json::to_value(config).unwrap();
    config["list_size"] = json!(256);
    config["feeds"] = json!([{ "name": "births", "jwk": feed.public().to_jwk() }]);
    let config: Config = serde_json::from_value(config).unwrap();
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    let home = Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), rng).unwrap();
    let event = Event::new(1, "test", Action::Imported, "people.csv");
    home.store.admit(&[achieng()], &[twin()], &event).unwrap();
    let seal = home.keys.sectors.derive(SEALING);
    let accounts = Accounts { store: &*home.store, seal: &seal };
    let factors = Role::ALL.map(|role| {
        let made = accounts
            .add((role.name(), PASSWORD), &[role], "Hati", (&Actor::officer("wanjiku"), now()), rng)
            .unwrap();
        Totp::of(&made.uri)
    });
    (home, factors.into())
}

/// What an authenticator app holds.
struct Totp(totp_rs::Totp);

impl Totp {
    fn of(uri: &str) -> Self {
        let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
        let secret = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
        let secret: [u8; 20] = secret.try_into().unwrap();
        Self(totp_rs::Builder::new().with_secret(totp_rs::Secret::new_stack(secret)).build().unwrap())
    }

    fn code(&self, at: Timestamp) -> String {
        self.0.generate(at.seconds().unsigned_abs()).to_string()
    }
}

/// A service without a network.
struct Desk {
    runtime: tokio::runtime::Runtime,
    service: Service,
    factors: Vec<Totp>,
    _folder: TempDir,
}

/// What came back.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Reply {
    /// The body of an answer that is no error.
    #[track_caller]
    fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    /// Checks that it is this problem, and gives its detail.
    #[track_caller]
    fn problem(self, status: u16, code: &str) -> String {
        assert_eq!((self.status.as_u16(), &self.body["code"]), (status, &json!(code)), "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers["cache-control"], "no-store");
        assert_eq!(self.body["type"], format!("urn:hati:problem:{code}"));
        assert_eq!(self.body["status"], status);
        self.body["detail"].as_str().unwrap().to_owned()
    }
}

#[derive(Clone)]
struct Session {
    cookie: String,
    csrf: String,
}

impl Desk {
    fn new() -> Self {
        Self::with_clock(now)
    }

    fn with_clock(clock: fn() -> Timestamp) -> Self {
        Self::of(Settings::default(), clock)
    }

    fn of(settings: Settings, clock: fn() -> Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (home, factors) = home(&folder);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let service = Service::new(home, settings, clock);
        // Copies are handed out once their status list is published.
        service.publish().unwrap();
        Self { runtime, service, factors, _folder: folder }
    }

    /// A person holds an activation code, and their wallet a refresh token.
    fn hold(&self, upi: &str) {
        let rng = &mut ChaCha20Rng::seed_from_u64(3);
        let home = self.service.home();
        Activation::of(home).make(upi, DEFAULT_DAYS, &Actor::officer("wanjiku"), now(), rng).unwrap();
        let (id, kind) = (TicketId([1; 32]), TicketKind::RefreshToken);
        let token = Ticket { id, kind, owner: upi.into(), value: vec![], expires: i64::MAX };
        home.store.keep(&[token], &[]).unwrap();
    }

    fn held(&self, upi: &str) -> usize {
        self.service.home().store.tickets_of(upi, now().seconds()).unwrap().len()
    }

    /// Somebody's row comes in, and waits.
    fn quarantine(&self, row: Quarantined) {
        let event = Event::new(1, "test", Action::Imported, "people.csv");
        self.service.home().store.admit(&[], &[row], &event).unwrap();
    }

    fn send(&self, request: Request<Body>) -> Reply {
        let routes = self.service.routes();
        self.runtime.block_on(async move {
            let (parts, body) = routes.oneshot(request).await.unwrap().into_parts();
            let bytes = to_bytes(body, 4 << 20).await.unwrap();
            let body = serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes).into_owned()));
            Reply { status: parts.status, headers: parts.headers, body }
        })
    }

    fn call(&self, method: &str, path: &str, session: Option<&Session>, body: &Value) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/admin/v1{path}"));
        if let Some(session) = session {
            request = request.header("cookie", &session.cookie).header("x-csrf-token", &session.csrf);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap())
    }

    fn get(&self, path: &str, session: &Session) -> Reply {
        self.call("GET", path, Some(session), &Value::Null)
    }

    fn post(&self, path: &str, session: &Session, body: &Value) -> Reply {
        self.call("POST", path, Some(session), body)
    }

    fn code(&self, role: Role, at: Timestamp) -> String {
        let place = Role::ALL.iter().position(|it| *it == role).unwrap();
        self.factors[place].code(at)
    }

    fn try_sign_in(&self, name: &str, password: &str, code: &str) -> Reply {
        let shown = json!({ "name": name, "password": password, "code": code });
        self.call("POST", "/session", None, &shown)
    }

    /// The document that describes the API, which whoever is signed in may read.
    fn document(&self) -> Value {
        self.get("/openapi.json", &self.sign_in(Role::Auditing)).ok()
    }

    /// The officer of a role signs in.
    fn sign_in(&self, role: Role) -> Session {
        let reply = self.try_sign_in(role.name(), PASSWORD, &self.code(role, now()));
        let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let csrf = reply.ok()["csrf_token"].as_str().unwrap().to_owned();
        Session { cookie, csrf }
    }

    /// Issues to a new wallet's key, and gives what a verifier reads of the first copy.
    fn issue(&self, session: &Session, credential_type: &str) -> Reply {
        let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[5; 32]).unwrap();
        let order = json!({
            "type": credential_type, "format": "dc+sd-jwt", "holder_keys": { "keys": [key.public().to_jwk()] },
        });
        self.post(&format!("/people/{ACHIENG}/credentials"), session, &order)
    }

    fn actions(&self, session: &Session) -> Vec<(String, String, String)> {
        let entries = self.get("/audit", session).ok()["entries"].take();
        let text = |entry: &Value, member: &str| entry[member].as_str().unwrap().to_owned();
        let entries = entries.as_array().unwrap().iter();
        entries.map(|it| (text(it, "actor"), text(it, "action"), text(it, "subject"))).collect()
    }
}

/// The disclosures of the first copy in a file for a wallet.
fn disclosed(file: &Value) -> String {
    let copy = file["credentials"][0].as_str().unwrap();
    let parts = copy.split('~').skip(1).filter(|part| !part.is_empty());
    let decode =
        |part: &str| String::from_utf8(hati_formats::encoding::b64url_decode(part).unwrap()).unwrap();
    parts.map(decode).collect()
}
