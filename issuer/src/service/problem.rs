//! Errors that no other standard gives a form to: problem documents (RFC 9457).

mod domain;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Where the addresses for officers begin.
const OFFICERS: &str = "/admin/";

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    /// The stable code (`spec/verdict.md`), where there is more to say than the status does.
    code: Option<&'static str>,
    detail: String,
    /// More for programs (RFC 9457 section 3.2).
    extension: Option<Box<(&'static str, Value)>>,
    /// What the status asks for beside the document: a challenge, a time to wait.
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl Problem {
    /// A problem of this status; `detail` says what was expected, what came, and what to do.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, code: None, detail: detail.into(), extension: None, header: None }
    }

    /// A problem with a stable code.
    #[must_use]
    pub fn of(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::new(status, detail) }
    }

    /// The same, with a member for programs.
    #[must_use]
    pub fn with(self, member: &'static str, value: Value) -> Self {
        Self { extension: Some(Box::new((member, value))), ..self }
    }

    /// The same, with a header.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some(Box::new((name, value))), ..self }
    }

    /// The same, with the challenge that a 401 has to have (RFC 9110 section 15.5.2).
    #[must_use]
    pub fn challenge(self, challenge: &'static str) -> Self {
        self.with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // RFC 9457 section 4.2.1: `about:blank` says no more than the status, so its title is the status's own.
        let mut body = json!({
            "type": self.code.map_or_else(|| "about:blank".to_owned(), |code| format!("urn:hati:problem:{code}")),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(members) = &mut body {
            members.extend(self.code.map(|code| ("code".to_owned(), code.into())));
            members.extend(self.extension.map(|it| (it.0.to_owned(), it.1)));
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.header.map(|it| *it));
        response
    }
}

/// Gives a problem document to errors that the layers below answer with a bare status or plain text.
pub(super) async fn fill(request: Request<Body>, next: Next) -> Response {
    let is_for_officers = request.uri().path().starts_with(OFFICERS);
    let response = next.run(request).await;
    let status = response.status();
    let is_bare = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|it| it.as_bytes().starts_with(b"text/plain"));
    if !(status.is_client_error() || status.is_server_error()) || !is_bare {
        return response;
    }
    let mut filled = Problem::new(status, advice(status, is_for_officers)).into_response();
    for (name, value) in response.headers() {
        // `Allow`, `Retry-After` and their like stay.
        if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
            filled.headers_mut().insert(name.clone(), value.clone());
        }
    }
    filled
}

fn advice(status: StatusCode, is_for_officers: bool) -> &'static str {
    match status {
        StatusCode::NOT_FOUND if is_for_officers => {
            "There is nothing at this address. /admin/v1/openapi.json names every address for officers"
        }
        StatusCode::NOT_FOUND => {
            "There is nothing at this address. Check its path; the issuer's metadata name those for wallets"
        }
        StatusCode::METHOD_NOT_ALLOWED => "This address takes other methods: see the header Allow",
        StatusCode::PAYLOAD_TOO_LARGE => "The body is longer than this service takes. Send less at once",
        StatusCode::REQUEST_TIMEOUT => "The request took too long to arrive or to answer. Send it again",
        StatusCode::TOO_MANY_REQUESTS => {
            "Too many requests from this address. Wait as long as Retry-After says"
        }
        status if status.is_server_error() => {
            "Something is wrong here, not with the request. Send it again later"
        }
        _ => "The request cannot be understood. Compare it with what is expected at this address",
    }
}
