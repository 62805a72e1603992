//! The issuer's service as a whole: a request on any route, from somebody who has a token, a session or nothing. Whatever it
//! is, the service answers it, and never with 500.
//!
//! The first byte chooses the route, the second who asks and what the body is said to be; the third how much of the rest is the query,
//! and whether headers stand before the body: one a line, whose first byte chooses which, with an empty line behind them. The
//! fourth says which parameters of the path are something else than what is there, and how much of the rest, before the
//! query, they are.

mod desk;
mod good;

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};

use self::desk::{Desk, TYPES};
pub(super) use self::good::seeds;

/// Every route that reads anything. The order is that in which good requests do no harm to one another.
const ROUTES: [(&str, &str); 51] = [
    ("POST", "/token"),
    ("POST", "/nonce"),
    ("POST", "/credential"),
    ("POST", "/deferred_credential"),
    ("POST", "/notification"),
    ("GET", "/.well-known/openid-credential-issuer"),
    ("POST", "/par"),
    ("GET", "/authorize"),
    ("GET", "/authorize/signin"),
    ("GET", "/authorize/upstream"),
    ("POST", "/authorize/signin"),
    ("POST", "/citizen/v1/lock"),
    ("GET", "/citizen/v1/corrections"),
    ("POST", "/citizen/v1/corrections"),
    ("POST", "/ussd/{token}"),
    ("POST", "/feeds/{name}"),
    ("POST", "/vc-api/credentials/issue"),
    ("POST", "/admin/v1/session"),
    ("GET", "/admin/v1/session"),
    ("GET", "/admin/v1/people"),
    ("GET", "/admin/v1/people/{upi}"),
    ("POST", "/admin/v1/people/{upi}/corrections"),
    ("POST", "/admin/v1/people/{upi}/credentials"),
    ("GET", "/admin/v1/people/{upi}/credentials"),
    ("GET", "/admin/v1/people/{upi}/decisions"),
    ("POST", "/admin/v1/people/{upi}/offer"),
    ("POST", "/admin/v1/people/{upi}/activation"),
    ("POST", "/admin/v1/people/{upi}/amend"),
    ("POST", "/admin/v1/people/{upi}/credentials/{change}"),
    ("POST", "/admin/v1/people/{upi}/death"),
    ("POST", "/admin/v1/people/{upi}/death/withdraw"),
    ("POST", "/admin/v1/offers"),
    ("GET", "/admin/v1/quarantine"),
    ("GET", "/admin/v1/quarantine/{id}"),
    ("POST", "/admin/v1/quarantine/{id}"),
    ("GET", "/admin/v1/corrections"),
    ("POST", "/admin/v1/corrections/{id}"),
    ("GET", "/admin/v1/audit"),
    ("GET", "/admin/v1/verifiers"),
    ("POST", "/admin/v1/verifiers"),
    ("DELETE", "/admin/v1/verifiers/{serial}"),
    ("GET", "/admin/v1/officers"),
    ("POST", "/admin/v1/officers/{name}/unlock"),
    ("POST", "/admin/v1/officers/{name}/second-factor"),
    ("GET", "/offers/{id}"),
    ("GET", "/metrics"),
    ("GET", "/{file}"),
    ("GET", "/status/0"),
    ("GET", "/status/0/revocation"),
    ("GET", "/status-lists"),
    ("GET", "/bundle"),
];

/// Headers that something reads.
const HEADERS: [&str; 8] = [
    "dpop",
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "cookie",
    "if-none-match",
    "x-forwarded-for",
];

static DESK: LazyLock<Desk> = LazyLock::new(Desk::new);

pub(super) fn run(bytes: &[u8]) {
    ask(bytes);
}

/// How the service answers.
fn ask(bytes: &[u8]) -> Option<StatusCode> {
    let [route, who, split, others, rest @ ..] = bytes else { return None };
    let (method, path) = ROUTES[usize::from(*route) % ROUTES.len()];
    let (parameter, rest) = rest.split_at(usize::from(others / 4).min(rest.len()));
    let (query, rest) = rest.split_at((usize::from(*split) % 16 * 32).min(rest.len()));
    let (lines, body) = match split / 16 {
        0 => (&[][..], rest),
        _ => rest.split_at(rest.windows(2).position(|it| it == b"\n\n").map_or(0, |at| at + 2)),
    };
    let mut uri = filled(path, *others, parameter);
    if !query.is_empty() {
        uri.push('?');
        write_escaped(&mut uri, query, b"&=%");
    }
    let mut request = Request::builder().method(method).uri(uri).body(Body::from(body.to_vec())).unwrap();
    let headers = request.headers_mut();
    headers.clone_from(&DESK.shown[usize::from(who / 4) % DESK.shown.len()]);
    if method != Method::GET {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(TYPES[usize::from(who % 4)]));
    }
    for line in lines.split(|byte| *byte == b'\n') {
        let Some((which, value)) = line.split_first() else { continue };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HEADERS[usize::from(*which) % HEADERS.len()], value);
        }
    }
    let (status, said) = DESK.send(request);
    assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}: {said}");
    // A problem is in its own form, or in the protocol's.
    assert!(status.is_success() || status.is_redirection() || !said.is_empty(), "{method} {path}: {status}");
    Some(status)
}

/// The path with what is there for each parameter, or with `other` where its bit says so.
fn filled(path: &str, others: u8, other: &[u8]) -> String {
    let mut uri = String::new();
    let mut rest = path;
    let mut bit = 1;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, it)| Some((before, it.split_once('}')?)))
    {
        uri.push_str(before);
        if others & bit == 0 {
            uri.push_str(&DESK.known[behind(path, name)]);
        } else {
            write_escaped(&mut uri, other, b"%");
        }
        (rest, bit) = (after, bit << 1);
    }
    uri + rest
}

/// What the desk calls what a parameter names.
fn behind<'a>(path: &str, name: &'a str) -> &'a str {
    match (path, name) {
        ("/feeds/{name}", _) => "feed",
        ("/offers/{id}", _) => "offer",
        ("/admin/v1/quarantine/{id}", _) => "row",
        ("/admin/v1/corrections/{id}", _) => "correction",
        (_, name) => name,
    }
}

/// As a client would have to write it.
fn write_escaped(uri: &mut String, bytes: &[u8], plain: &[u8]) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || plain.contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    /// Else only what stands before the parsers would be tried.
    #[test]
    fn good_input_comes_through_on_every_route() {
        let mut missing = BTreeSet::from(ROUTES);
        for seed in seeds() {
            if ask(&seed).is_some_and(|status| status.is_success() || status.is_redirection()) {
                missing.remove(&ROUTES[usize::from(seed[0])]);
            }
        }
        // Whoever has come back has nothing left to come back with, so the seed's ID token is not signed.
        assert_eq!(missing, BTreeSet::from([("GET", "/authorize/upstream")]));
        assert_eq!(ask(&good::coming_back(&good::id_token())), Some(StatusCode::SEE_OTHER));
    }

    /// What reads nothing, and what would take away from the others what they show.
    const LEFT_OUT: [(&str, &str); 3] =
        [("GET", "/healthz"), ("GET", "/readyz"), ("DELETE", "/admin/v1/session")];

    #[test]
    fn the_routes_are_those_of_the_service() {
        let mut there: BTreeSet<_> = in_the_source().into_iter().collect();
        let mut request = Request::get("/admin/v1/openapi.json").body(Body::empty()).unwrap();
        request.headers_mut().clone_from(&DESK.shown[4]);
        let document: Value = serde_json::from_str(&DESK.send(request).1).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            there
                .extend(item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
        }
        let tried = ROUTES.iter().chain(&LEFT_OUT).map(|(method, path)| ((*method).into(), (*path).into()));
        // Files are served by what stands behind the routes.
        let is_file = |path: &str| path.starts_with("/status") || ["/bundle", "/{file}"].contains(&path);
        let tried: BTreeSet<(String, String)> =
            tried.filter(|(_, path): &(_, String)| !is_file(path)).collect();
        assert_eq!(there, tried);
    }

    /// The routes that the service's files name beside those of the document.
    fn in_the_source() -> Vec<(String, String)> {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../issuer/src/service")];
        let mut source = String::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    source.push_str(&std::fs::read_to_string(entry).unwrap());
                }
            }
        }
        let constant = |name: &str| {
            let value = source.split(&format!("const {name}: &str = \"")).nth(1).unwrap();
            value.split('"').next().unwrap().to_owned()
        };
        let mut routes = Vec::new();
        for route in source.split(".route(").skip(1) {
            let (path, methods) = route.lines().next().unwrap().split_once(", ").unwrap();
            let path = match path.strip_prefix('"') {
                Some(path) => path.trim_end_matches('"').to_owned(),
                // Made of where offers are.
                None if path.starts_with("&format!") => "/offers/{id}".to_owned(),
                None => constant(path),
            };
            for method in
                ["get", "post", "put", "delete"].iter().filter(|it| methods.contains(&format!("{it}(")))
            {
                routes.push((method.to_uppercase(), path.clone()));
            }
        }
        routes
    }

    #[test]
    fn an_encrypted_request_is_served() {
        assert_eq!(ask(&good::encrypted_request()), Some(StatusCode::OK));
    }

    #[test]
    fn parameters_are_what_is_there_or_what_is_given() {
        let path = "/admin/v1/people/{upi}/credentials/{change}";
        assert_eq!(filled(path, 0, b"x"), format!("/admin/v1/people/{}/credentials/suspend", desk::UPI));
        assert_eq!(filled(path, 3, b"a/\xff"), "/admin/v1/people/a%2F%FF/credentials/a%2F%FF");
    }
}
