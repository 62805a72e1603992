//! The address of a request, before anything reads it.

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Problem;

/// Refuses an address with a NUL in it: no name or number has one, and a text with one asks PostgreSQL for what it cannot
/// have, which it calls an error. Bodies are [`json`](super::json)'s.
pub(super) async fn check(request: Request<Body>, next: Next) -> Response {
    let has_nul = |text: &str| text.contains("%00");
    if has_nul(request.uri().path()) {
        let detail = "There is nothing at this address: expected a path without a NUL (%00). Take it out";
        return Problem::new(StatusCode::NOT_FOUND, detail).into_response();
    }
    if request.uri().query().is_some_and(has_nul) {
        let detail = "The query: expected text without a NUL (%00), got one. Take it out";
        return Problem::of(StatusCode::BAD_REQUEST, "query_malformed", detail).into_response();
    }
    next.run(request).await
}
