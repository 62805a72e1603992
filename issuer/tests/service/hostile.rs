//! Clients that hold on, or ask for too much.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU32;

use hati_issuer::service::{Limits, Settings};

use super::{Running, settings};

fn limited(limits: Limits) -> Settings {
    Settings { limits, ..settings() }
}

fn number(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

#[test]
fn a_connection_that_says_nothing_is_let_go() {
    let running = Running::start(limited(Limits { head_seconds: number(1), ..Limits::default() }));
    let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    // From the beginning, within the first bytes, after an answer, and as HTTP/2 would begin.
    for said in [&b""[..], b"G", request, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut silent = TcpStream::connect(running.address).unwrap();
        silent.write_all(said).unwrap();
        // Ends when the service closes the connection.
        let _ = silent.read_to_end(&mut Vec::new());
    }
    assert_eq!(running.get("/healthz").status().as_u16(), 200);
}

/// Whoever sends a head a byte at a time is let go; others are served meanwhile.
#[test]
fn a_head_that_never_ends_is_cut_off() {
    let running = Running::start(limited(Limits { head_seconds: number(1), ..Limits::default() }));
    let mut slow = TcpStream::connect(running.address).unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ").unwrap();
    assert_eq!(running.get("/healthz").status().as_u16(), 200);
    let mut said = String::new();
    // Ends when the service closes the connection.
    let _ = slow.read_to_string(&mut said);
    assert!(!said.contains("200 OK"), "{said}");
}

#[test]
fn what_is_no_http_harms_nobody() {
    let running = Running::start(settings());
    for nonsense in [&b"\0\0\0\0\r\n\r\n"[..], b"GET\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0", &[b'A'; 100_000]]
    {
        let mut connection = TcpStream::connect(running.address).unwrap();
        let _ = connection.write_all(nonsense);
        let _ = connection.shutdown(std::net::Shutdown::Write);
        let mut said = Vec::new();
        let _ = connection.read_to_end(&mut said);
        assert!(!said.starts_with(b"HTTP/1.1 200"));
    }
    assert_eq!(running.get("/healthz").status().as_u16(), 200);
}
