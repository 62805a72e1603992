//! Bounds on time and on requests from one address: whom they hold for, what a client is told, and what is counted.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::num::NonZeroU32;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use hati_formats::jws;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_issuer::home::Home;
use hati_issuer::service::{Caller, Limits, Settings, Ussd};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use tower::ServiceExt;
use ureq::http::Response;

use super::{Running, agent, header, now, problem, text};

pub(super) const DESK: &str = "county-desk-0123456789";
pub(super) const AGGREGATOR: &str = "aggregator-0123456789";
const ISSUE: &str = "/vc-api/credentials/issue";

fn number(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

/// Three requests at once, and one more each second: whoever asks on and on is refused.
fn three() -> Limits {
    Limits { requests_per_second: number(1), burst: number(3), ..Limits::default() }
}

pub(super) fn feed_key() -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[9; 32]).unwrap()
}

/// An issuer with a feed, a caller of the VC API and an aggregator.
fn office(limits: Limits) -> Running {
    office_of(Settings { limits, ..super::settings() })
}

pub(super) fn office_of(settings: Settings) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let config = hati_issuer::config::Config::new(super::URL, "Issuer", "Mtoaji").unwrap();
    let config = config.with_database(hati_test_postgres::database_if_wanted());
    let mut config = serde_json::to_value(config).unwrap();
    config["feeds"] = json!([{ "name": "births", "jwk": feed_key().public().to_jwk() }]);
    let config = serde_json::from_value(config).unwrap();
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    drop(Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), rng).unwrap());
    let caller = json!({ "name": "county-desk", "token": DESK, "types": ["maisha-id"] });
    let vc_api = vec![serde_json::from_value::<Caller>(caller).unwrap()];
    let ussd = serde_json::from_value::<Ussd>(json!({ "token": AGGREGATOR })).unwrap();
    Running::of(folder, Settings { vc_api, ussd: Some(ussd), ..settings })
}

/// The counters, past every bound: as a request without a socket.
fn counters(running: &Running) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let response = running.service.routes().oneshot(request).await.unwrap();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    })
}

#[track_caller]
fn counted(running: &Running, method: &str, route: &str, status: u16) -> bool {
    let line =
        format!("hati_issuer_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}");
    counters(running).contains(&line)
}

fn get(running: &Running, path: &str) -> Response<ureq::Body> {
    agent().get(running.url(path)).call().unwrap()
}

/// Asks until it is one too many.
fn refused(running: &Running, path: &str) -> Response<ureq::Body> {
    std::iter::repeat_with(|| get(running, path)).find(|it| it.status().as_u16() == 429).unwrap()
}

#[test]
fn one_address_does_not_get_everything() {
    let running = office(three());
    let file = refused(&running, "/bundle");
    assert_eq!(header(&file, "retry-after"), "1");
    // A page that was refused can read that it was, and for how long.
    assert_eq!(header(&file, "access-control-allow-origin"), "*");
    assert_eq!(header(&file, "access-control-expose-headers"), "retry-after");
    assert!(problem(file, 429).contains("Wait 1 s"));
    assert!(counted(&running, "GET", "public file", 429));
    for (path, origin) in [
        ("/.well-known/openid-credential-issuer", "*"),
        ("/authorize", ""),
        ("/citizen/v1/corrections", ""),
        ("/admin/v1/officers", ""),
        ("/metrics", ""),
    ] {
        let endpoint = refused(&running, path);
        assert_eq!(header(&endpoint, "access-control-allow-origin"), origin, "{path}");
        assert_eq!(header(&endpoint, "retry-after"), "1", "{path}");
        problem(endpoint, 429);
        assert!(counted(&running, "GET", path, 429), "{path}");
    }
}

/// A proxy is one address for everybody: it says whose a request is, and without one nobody is believed.
#[test]
fn whose_a_request_is_says_the_proxy_and_nobody_else() {
    let ask = |running: &Running, forwarded: String| {
        let request = agent().get(running.url("/bundle")).header("x-forwarded-for", forwarded);
        request.call().unwrap().status().as_u16()
    };
    let direct = office(three());
    assert!((0..30).any(|n| ask(&direct, format!("192.0.2.{n}")) == 429));

    let proxied = office_of(Settings { behind_proxy: true, limits: three(), ..super::settings() });
    for n in 0..30 {
        assert_eq!(ask(&proxied, format!("192.0.2.{n}")), 200, "{n}");
    }
    // What stands before the last address is the client's to invent.
    assert!((0..30).any(|n| ask(&proxied, format!("192.0.2.{n}, 203.0.113.9")) == 429));
    assert_eq!(ask(&proxied, "203.0.113.10".into()), 200);
}

#[test]
fn whoever_watches_over_the_service_is_always_answered() {
    let running = office(three());
    refused(&running, "/bundle");
    for _ in 0..10 {
        assert_eq!(text(get(&running, "/healthz")), "alive\n");
        assert_eq!(text(get(&running, "/readyz")), "ready\n");
    }
}

#[test]
fn a_caller_who_is_known_is_not_limited_and_guessing_is() {
    let running = office(three());
    let ask = |token: &str| {
        let request = agent().post(running.url(ISSUE)).header("authorization", format!("Bearer {token}"));
        request.content_type("application/json").send("{}").unwrap()
    };
    for _ in 0..10 {
        assert_eq!(ask(DESK).status().as_u16(), 400);
    }
    let statuses: Vec<_> = (0..30).map(|n| ask(&format!("guess-{n}")).status().as_u16()).collect();
    assert_eq!((&statuses[..3], statuses.contains(&429)), (&[401; 3][..], true), "{statuses:?}");
    assert_eq!(ask(DESK).status().as_u16(), 400);
    assert!(counted(&running, "POST", ISSUE, 429));
}

#[test]
fn everybodys_ussd_comes_from_one_address() {
    let running = office(three());
    let dial = |token: &str, n: u32| {
        let form = [("sessionId", "1"), ("phoneNumber", &*format!("+2547{n:08}")), ("text", "")];
        agent().post(running.url(&format!("/ussd/{token}"))).send_form(form).unwrap()
    };
    for n in 0..20 {
        assert!(text(dial(AGGREGATOR, n)).starts_with("CON Hati"), "{n}");
    }
    // Whoever guesses the token is told on a screen too, in case it is the aggregator with an old one.
    let guessed: Vec<_> = (0..30).map(|n| dial(&format!("guess-{n}"), n)).collect();
    let statuses: Vec<_> = guessed.iter().map(|it| it.status().as_u16()).collect();
    assert_eq!(statuses[..3], [404; 3], "{statuses:?}");
    let refused = guessed.into_iter().find(|it| it.status().as_u16() == 200).unwrap();
    assert_eq!(header(&refused, "content-type"), "text/plain; charset=utf-8");
    assert!(text(refused).starts_with("END Too many requests."));
    assert!(counted(&running, "POST", "/ussd/{token}", 429));
}

#[test]
fn a_feed_that_signs_is_not_limited() {
    let running = office(three());
    let header = json!({ "alg": "EdDSA", "typ": "hati-feed+json" });
    let payload = json!({ "feed": "births", "sequence": 7, "previous": null, "changes": [] }).to_string();
    let unsigned = jws::prepare(header.as_object().unwrap(), payload.as_bytes());
    let signed = unsigned.clone().finish(&feed_key().sign(unsigned.signing_input()));
    let other = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[8; 32]).unwrap();
    let forged = unsigned.clone().finish(&other.sign(unsigned.signing_input()));
    let send = |body: &str| agent().post(running.url("/feeds/births")).send(body).unwrap().status().as_u16();
    for _ in 0..10 {
        // Signed, and no batch that could be taken.
        assert_eq!(send(&signed), 400);
    }
    let statuses: Vec<_> = (0..30).map(|_| send(&forged)).collect();
    assert_eq!((&statuses[..3], statuses.contains(&429)), (&[403; 3][..], true), "{statuses:?}");
    assert_eq!(send(&signed), 400);
}

/// Sends a head and half a body, and gives the answer.
fn half(running: &Running, path: &str, headers: &str) -> (String, Value) {
    let mut slow = TcpStream::connect(running.address).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n{headers}\r\nphone");
    slow.write_all(head.as_bytes()).unwrap();
    let mut said = Vec::new();
    let mut buffer = [0; 1024];
    // The connection may stay; an answer is short, and all of it has come when its body is whole.
    loop {
        let got = slow.read(&mut buffer).unwrap();
        said.extend_from_slice(&buffer[..got]);
        let text = String::from_utf8_lossy(&said).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
        if body.len() >= length.trim().parse().unwrap() {
            let body = body.to_owned();
            return (head.to_owned(), serde_json::from_str(&body).unwrap_or_else(|_| body.into()));
        }
        assert_ne!(got, 0, "{text}");
    }
}

#[test]
fn what_takes_too_long_is_told_and_counted() {
    let running = office(Limits { request_seconds: number(1), ..Limits::default() });
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let json = "content-type: application/json\r\n";
    let desk = format!("{json}authorization: Bearer {DESK}\r\n");
    std::thread::scope(|scope| {
        let ask = |path: &'static str, headers: String, has_origin: bool| {
            let running = &running;
            scope.spawn(move || {
                let (head, body) = half(running, path, &headers);
                assert!(head.starts_with("http/1.1 408"), "{path}: {head}");
                assert!(head.contains("content-type: application/problem+json"), "{path}: {head}");
                assert_eq!(head.contains("access-control-allow-origin: *"), has_origin, "{path}: {head}");
                assert_eq!(body["status"], 408, "{path}: {body}");
                assert!(body["detail"].as_str().unwrap().contains("took too long"), "{path}: {body}");
                assert!(counted(running, "POST", path, 408), "{path}");
            });
        };
        ask("/token", form.into(), true);
        ask("/par", form.into(), true);
        ask("/admin/v1/session", json.into(), false);
        ask("/citizen/v1/lock", json.into(), false);
        ask(ISSUE, desk, false);
        let running = &running;
        scope.spawn(move || {
            let (head, body) = half(running, &format!("/ussd/{AGGREGATOR}"), form);
            assert!(head.starts_with("http/1.1 200") && head.contains("text/plain"), "{head}");
            assert!(body.as_str().unwrap().starts_with("end the service failed."), "{body}");
            assert!(counted(running, "POST", "/ussd/{token}", 408));
        });
    });
}

/// Whoever has said all that they will say still listens: what they asked for is done, and they have to learn of it.
#[test]
fn a_client_that_says_no_more_is_answered() {
    let running = office(Limits::default());
    for (request, status) in [
        ("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 200"),
        ("POST /nonce HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 200"),
    ] {
        let mut half = TcpStream::connect(running.address).unwrap();
        half.write_all(request.as_bytes()).unwrap();
        half.shutdown(Shutdown::Write).unwrap();
        let mut said = String::new();
        half.read_to_string(&mut said).unwrap();
        assert!(said.starts_with(status), "{request}: {said}");
    }
}

#[test]
fn an_address_keeps_so_many_connections_and_no_more() {
    let running = office(Limits { connections_per_address: number(2), ..Limits::default() });
    let silent = [(); 2].map(|()| {
        let mut connection = TcpStream::connect(running.address).unwrap();
        // Once it is answered, it has its place.
        connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        connection
    });
    let mut third = TcpStream::connect(running.address).unwrap();
    assert_eq!(third.read(&mut [0]).unwrap_or_default(), 0);
    // It is closed first, and counted then.
    while !counters(&running).contains("hati_issuer_refused_connections_total 1") {
        std::thread::yield_now();
    }
    drop(silent);
    // Their places are free once the service has seen them go.
    let alive = || agent().get(running.url("/healthz")).call().ok();
    assert_eq!(text(std::iter::repeat_with(alive).flatten().next().unwrap()), "alive\n");
}
