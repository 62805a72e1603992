//! What a person does from home: signing in to get an ID, locking it, asking for a correction.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod activation;
mod corrections;
mod lock;
mod page;
mod pushed;
mod sign_in;
mod upstream;
mod ussd;

use std::path::PathBuf;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use hati_formats::keys::Algorithm;
use hati_formats::time::Timestamp;
use hati_issuer::activation::{Activation, ActivationCode, DEFAULT_DAYS};
use hati_issuer::actor::Actor;
use hati_issuer::config::Config;
use hati_issuer::home::Home;
use hati_issuer::service::{Service, Settings};
use hati_store::{Action, Event, ListSize, NewCopies, NewCopy, Person, Sex, Status, UsedUp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

const URL: &str = "https://id.example.go.ke";
const ACHIENG: &str = "20480163920017";
const MWANGI: &str = "20480163920018";
const NOBODY: &str = "99999999999999";
const PHONE: &str = "+254712345678";
const FAMILY_PHONE: &str = "+254700000001";
const CLIENT: &str = "ke.go.hati.wallet";
const REDIRECT: &str = "https://wallet.example/signed-in";
const TOKEN: &str = "aggregator-0123456789";

const SETTINGS: &str = r#"
[ussd]
token = "aggregator-0123456789"
[[wallets]]
client_id = "ke.go.hati.wallet"
name = "Hati <wallet> & friends"
redirect_uris = ["https://wallet.example/signed-in", "ke.go.hati.wallet:/signed-in", "http://127.0.0.1/cb"]
"#;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T09:00:00Z").unwrap()
}

/// A minute after [`now`]: a code is over.
fn a_minute_later() -> Timestamp {
    now().plus_seconds(60)
}

/// An hour after [`now`]: references and sign-ins are over.
fn an_hour_later() -> Timestamp {
    now().plus_seconds(3_600)
}

/// Two days after [`now`]: an offer is over.
fn two_days_later() -> Timestamp {
    now().plus_seconds(2 * 86_400)
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

fn person(upi: &str, phone: &str) -> Person {
    Person {
        upi: upi.into(),
        id_number: None,
        given_name: "Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: 9_862,
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: Some(phone.into()),
        portrait: None,
    }
}

/// An issuer with four people, online without a socket.
struct Office {
    folder: TempDir,
    runtime: Runtime,
    service: Service,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(URL, "Issuer", "Mtoaji")
            .unwrap()
            .with_database(hati_test_postgres::database_if_wanted());
        let home =
            Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), &mut rng()).unwrap();
        let people = [
            person(ACHIENG, PHONE),
            person(MWANGI, "+254712345679"),
            person("20480163930001", FAMILY_PHONE),
            person("20480163930002", FAMILY_PHONE),
        ];
        let event = Event::new(0, "a test", Action::Imported, "people.csv");
        home.store.admit(&people, &[], &event).unwrap();
        for person in people {
            let copy = NewCopy {
                upi: person.upi.clone(),
                revision: 0,
                credential_type: "maisha-id".into(),
                holder_key: [7; 32],
                valid_from: 0,
                valid_until: i64::MAX,
            };
            let list_size = ListSize::new(256).unwrap();
            let new = NewCopies {
                copies: &[copy.clone(), copy],
                list_size,
                grant: None,
                once: UsedUp::default(),
                pace: None,
            };
            let event = Event::new(0, "a test", Action::Issued, person.upi);
            home.store.record(&new, &mut rng(), &[event]).unwrap();
        }
        drop(home);
        Self::at(folder, now)
    }

    fn at(folder: TempDir, clock: fn() -> Timestamp) -> Self {
        let home = Home::open(&folder.path().join("issuer")).unwrap();
        let settings = Settings::read(Some((&PathBuf::from("issuer.toml"), SETTINGS)), |_| None).unwrap();
        let service = Service::new(home, settings, clock);
        service.publish().unwrap();
        Self { folder, runtime: Runtime::new().unwrap(), service }
    }

    /// The same issuer at another time.
    fn later(self, clock: fn() -> Timestamp) -> Self {
        let Self { folder, runtime, service } = self;
        drop((service, runtime));
        Self::at(folder, clock)
    }

    /// Does something with the issuer's folder while nobody is served, at this time.
    fn with_home<T>(self, clock: fn() -> Timestamp, work: impl FnOnce(&Home) -> T) -> (Self, T) {
        let Self { folder, runtime, service } = self;
        drop((service, runtime));
        let home = Home::open(&folder.path().join("issuer")).unwrap();
        let done = work(&home);
        drop(home);
        (Self::at(folder, clock), done)
    }

    /// With an activation code for a person.
    fn with_code(upi: &str) -> (Self, ActivationCode) {
        let make = |home: &Home| {
            Activation::of(home)
                .make(upi, DEFAULT_DAYS, &Actor::officer("wanjiku"), now(), &mut rng())
                .unwrap()
        };
        Self::open().with_home(now, make)
    }

    fn send(&self, request: Request<Body>) -> Answer {
        let response: Response = self.runtime.block_on(self.service.routes().oneshot(request)).unwrap();
        let (parts, body) = response.into_parts();
        let body = self.runtime.block_on(axum::body::to_bytes(body, 1 << 20)).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    fn request(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap())
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.request(Method::GET, path, headers, "")
    }

    fn post_form(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let headers = [&[("content-type", "application/x-www-form-urlencoded")], headers].concat();
        self.request(Method::POST, path, &headers, &form(fields))
    }

    /// The statuses of a person's credentials, and the actions of the audit.
    fn look(self, upi: &str) -> (Self, Vec<Status>, Vec<(String, Action)>) {
        let (office, (statuses, actions)) = self.with_home(now, |home| {
            let entries = home.store.entries_of(upi).unwrap();
            let events = home.store.events(0, 1_000).unwrap().into_iter();
            let events = events.filter(|it| it.event.subject.starts_with(upi));
            (
                entries.iter().map(|entry| entry.status).collect(),
                events.map(|it| (it.event.actor, it.event.action)).collect(),
            )
        });
        (office, statuses, actions)
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect::<String>()
    };
    let fields = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    fields.collect::<Vec<_>>().join("&")
}

/// A value of an address's query, decoded.
fn query(url: &str, name: &str) -> Option<String> {
    let form = hati_protocol::oauth::Form::parse(url.split_once('?')?.1.as_bytes()).unwrap();
    form.get(name).map(str::to_owned)
}
