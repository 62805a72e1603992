//! A person locks their own credentials.

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_store::{Action, Change, Event, Status};

use super::{ACHIENG, Answer, MWANGI, Office, now};

pub(crate) fn basic(upi: &str, code: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{upi}:{code}")))
}

fn lock(office: &Office, authorization: &str) -> Answer {
    let headers = [("authorization", authorization), ("content-type", "application/json")];
    office.request(Method::POST, "/citizen/v1/lock", &headers, "{}")
}

#[test]
fn a_person_locks_all_their_credentials_and_nobody_elses() {
    let (office, code) = Office::with_code(ACHIENG);
    office.service.publish().unwrap();
    let locked = lock(&office, &basic(ACHIENG, &code.to_string()));
    assert_eq!(
        (locked.status.as_u16(), locked.header("cache-control")),
        (200, "no-store"),
        "{}",
        locked.text()
    );
    assert_eq!((&locked.json()["locked"], &locked.json()["already_locked"]), (&2.into(), &0.into()));
    assert!(locked.json()["unlock"].as_str().unwrap().contains("officer"));
    let again = lock(&office, &basic(ACHIENG, &code.to_string()));
    assert_eq!((&again.json()["locked"], &again.json()["already_locked"]), (&0.into(), &2.into()));
    let (office, statuses, actions) = office.look(ACHIENG);
    assert_eq!(statuses, [Status::Suspended; 2]);
    assert!(actions.contains(&("citizen".into(), Action::Suspended)), "{actions:?}");
    assert!(actions.contains(&("citizen".into(), Action::SignedIn)), "{actions:?}");
    assert_eq!(office.look(MWANGI).1, [Status::Valid; 2]);
}

#[test]
fn who_is_not_known_locks_nothing() {
    let (office, code) = Office::with_code(ACHIENG);
    let code = code.to_string();
    for authorization in [
        "",
        "Basic",
        "Basic !!!",
        "Bearer abc",
        &basic(MWANGI, &code),
        &basic(ACHIENG, "7K2MQ-X9T4B"),
        &basic(ACHIENG, ""),
        &basic(ACHIENG, &"0".repeat(1_000)),
        &format!("Basic {}", STANDARD.encode([0xff, 0xfe])),
    ] {
        let refused = lock(&office, authorization);
        assert_eq!(refused.status.as_u16(), 401, "{authorization}");
        assert!(refused.header("www-authenticate").starts_with("Basic realm="), "RFC 9110 section 15.5.2");
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    // Another site's page can make a browser send a form, and no JSON.
    for media_type in ["application/x-www-form-urlencoded", "text/plain", ""] {
        let headers = [("authorization", &*basic(ACHIENG, &code)), ("content-type", media_type)];
        let refused = office.request(Method::POST, "/citizen/v1/lock", &headers, "{}");
        assert_eq!(refused.status.as_u16(), 415, "{media_type}");
    }
    assert_eq!(office.look(ACHIENG).1, [Status::Valid; 2]);
}

#[test]
fn guessing_locks_the_code_and_says_so() {
    let office = Office::open();
    let guess = || lock(&office, &basic(MWANGI, "0000000000"));
    let statuses: Vec<u16> = (0..6).map(|_| guess().status.as_u16()).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    assert!(guess().json()["detail"].as_str().unwrap().contains("2026-11-22T09:15:00Z"));
}

/// The wallet may be about to get others: after a correction every copy is revoked too.
#[test]
fn who_has_revoked_copies_alone_locks_what_would_be_issued() {
    let (office, code) = Office::with_code(ACHIENG);
    let (office, ()) = office.with_home(now, |home| {
        let event = Event::new(0, "officer", Action::Revoked, ACHIENG);
        home.store.change_status(ACHIENG, None, Change::Revoke, &event).unwrap();
    });
    let locked = lock(&office, &basic(ACHIENG, &code.to_string()));
    assert_eq!((locked.status.as_u16(), &locked.json()["locked"]), (200, &0.into()));
    let (office, withheld) =
        office.with_home(now, |home| home.store.registered(ACHIENG).unwrap().unwrap().standing.withheld);
    assert!(withheld.has("maisha-id") && withheld.has("invented-later"));
    assert_eq!(office.look(ACHIENG).1, [Status::Revoked; 2]);
}
