//! Every route: without a session, without its token, with another role, and after the session's end.

use std::sync::atomic::{AtomicI64, Ordering};

use hati_formats::time::Timestamp;
use hati_store::Role;
use serde_json::{Value, json};

use super::{ACHIENG, Desk, Session, now};

/// Who has to find people.
const FINDING: [Role; 3] = [Role::Registering, Role::Issuing, Role::Revoking];

/// Every route but signing in, and who may call it: anybody who is signed in where there are no roles.
const ROUTES: [(&str, &str, &[Role]); 28] = [
    ("GET", "/session", &[]),
    ("DELETE", "/session", &[]),
    ("GET", "/people?q=Odhiambo", &FINDING),
    ("GET", "/people/{upi}/credentials", &FINDING),
    ("GET", "/people/{upi}", &[Role::Registering]),
    ("POST", "/people/{upi}/amend", &[Role::Registering]),
    ("POST", "/people/{upi}/death", &[Role::Registering]),
    ("POST", "/people/{upi}/death/withdraw", &[Role::Registering]),
    ("POST", "/people/{upi}/corrections", &[Role::Registering]),
    ("GET", "/quarantine", &[Role::Registering]),
    ("GET", "/quarantine/{id}", &[Role::Registering]),
    ("POST", "/quarantine/{id}", &[Role::Registering]),
    ("GET", "/people/{upi}/decisions", &[Role::Registering]),
    ("GET", "/corrections", &[Role::Registering]),
    ("POST", "/corrections/{id}", &[Role::Registering]),
    ("POST", "/people/{upi}/credentials/{change}", &[Role::Revoking]),
    ("POST", "/people/{upi}/credentials", &[Role::Issuing]),
    ("POST", "/people/{upi}/offer", &[Role::Issuing]),
    ("POST", "/offers", &[Role::Issuing]),
    ("POST", "/people/{upi}/activation", &[Role::Issuing]),
    ("GET", "/audit", &[Role::Auditing]),
    ("GET", "/verifiers", &[Role::Administering]),
    ("POST", "/verifiers", &[Role::Administering]),
    ("DELETE", "/verifiers/{serial}", &[Role::Administering]),
    ("GET", "/officers", &[Role::Administering]),
    ("POST", "/officers/{name}/unlock", &[Role::Administering]),
    ("POST", "/officers/{name}/second-factor", &[Role::Administering]),
    ("POST", "/session", &[]),
];

fn guarded() -> impl Iterator<Item = (&'static str, &'static str, &'static [Role])> {
    ROUTES.into_iter().filter(|(method, path, _)| (*method, *path) != ("POST", "/session"))
}

#[test]
fn the_table_has_every_route_that_the_document_has() {
    let desk = Desk::new();
    let document = desk.document();
    let mut described = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/admin/v1").unwrap();
        described
            .extend(operations.as_object().unwrap().keys().map(|it| format!("{} {path}", it.to_uppercase())));
    }
    let mut known: Vec<_> = ROUTES
        .iter()
        .map(|(method, path, _)| format!("{method} {}", path.split('?').next().unwrap()))
        .collect();
    described.sort();
    known.sort();
    assert_eq!(described, known);
}

#[test]
fn nobody_calls_without_a_session() {
    let desk = Desk::new();
    let strange = [
        "__Host-hati-officer=",
        "__Host-hati-officer=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "hati-officer=x; __Host-hati-officer=%%%",
    ];
    let pages = ["/openapi.json", "/docs", "/docs/", "/docs/swagger-initializer.js"].map(|it| ("GET", it));
    for (method, path) in guarded().map(|(method, path, _)| (method, path)).chain(pages) {
        let reply = desk.call(method, path, None, &json!({}));
        assert!(reply.headers.contains_key("www-authenticate"));
        reply.problem(401, "not_signed_in");
        for cookie in strange {
            let session = Session { cookie: cookie.to_owned(), csrf: "x".to_owned() };
            desk.call(method, path, Some(&session), &json!({})).problem(401, "not_signed_in");
        }
    }
}

#[test]
fn nothing_is_changed_without_the_token_of_the_session() {
    let desk = Desk::new();
    let other = desk.sign_in(Role::Auditing).csrf;
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Auditing) {
        let session = desk.sign_in(role);
        for (method, path, _) in guarded().filter(|(method, _, of)| *method != "GET" && of.contains(&role)) {
            for csrf in ["", &other, &session.cookie] {
                let forged = Session { csrf: csrf.to_owned(), ..session.clone() };
                desk.call(method, path, Some(&forged), &json!({})).problem(403, "csrf_token_missing");
            }
        }
    }
}

#[test]
fn a_role_that_is_missing_is_named() {
    let desk = Desk::new();
    let sessions = Role::ALL.map(|role| (role, desk.sign_in(role)));
    for (method, path, needed) in guarded().filter(|(.., needed)| !needed.is_empty()) {
        for (role, session) in &sessions {
            let reply = desk.call(method, path, Some(session), &json!({}));
            if needed.contains(role) {
                assert!(![401, 403].contains(&reply.status.as_u16()), "{method} {path}: {}", reply.body);
            } else {
                let detail = reply.problem(403, "role_missing");
                assert!(needed.iter().all(|role| detail.contains(role.name())), "{detail}");
            }
        }
    }
}

#[test]
fn a_session_that_has_ended_is_none() {
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    fn clock() -> Timestamp {
        now().plus_seconds(SECONDS.load(Ordering::Relaxed))
    }
    let desk = Desk::with_clock(clock);
    let sessions = Role::ALL.map(|role| (role, desk.sign_in(role)));
    SECONDS.store(15 * 60, Ordering::Relaxed);
    for (method, path, needed) in guarded() {
        let session = sessions.iter().find(|(role, _)| needed.is_empty() || needed.contains(role));
        desk.call(method, path, session.map(|it| &it.1), &json!({})).problem(401, "not_signed_in");
    }
}

/// PostgreSQL keeps no text with a NUL, and says so by an error.
#[test]
fn a_nul_is_refused_wherever_it_is() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Administering);
    assert_eq!(desk.post("/officers/o-%00/unlock", &session, &Value::Null).status.as_u16(), 404);
    desk.get("/people?q=%00%00", &desk.sign_in(Role::Registering)).problem(400, "query_malformed");
    let lifted = format!("/people/{ACHIENG}/credentials/reinstate");
    let said = desk.post(&lifted, &desk.sign_in(Role::Revoking), &json!({ "type": "a\0b" }));
    let said = said.problem(400, "body_malformed");
    assert!(said.starts_with("The body: expected texts without a NUL, got one with it (\\u0000)."), "{said}");
}
