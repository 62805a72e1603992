//! JSON in and out, for what has no envelope of its own.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hati_formats::json::{self, JsonError};
use serde_json::{Map, Value};

use super::Problem;
use crate::register::record::shown;

/// The media type that a page of another site cannot send without being asked for leave first.
pub(super) const MEDIA_TYPE: &str = "application/json";

/// Whether a request says that its body is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let media_type = media_type.and_then(|it| it.split(';').next()).unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case(MEDIA_TYPE)
}

/// Refuses a body that does not say that it is JSON.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    if is_json(headers) {
        return Ok(());
    }
    let detail = format!("The body has another media type, expected {MEDIA_TYPE}. Set Content-Type");
    Err(Problem::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, "body_not_json", detail))
}

/// Why a body is not JSON that we take.
#[derive(Debug, thiserror::Error)]
pub(super) enum Malformed {
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error("expected texts without a NUL, got one with it (\\u0000). Take it out")]
    Nul,
}

/// Reads a body of strict JSON. No text in it has a NUL: what we keep has none, and PostgreSQL keeps none.
pub(super) fn read(body: &[u8]) -> Result<Value, Malformed> {
    let value = json::parse(body)?;
    if has_nul(&value) { Err(Malformed::Nul) } else { Ok(value) }
}

/// As deep as [`json::MAX_DEPTH`] at most.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The members of a body that says it is JSON.
pub(super) fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Problem> {
    check_type(headers)?;
    let object = read(body).and_then(|value| match value {
        Value::Object(members) => Ok(members),
        other => Err(JsonError::NotAnObject { got: json::kind(&other) }.into()),
    });
    object.map_err(|error| {
        let detail = format!("The body: expected a JSON object: {error}");
        Problem::of(StatusCode::BAD_REQUEST, "body_malformed", detail)
    })
}

/// The same, of a body that has no other members than these.
pub(super) fn object_of(
    headers: &HeaderMap,
    body: &[u8],
    known: &[&str],
) -> Result<Map<String, Value>, Problem> {
    let members = object(headers, body)?;
    let Some(unknown) = members.keys().find(|name| !known.contains(&name.as_str())) else {
        return Ok(members);
    };
    let expected = if known.is_empty() { "no member".to_owned() } else { known.join(", ") };
    let detail =
        format!("The body: expected {expected} and nothing else, got {}. Leave it out", shown(unknown));
    Err(Problem::of(StatusCode::BAD_REQUEST, "body_malformed", detail))
}

/// An answer that nobody keeps.
pub(super) fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body.to_string()).into_response()
}
