//! What an operator relies on: health, counters, stopping.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU32;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use hati_formats::time::Timestamp;
use hati_issuer::service::{Limits, Service, Settings, Tls};
use tower::ServiceExt;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::{Running, header, home, now, problem, settings, text};

#[test]
fn it_says_that_it_lives_and_that_it_is_ready() {
    let running = Running::start(settings());
    assert_eq!(text(running.get("/healthz")), "alive\n");
    assert_eq!(text(running.get("/readyz")), "ready\n");
}

#[test]
fn it_is_not_ready_before_its_first_edition_or_after_the_last_is_due() {
    let status = |service: &Service| {
        let request = Request::get("/readyz").body(Body::empty()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(service.routes().oneshot(request)).unwrap().status()
    };
    static DAYS: AtomicI64 = AtomicI64::new(0);
    fn clock() -> Timestamp {
        now().plus_seconds(86_400 * DAYS.load(Ordering::Relaxed))
    }
    let folder = tempfile::tempdir().unwrap();
    let service = Service::new(home(&folder), settings(), clock);
    assert_eq!(status(&service), StatusCode::SERVICE_UNAVAILABLE);
    service.publish().unwrap();
    assert_eq!(status(&service), StatusCode::OK);
    DAYS.store(2, Ordering::Relaxed);
    assert_eq!(status(&service), StatusCode::SERVICE_UNAVAILABLE);
}

/// Makes a certificate for this machine, and a client that believes no other.
fn certified(files: &Tls) -> ureq::Agent {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let root = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[root]))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    ureq::Agent::config_builder().tls_config(tls).build().new_agent()
}

#[test]
fn it_speaks_tls_with_its_own_certificate_and_its_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = ["issuer.pem", "issuer.key"].map(|name| folder.path().join(name));
    let files = Tls { certificate, key };
    let first = certified(&files);
    let running = Running::start(Settings { tls: Some(files.clone()), ..settings() });
    let url = format!("https://localhost:{}/healthz", running.address.port());
    assert_eq!(text(first.get(&url).call().unwrap()), "alive\n");

    let second = certified(&files);
    assert!(second.get(&url).call().is_err());
    let told = Command::new("kill").args(["-s", "HUP", &std::process::id().to_string()]).status();
    assert!(told.unwrap().success());
    let answer = std::iter::repeat_with(|| second.get(&url).call().ok()).flatten().next().unwrap();
    assert_eq!(text(answer), "alive\n");
}

#[test]
fn requests_are_counted_by_route_and_not_by_path() {
    let running = Running::start(settings());
    for path in ["/healthz", "/bundle", "/people/20480163920017", "/people/20480163920017?name=Achieng"] {
        running.get(path);
    }
    let response = running.get("/metrics");
    assert!(header(&response, "content-type").starts_with("application/openmetrics-text"));
    let counters = text(response);
    for line in [
        r#"hati_issuer_requests_total{method="GET",route="/healthz",status="200"} 1"#,
        r#"hati_issuer_requests_total{method="GET",route="public file",status="200"} 1"#,
        r#"hati_issuer_requests_total{method="GET",route="public file",status="404"} 2"#,
    ] {
        assert!(counters.contains(line), "{counters}");
    }
    assert!(!counters.contains("20480163920017") && !counters.contains("Achieng"), "{counters}");
}

#[test]
fn it_stops_when_told_and_lets_go_of_its_address() {
    let mut running = Running::start(settings());
    assert_eq!(running.get("/healthz").status().as_u16(), 200);
    assert!(running.stop().is_ok());
    assert!(TcpStream::connect(running.address).is_err());
}

/// A service that gives requests an hour, so that only its stop ends them.
fn patient(grace_seconds: u32) -> Running {
    let limits = Limits { request_seconds: NonZeroU32::new(3_600).unwrap(), ..Limits::default() };
    Running::start(Settings { grace_seconds, limits, ..settings() })
}

/// A request that runs: the service has its head and waits for its body, of which it says so (RFC 9110 section 10.1.1).
fn under_way(running: &Running) -> TcpStream {
    let mut connection = TcpStream::connect(running.address).unwrap();
    let head = "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: 15\r\nexpect: 100-continue\r\n\r\n";
    connection.write_all(head.as_bytes()).unwrap();
    let mut said = [0; 25];
    connection.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection
}

#[test]
fn a_request_that_runs_when_it_is_told_to_stop_is_answered() {
    let mut running = patient(3_600);
    let mut connection = under_way(&running);
    drop(running.stop.take());
    // Once nobody gets in any more, it has heard.
    while TcpStream::connect(running.address).is_ok() {}
    connection.write_all(b"grant_type=none").unwrap();
    let mut said = String::new();
    connection.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 400") && said.contains("unsupported_grant_type"), "{said}");
    assert!(running.stop().is_ok());
}

#[test]
fn a_request_that_hangs_does_not_keep_it_from_stopping() {
    let mut running = patient(1);
    let mut connection = under_way(&running);
    assert!(running.stop().is_ok());
    assert_eq!(connection.read(&mut [0]).unwrap_or_default(), 0);
}

#[test]
fn what_is_not_there_is_a_problem_document() {
    let running = Running::start(settings());
    assert!(problem(running.get("/nothing"), 404).contains("nothing at this address"));
    for path in ["/bundle", "/healthz"] {
        let response = super::agent().post(running.url(path)).send("x").unwrap();
        assert!(header(&response, "allow").contains("GET"), "{path}");
        assert!(problem(response, 405).contains("Allow"), "{path}");
    }
}
