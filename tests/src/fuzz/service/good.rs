//! A request on every route that knows what it is asked.

use axum::body::Body;
use axum::http::Request;
use hati_formats::jws;
use josekit::jwe::{ECDH_ES, JweHeader, serialize_compact};
use josekit::jwk::Jwk;
use serde_json::{Value, json};

use super::desk::{DEAD, PASSWORD, PUSHED, SUSPENDED, credential_request, holder, redeeming, verifier};
use super::{DESK, ROUTES};
use crate::fuzz::seeds;

/// Who asks, in the second byte.
const WALLET: u8 = 4;
const SYSTEM: u8 = 8;
const CITIZEN: u8 = 12;
const OFFICER: u8 = 16;
const COMING_BACK: u8 = 20;
const BROWSER: u8 = 24;

/// What the body is said to be, besides.
const FORM: u8 = 1;
const JWT: u8 = 2;
const TEXT: u8 = 3;

pub(in super::super) fn seeds() -> Vec<Vec<u8>> {
    let known = |name: &str| DESK.known[name].as_str();
    let mut all = vec![
        post("/token", FORM, redeeming(known("code"))),
        post("/credential", WALLET, credential_request(&DESK)),
        encrypted_request(),
        with_headers(
            "POST",
            "/deferred_credential",
            0,
            &[(3, known("waits"))],
            &transaction(known("transaction")),
        ),
        post("/notification", WALLET, notification(known("notification"))),
        post("/par", FORM, PUSHED),
        pushed(),
        seed("GET", "/authorize/signin", BROWSER, ""),
        coming_back("e30.e30.AA"),
        post("/authorize/signin", BROWSER + FORM, format!("form={}&cancel=1", known("form"))),
        post("/citizen/v1/lock", CITIZEN, "{}"),
        post("/feeds/{name}", TEXT, died()),
        post(
            "/admin/v1/session",
            0,
            json!({ "name": "clerk", "password": PASSWORD, "code": known("second factor") }).to_string(),
        ),
        of(SUSPENDED, "/admin/v1/people/{upi}/credentials/{change}", "{}"),
        of(DEAD, "/admin/v1/people/{upi}/death", &json!({ "revision": 0, "date": "2026-11-20" }).to_string()),
        of(
            DEAD,
            "/admin/v1/people/{upi}/death/withdraw",
            &json!({ "revision": 1, "reason": "Somebody else died" }).to_string(),
        ),
        with_headers("GET", "/status/0", 0, &[(1, "application/statuslist+jwt"), (6, "\"0\", W/\"1\"")], ""),
        with_headers(
            "GET",
            "/.well-known/openid-credential-issuer",
            0,
            &[(1, "application/jwt;q=0.9, */*;q=0.1")],
            "",
        ),
        with_headers(
            "GET",
            "/authorize/signin",
            0,
            &[(2, "sw, en;q=0.5"), (5, "__Host-hati-sign-in=0123"), (7, "192.0.2.1")],
            "",
        ),
        with_headers("POST", "/token", FORM, &[(0, "e30.e30.AA"), (3, "DPoP e30")], ""),
    ];
    for (method, path) in ROUTES {
        let bodies = if method == "GET" { queries() } else { bodies(path) };
        for body in bodies {
            all.push(if method == "GET" {
                with_query(path, who(path), &body)
            } else {
                seed(method, path, who(path), body)
            });
        }
    }
    all
}

fn who(path: &str) -> u8 {
    match path {
        "/credential" | "/deferred_credential" | "/notification" => WALLET,
        "/vc-api/credentials/issue" => SYSTEM,
        "/feeds/{name}" => TEXT,
        path if path.starts_with("/citizen") => CITIZEN,
        path if path.starts_with("/admin") => OFFICER,
        _ => FORM,
    }
}

fn bodies(path: &str) -> Vec<String> {
    let texts =
        |seeds: Vec<Vec<u8>>| seeds.iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect();
    match path {
        "/token" | "/par" | "/authorize/signin" | "/ussd/{token}" => texts(seeds::forms()),
        "/credential" | "/deferred_credential" | "/notification" => texts(seeds::credential_requests()),
        "/feeds/{name}" => texts(seeds::batches()),
        "/vc-api/credentials/issue" => texts(seeds::vc_api()),
        // What takes a session's own holder is asked once, above.
        path if path.contains("/death") || path.ends_with("{change}") => Vec::new(),
        path if path.starts_with("/admin") || path.starts_with("/citizen") => admin(),
        _ => vec![String::new()],
    }
}

fn number_of(method: &str, path: &str) -> u8 {
    ROUTES.iter().position(|it| *it == (method, path)).unwrap() as u8
}

fn seed(method: &str, path: &str, who: u8, body: impl AsRef<str>) -> Vec<u8> {
    [&[number_of(method, path), who, 0, 0][..], body.as_ref().as_bytes()].concat()
}

fn post(path: &str, who: u8, body: impl AsRef<str>) -> Vec<u8> {
    seed("POST", path, who, body)
}

/// Of another person than the one who is there.
fn of(upi: &str, path: &str, body: &str) -> Vec<u8> {
    [&[number_of("POST", path), OFFICER, 0, upi.len() as u8 * 4 + 1][..], upi.as_bytes(), body.as_bytes()]
        .concat()
}

fn with_query(path: &str, who: u8, query: &str) -> Vec<u8> {
    let split = query.len().div_ceil(32) as u8;
    // To a length that the third byte can say.
    let query = format!("{query:&<width$}", width = usize::from(split) * 32);
    [&[number_of("GET", path), who, split, 0][..], query.as_bytes()].concat()
}

fn with_headers(method: &str, path: &str, who: u8, headers: &[(u8, &str)], body: &str) -> Vec<u8> {
    let lines = headers.iter().flat_map(|(which, value)| [&[*which][..], value.as_bytes(), b"\n"].concat());
    [number_of(method, path), who, 16, 0].into_iter().chain(lines).chain(*b"\n").chain(body.bytes()).collect()
}

/// A push, opened by a browser.
fn pushed() -> Vec<u8> {
    let pushed = DESK.post("/par", super::TYPES[1], PUSHED.to_owned()).1;
    let query = format!("client_id=w&request_uri={}", pushed["request_uri"].as_str().unwrap());
    with_query("/authorize", FORM, &query)
}

/// Back from the other provider, which gives what it is shown as its ID token.
pub(super) fn coming_back(token: &str) -> Vec<u8> {
    let state = &DESK.known["state"];
    with_query("/authorize/upstream", COMING_BACK, &format!("state={state}&code={token}&"))
}

/// An ID token that the provider signed.
#[cfg(test)]
pub(super) fn id_token() -> String {
    let (issuer, nonce, now) = (&DESK.known["provider"], &DESK.known["nonce"], super::desk::now().seconds());
    let claims = json!({
        "iss": issuer, "aud": "hati", "exp": now + 60, "iat": now, "nonce": nonce, "upi": super::desk::UPI,
    });
    signed(&json!({ "alg": "EdDSA" }), &claims)
}

fn signed(header: &Value, payload: &Value) -> String {
    let unsigned = jws::prepare_text(&header.to_string(), payload.to_string().as_bytes());
    let signature = holder().sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

/// As a wallet encrypts a request (OpenID4VCI 1.0 section 10).
pub(super) fn encrypted_request() -> Vec<u8> {
    let metadata = Request::get("/.well-known/openid-credential-issuer").body(Body::empty()).unwrap();
    let metadata: Value = serde_json::from_str(&DESK.send(metadata).1).unwrap();
    let jwk = metadata["credential_request_encryption"]["jwks"]["keys"][0].to_string();
    let mut header = JweHeader::new();
    header.set_content_encryption("A128GCM");
    let encrypter = ECDH_ES.encrypter_from_jwk(&Jwk::from_bytes(jwk.as_bytes()).unwrap()).unwrap();
    let sealed = serialize_compact(credential_request(&DESK).as_bytes(), &header, &encrypter).unwrap();
    post("/credential", WALLET + JWT, sealed)
}

fn transaction(id: &str) -> String {
    json!({ "transaction_id": id }).to_string()
}

fn notification(id: &str) -> String {
    json!({ "notification_id": id, "event": "credential_accepted" }).to_string()
}

/// A feed's batch.
fn died() -> String {
    let changes = [json!({ "op": "death", "upi": "20480163920099", "date": "2026-06-30" })];
    let batch = json!({ "feed": "births", "sequence": 1, "previous": null, "changes": changes });
    signed(&json!({ "alg": "EdDSA", "typ": "hati-feed+json" }), &batch)
}

fn queries() -> Vec<String> {
    ["", "q=Odhiambo&", "from=0&count=9&"].map(str::to_owned).into()
}

fn admin() -> Vec<String> {
    let bodies = [
        json!({}),
        json!({ "claim": "birthdate", "wanted": "1990-02-28", "evidence": "certificate 12" }),
        json!({ "type": "maisha-id", "format": "ldp_vc", "holder_keys": { "keys": [holder().public().to_jwk()] } }),
        json!({ "revision": 0, "fields": { "given_name": "Grace" } }),
        json!({ "configurations": ["maisha-id.vc-sd-jwt"], "tx_code": true }),
        json!({ "configurations": ["maisha-id.vc-sd-jwt"], "days": 30 }),
        json!({ "days": 30 }),
        json!({ "name": "administering", "password": PASSWORD, "code": "123456" }),
        json!({ "decision": "dismiss", "reason": "twice" }),
        json!({ "granted": false, "reason": "not as certified" }),
        verifier(),
    ];
    bodies.iter().map(Value::to_string).collect()
}
