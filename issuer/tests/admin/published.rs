//! Whatever changes a status or a registration is published at once, whoever asks for it.

use std::net::SocketAddr;
use std::sync::mpsc;

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_issuer::activation::{Activation, DEFAULT_DAYS};
use hati_issuer::actor::Actor;
use hati_issuer::service::{Settings, Ussd, run};
use hati_store::{Action, Event, ListSize, NewCopies, NewCopy, Person, Reason, Role, UsedUp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};

use super::{ACHIENG, Desk, achieng, corrections, feed, now, quarantine, row};

const AGGREGATOR: &str = "aggregator-0123456789";
/// Who locks their ID at home.
const AKINYI: &str = "20480163920041";
const BARAKA: &str = "20480163920042";
/// Whose record is amended, whose row waits, and who died.
const CHEBET: &str = "20480163920043";
const DALMAS: &str = "20480163920044";
const ESTHER: &str = "20480163920045";
const FARAH: &str = "20480163920046";
const PHONE: &str = "+254700000042";

fn person(upi: &str) -> Person {
    Person { upi: upi.into(), id_number: None, phone: None, ..achieng() }
}

/// Everybody here has a copy in the first list, and the service listens: only then does it publish by itself.
fn open() -> Desk {
    let ussd = serde_json::from_value::<Ussd>(json!({ "token": AGGREGATOR })).unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let desk = Desk::of(Settings { listen, ussd: Some(ussd), ..Settings::default() }, now);
    let store = &desk.service.home().store;
    let people = [AKINYI, CHEBET, DALMAS, ESTHER, FARAH].map(person);
    let dialling = Person { phone: Some(PHONE.into()), ..person(BARAKA) };
    let event = Event::new(1, "test", Action::Imported, "people.csv");
    store.admit(&people, &[], &event).unwrap();
    store.admit(&[dialling], &[], &event).unwrap();
    let copies = [ACHIENG, AKINYI, BARAKA, CHEBET, DALMAS, ESTHER, FARAH].map(|upi| NewCopy {
        upi: upi.into(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [7; 32],
        valid_from: 0,
        valid_until: i64::MAX,
    });
    let list_size = ListSize::new(256).unwrap();
    let new = NewCopies { copies: &copies, list_size, grant: None, once: UsedUp::default(), pace: None };
    store.record(&new, &mut ChaCha20Rng::seed_from_u64(4), &[]).unwrap();
    let married = Person { family_name: "Otieno".into(), ..person(DALMAS) };
    desk.quarantine(row(married, Reason::UpiTaken { differs: vec!["family_name".into()] }));
    let (tell, told) = mpsc::channel();
    let listening =
        run(desk.service.clone(), move |address| tell.send(address).unwrap(), std::future::pending());
    desk.runtime.spawn(listening);
    told.recv().unwrap();
    desk
}

fn etag(desk: &Desk, path: &str) -> String {
    let reply = desk.send(Request::get(path).body(Body::empty()).unwrap());
    assert_eq!(reply.status.as_u16(), 200, "{path}: {}", reply.body);
    reply.headers["etag"].to_str().unwrap().to_owned()
}

/// A verifier of the bank's, registered, and its serial.
fn register(desk: &Desk, session: &super::Session) -> String {
    let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[4; 32]).unwrap().public().to_jwk();
    let new = json!({ "name": "Bank", "key": key, "claims": ["given_name"], "days": 30 });
    desk.post("/verifiers", session, &new).ok()["serial"].as_str().unwrap().to_owned()
}

#[test]
fn whatever_changes_what_is_published_has_it_published_at_once() {
    let desk = &open();
    let [registering, revoking, administering] =
        [Role::Registering, Role::Revoking, Role::Administering].map(|role| desk.sign_in(role));
    let rng = &mut ChaCha20Rng::seed_from_u64(3);
    let code = Activation::of(desk.service.home())
        .make(AKINYI, DEFAULT_DAYS, &Actor::officer("wanjiku"), now(), rng)
        .unwrap();
    let serial = register(desk, &administering);

    let request = |path: &str, media_type: &str, authorization: &str, body: String| {
        let request = Request::post(path).header("content-type", media_type);
        desk.send(request.header("authorization", authorization).body(body.into()).unwrap()).ok()
    };
    let lock = || {
        let who = format!("Basic {}", STANDARD.encode(format!("{AKINYI}:{code}")));
        request("/citizen/v1/lock", "application/json", &who, "{}".into());
    };
    let dial = || {
        let form = format!("sessionId=1&phoneNumber=%2B{}&text=1*1", &PHONE[1..]);
        let said = request(&format!("/ussd/{AGGREGATOR}"), "application/x-www-form-urlencoded", "", form);
        assert!(said.as_str().unwrap().starts_with("END Your ID is locked."), "{said}");
    };
    let change = |upi: &str, change: &str| {
        desk.post(&format!("/people/{upi}/credentials/{change}"), &revoking, &json!({})).ok();
    };
    let amend = || {
        let body = json!({ "revision": 0, "fields": { "family_name": "Wafula" } });
        desk.post(&format!("/people/{CHEBET}/amend"), &registering, &body).ok();
    };
    let death = || {
        let body = json!({ "revision": 0, "date": "2026-11-20" });
        desk.post(&format!("/people/{ESTHER}/death"), &registering, &body).ok();
    };
    let answer = || {
        let asked = corrections::ask(desk, &registering, "family_name", "Otieno").ok();
        corrections::answer(desk, &registering, asked["id"].as_str().unwrap(), true).ok();
    };
    let resolve = || {
        let id = quarantine::id_of(desk, &registering, DALMAS);
        quarantine::decide(desk, &registering, &id, "replace").ok();
    };
    let follow = || {
        let died = json!({ "op": "death", "upi": FARAH, "date": "2026-11-20" });
        feed::send(desk, "births", feed::sign(1, &Value::Null, &[died], 9)).ok();
    };
    let withdraw = || {
        let path = format!("/verifiers/{serial}");
        assert!(desk.call("DELETE", &path, Some(&administering), &Value::Null).status.is_success());
    };
    let changes: [(&str, &str, &dyn Fn()); 11] = [
        ("a lock by activation code", "/status/0", &lock),
        ("a lock by USSD", "/status/0", &dial),
        ("an officer reinstates", "/status/0", &|| change(AKINYI, "reinstate")),
        ("an officer suspends", "/status/0", &|| change(AKINYI, "suspend")),
        ("an officer revokes", "/status/0", &|| change(AKINYI, "revoke")),
        ("an amendment", "/status/0", &amend),
        ("a death", "/status/0", &death),
        ("an answered correction", "/status/0", &answer),
        ("a resolved row", "/status/0", &resolve),
        ("a feed's change", "/status/0", &follow),
        ("a withdrawn registration", "/bundle", &withdraw),
    ];
    for (what, path, change) in changes {
        let before = etag(desk, path);
        change();
        // Where it never comes, the last line tells what was not published.
        println!("waiting for {what}");
        while etag(desk, path) == before {}
    }
}
