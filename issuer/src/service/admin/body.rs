//! What a request says: strict JSON, and queries, refused with a problem document.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::service::Problem;
use crate::service::json;

/// A body of strict JSON (RFC 8259, no member twice), with no member that is unknown.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        json::check_type(request.headers()).map_err(IntoResponse::into_response)?;
        let bytes = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        // What serde says of a value can repeat it, and the caller knows what it sent.
        let read = json::read(&bytes).map_err(|error| error.to_string());
        let read = read.and_then(|value| serde_json::from_value(value).map_err(|error| error.to_string()));
        read.map(Self).map_err(|error| {
            let detail = format!("The body: {error}. /admin/v1/openapi.json says what is expected");
            Problem::of(StatusCode::BAD_REQUEST, "body_malformed", detail).into_response()
        })
    }
}

/// The query of a request.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Self(asked)).map_err(|error| {
            let detail = format!("The query: {error}. /admin/v1/openapi.json says what is expected");
            Problem::of(StatusCode::BAD_REQUEST, "query_malformed", detail)
        })
    }
}
