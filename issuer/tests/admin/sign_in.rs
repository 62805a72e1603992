//! Signing in and out: the cookie, what is refused, and what is counted.

use std::sync::atomic::{AtomicI64, Ordering};

use hati_formats::time::Timestamp;
use hati_store::Role;
use serde_json::{Value, json};

use super::{Desk, PASSWORD, now};

#[test]
fn a_session_is_a_cookie_that_no_script_and_no_other_site_has() {
    let desk = Desk::new();
    let reply = desk.try_sign_in("auditing", PASSWORD, &desk.code(Role::Auditing, now()));
    let cookie = reply.headers["set-cookie"].to_str().unwrap().to_owned();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let (name, value) = pair.split_once('=').unwrap();
    assert_eq!((name, value.len()), ("__Host-hati-officer", 43));
    let mut attributes: Vec<_> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
    assert_eq!(reply.headers["cache-control"], "no-store");
    let said = reply.ok();
    assert_eq!((&said["name"], &said["roles"]), (&json!("auditing"), &json!(["auditing"])));
    assert!(!said.to_string().contains(value));
}

#[test]
fn a_session_is_shown_and_ends_when_told() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Issuing);
    let shown = desk.get("/session", &session).ok();
    assert_eq!(
        (shown["name"].as_str(), shown["csrf_token"].as_str()),
        (Some("issuing"), Some(&*session.csrf))
    );
    let gone = desk.call("DELETE", "/session", Some(&session), &Value::Null);
    assert_eq!(gone.status.as_u16(), 204);
    assert!(gone.headers["set-cookie"].to_str().unwrap().starts_with("__Host-hati-officer=; "));
    desk.get("/session", &session).problem(401, "not_signed_in");
}

#[test]
fn every_refusal_says_the_same() {
    let desk = Desk::new();
    let code = desk.code(Role::Auditing, now());
    let refused =
        [("auditing", "wrong", &*code), ("auditing", PASSWORD, "000000"), ("nobody", PASSWORD, &*code)];
    let said = refused.map(|(name, password, code)| {
        let reply = desk.try_sign_in(name, password, code);
        // RFC 9110 section 15.5.2.
        assert_eq!(reply.headers["www-authenticate"], "Session realm=\"/admin/v1/session\"");
        reply.problem(401, "sign_in_refused")
    });
    assert!(said.iter().all(|it| *it == said[0] && !it.contains("nobody")));
    // The code counts once.
    assert!(desk.try_sign_in("auditing", PASSWORD, &code).status.is_success());
    desk.try_sign_in("auditing", PASSWORD, &code).problem(401, "sign_in_refused");
}

#[test]
fn what_is_no_sign_in_is_malformed() {
    let desk = Desk::new();
    for body in [
        json!([]),
        json!({ "name": "auditing" }),
        json!({ "name": 1, "password": "", "code": "" }),
        json!({ "name": "a\0b", "password": "", "code": "" }),
    ] {
        desk.call("POST", "/session", None, &body).problem(400, "body_malformed");
    }
    let form = axum::http::Request::post("/admin/v1/session").body("name=auditing".into()).unwrap();
    desk.send(form).problem(415, "body_not_json");
}

#[test]
fn guessing_locks_and_even_the_right_answer_waits() {
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    fn clock() -> Timestamp {
        now().plus_seconds(SECONDS.load(Ordering::Relaxed))
    }
    let desk = Desk::with_clock(clock);
    // All at the same time.
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| desk.try_sign_in("revoking", "wrong", "000000").problem(401, "sign_in_refused"));
        }
    });
    let answer = || desk.try_sign_in("revoking", PASSWORD, &desk.code(Role::Revoking, clock()));
    answer().problem(401, "sign_in_refused");
    let administrator = desk.sign_in(Role::Administering);
    let officers = desk.get("/officers", &administrator).ok();
    let locked = officers["officers"].as_array().unwrap().iter().find(|it| it["name"] == "revoking").unwrap();
    assert_eq!(
        (&locked["failures"], locked["locked_until"].as_str()),
        (&json!(5), Some("2026-11-22T09:00:30Z"))
    );
    SECONDS.store(30, Ordering::Relaxed);
    answer().ok();
}
