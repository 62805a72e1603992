//! A person locks their own credentials.

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_store::{Action, Amendment, Change, Event, RegisterChange, Status};

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
        let refused = if authorization.is_empty() {
            let json = [("content-type", "application/json")];
            office.request(Method::POST, "/citizen/v1/lock", &json, "{}")
        } else {
            lock(&office, authorization)
        };
        assert_eq!(refused.status.as_u16(), 401, "{authorization}");
        assert!(refused.header("www-authenticate").starts_with("Basic realm="), "RFC 9110 section 15.5.2");
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    // Each says which it is, and what to do.
    let json = [("content-type", "application/json")];
    for (refused, code, advice) in [
        (
            office.request(Method::POST, "/citizen/v1/lock", &json, "{}"),
            "activation_code_missing",
            "Send both",
        ),
        (lock(&office, "Basic !!!"), "activation_code_missing", "Send both"),
        (lock(&office, &basic(MWANGI, &code)), "activation_code_wrong", "do not belong together"),
        (lock(&office, &basic(ACHIENG, "7K2MQ-X9T4B")), "activation_code_mistyped", "typing mistake"),
    ] {
        assert_eq!(refused.json()["type"], format!("urn:hati:problem:{code}"), "{}", refused.text());
        assert_eq!(refused.json()["code"], code, "{}", refused.text());
        assert!(refused.json()["detail"].as_str().unwrap().contains(advice), "{}", refused.text());
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
    let locked = guess();
    assert!(locked.json()["detail"].as_str().unwrap().contains("2026-11-22T09:15:00Z"));
    assert_eq!((locked.header("retry-after"), &locked.json()["code"]), ("900", &"activation_locked".into()));
}

#[test]
fn a_member_that_is_unknown_is_not_passed_over() {
    let (office, code) = Office::with_code(ACHIENG);
    let headers =
        [("authorization", &*basic(ACHIENG, &code.to_string())), ("content-type", "application/json")];
    let refused = office.request(Method::POST, "/citizen/v1/lock", &headers, "{\"until\":\"tomorrow\"}");
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (400, &"body_malformed".into()));
    assert!(refused.json()["detail"].as_str().unwrap().contains("until"), "{}", refused.text());
    assert_eq!(office.look(ACHIENG).1, [Status::Valid; 2]);
}

#[test]
fn nobody_signs_in_for_the_dead() {
    let (office, code) = Office::with_code(ACHIENG);
    let (office, ()) = office.with_home(now, |home| {
        let person = home.store.person(ACHIENG).unwrap().unwrap();
        let died = Amendment {
            person,
            died: Some(20_000),
            revision: 0,
            revoke: Vec::new(),
            withdraw: Vec::new(),
            is_another: false,
        };
        let event = Event::new(0, "officer", Action::DeathRegistered, ACHIENG);
        home.store.apply(&[RegisterChange::Amend(died)], &[event]).unwrap();
    });
    let who = basic(ACHIENG, &code.to_string());
    let refused = lock(&office, &who);
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (403, &"person_died".into()));
    assert_eq!(office.get("/citizen/v1/corrections", &[("authorization", &who)]).status.as_u16(), 403);
    // With another code nobody learns of the death.
    let guessed = lock(&office, &basic(ACHIENG, "0000000000"));
    assert_eq!((guessed.status.as_u16(), &guessed.json()["code"]), (401, &"activation_code_wrong".into()));
    let actions = office.look(ACHIENG).2;
    assert!(!actions.contains(&("citizen".into(), Action::SignedIn)), "{actions:?}");
    assert!(actions.contains(&("citizen".into(), Action::SignInRefused)), "{actions:?}");
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
