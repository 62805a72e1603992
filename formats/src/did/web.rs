//! did:web (W3C CCG): where the document of a `did:web` is published, and the DID of a published document.

use super::{DidError, MAX_DID, error::shown, split};

/// The document's name, below the path of the DID.
const FILE: &str = "/did.json";
/// The path of a DID without one.
const WELL_KNOWN: &str = "/.well-known";

/// The https address of the document of a `did:web`.
///
/// ```
/// # use hati_formats::did::web;
/// assert_eq!(web::to_url("did:web:id.example")?, "https://id.example/.well-known/did.json");
/// assert_eq!(web::to_url("did:web:id.example%3A8443:issuers:7")?, "https://id.example:8443/issuers/7/did.json");
/// # Ok::<(), hati_formats::did::DidError>(())
/// ```
///
/// # Errors
/// [`DidError`].
pub fn to_url(did: &str) -> Result<String, DidError> {
    let refused = |reason| DidError::Web { got: shown(did), reason };
    let ("web", specific) = split(did)? else { return Err(refused("it is of another method")) };
    let (authority, path) = specific.split_once(':').map_or((specific, ""), |(a, path)| (a, path));
    // did:web, "Read": the colon before a port is percent-encoded.
    let (host, port) = match authority.split_once("%3A").or_else(|| authority.split_once("%3a")) {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    check_authority(host, port).map_err(refused)?;
    let segments: Vec<&str> = path.split(':').filter(|_| !path.is_empty()).collect();
    check_path(&segments).map_err(refused)?;

    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = match segments.as_slice() {
        [] => WELL_KNOWN.to_owned(),
        segments => segments.iter().map(|segment| format!("/{segment}")).collect(),
    };
    Ok(format!("https://{host}{port}{path}{FILE}"))
}

/// The `did:web` of the document at an https address.
///
/// # Errors
/// [`DidError`].
pub fn from_url(url: &str) -> Result<String, DidError> {
    if url.len() > MAX_DID {
        return Err(DidError::TooLong { what: "address", limit: MAX_DID, got: url.len() });
    }
    let refused = |reason| DidError::Web { got: shown(url), reason };
    let rest = url.strip_prefix("https://").ok_or(refused("the address must start with https://"))?;
    let rest = rest.strip_suffix(FILE).ok_or(refused("the address must end with /did.json"))?;
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(a, path)| (a, Some(path)));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    check_authority(host, port).map_err(refused)?;
    let segments: Vec<&str> = match path {
        None => return Err(refused("a document without a path is published below /.well-known")),
        Some(path) if path == WELL_KNOWN.trim_start_matches('/') => Vec::new(),
        Some(path) => path.split('/').collect(),
    };
    check_path(&segments).map_err(refused)?;

    let port = port.map(|port| format!("%3A{port}")).unwrap_or_default();
    let path: String = segments.iter().map(|segment| format!(":{segment}")).collect();
    Ok(format!("did:web:{host}{port}{path}"))
}

/// did:web, "Method-specific identifier": a domain name, never an IP address.
fn check_authority(host: &str, port: Option<&str>) -> Result<(), &'static str> {
    /// RFC 1035, 2.3.4.
    const MAX_LABEL: usize = 63;
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if !host.split('.').all(is_label) {
        return Err("its host must be a domain name in lower case");
    }
    // No top-level domain starts with a digit, and what looks like a number is read as an IPv4 address.
    if host.rsplit('.').next().is_some_and(|label| label.starts_with(|c: char| c.is_ascii_digit())) {
        return Err("its host must be a domain name, not an IP address");
    }
    let is_port = |port: &str| !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok();
    if port.is_none_or(is_port) { Ok(()) } else { Err("its port must be a number from 1 to 65535") }
}

fn check_path(segments: &[&str]) -> Result<(), &'static str> {
    // A percent-encoded dot or slash would let one document stand at two addresses.
    let is_segment = |segment: &&str| {
        !matches!(*segment, "" | "." | "..")
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    if !segments.iter().all(is_segment) {
        return Err("its path segments must be letters, digits, '.', '-' and '_'");
    }
    if *segments == [".well-known"] {
        return Err("a DID without a path already stands for /.well-known");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The examples of the did:web specification, and their ports.
    const PAIRS: [(&str, &str); 4] = [
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"),
    ];

    #[test]
    fn the_examples_map_both_ways() {
        for (did, url) in PAIRS {
            assert_eq!(to_url(did).as_deref(), Ok(url));
            assert_eq!(from_url(url).as_deref(), Ok(did));
        }
        assert_eq!(
            to_url("did:web:example.com%3a3000").as_deref(),
            Ok("https://example.com:3000/.well-known/did.json")
        );
    }

    proptest! {
        #[test]
        fn round_trip(
            host in "[a-z][a-z0-9]{0,10}(\\.[a-z][a-z0-9-]{0,8}[a-z]){0,3}",
            port in proptest::option::of(1_u16..),
            path in proptest::collection::vec("[A-Za-z0-9_-][A-Za-z0-9._-]{0,10}", 0..4),
        ) {
            let port = port.map(|p| format!("%3A{p}")).unwrap_or_default();
            let path: String = path.iter().map(|segment| format!(":{segment}")).collect();
            let did = format!("did:web:{host}{port}{path}");
            prop_assert_eq!(from_url(&to_url(&did).unwrap()).unwrap(), did);
        }

        #[test]
        fn no_two_dids_share_an_address(did in "did:web:[a-z.%3A:0-9]{1,20}") {
            if let Ok(url) = to_url(&did) {
                prop_assert_eq!(from_url(&url).unwrap(), did.replace("%3a", "%3A"));
            }
        }
    }

    #[test]
    fn hosts_that_are_no_domain_names_are_refused() {
        for host in [
            "127.0.0.1",
            "10.1",
            "0x7f.1",
            "a..b",
            ".a",
            "a.",
            "-a.b",
            "a-.b",
            "A.example",
            "a_b.c",
            "a%2Fb.c",
        ] {
            let refused = to_url(&format!("did:web:{host}"));
            assert!(matches!(refused, Err(DidError::Web { .. })), "{host}: {refused:?}");
        }
        for url in [
            "https://[::1]/.well-known/did.json",
            "https://u@a.example/.well-known/did.json",
            "https:///p/did.json",
        ] {
            assert!(matches!(from_url(url), Err(DidError::Web { .. })), "{url}");
        }
        let long = "a".repeat(64);
        assert!(matches!(to_url(&format!("did:web:{long}.example")), Err(DidError::Web { .. })));
    }

    #[test]
    fn ports_that_are_no_numbers_are_refused() {
        for port in ["", "0", "065", "-80", "65536", "8443x", "80%3A80"] {
            let refused = to_url(&format!("did:web:a.example%3A{port}"));
            assert!(matches!(refused, Err(DidError::Web { .. })), "{port}: {refused:?}");
        }
    }

    #[test]
    fn paths_that_climb_or_hide_are_refused() {
        for path in ["..", ".", "a::b", "%2e%2e", "a%2Fb", ".well-known"] {
            let refused = to_url(&format!("did:web:a.example:{path}"));
            assert!(matches!(refused, Err(DidError::Web { .. })), "{path}: {refused:?}");
        }
        for path in ["", "/", "/a//b", "/../a", "/a?b", "/a#b"] {
            let url = format!("https://a.example{path}/did.json");
            assert!(matches!(from_url(&url), Err(DidError::Web { .. })), "{url}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for url in [
            "http://a.example/.well-known/did.json",
            "https://a.example/did",
            "https://a.example/p/did.json/",
        ] {
            assert!(matches!(from_url(url), Err(DidError::Web { .. })), "{url}");
        }
        let long = format!("https://a.example/{}/did.json", "a".repeat(MAX_DID));
        assert!(matches!(from_url(&long), Err(DidError::TooLong { .. })));
        assert!(matches!(
            to_url("did:key:z6Mk"),
            Err(DidError::Web { reason: "it is of another method", .. })
        ));
    }
}
