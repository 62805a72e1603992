//! The nonce endpoint (OpenID4VCI 1.0 section 7): for anybody, and nothing is kept.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use hati_program::system::random;
use hati_protocol::openid4vci::NonceResponse;
use serde_json::Value;

use super::super::Service;
use super::json;

pub(super) async fn nonce(State(service): State<Service>) -> Response {
    service
        .handle(|service| {
            let c_nonce = service.0.vci.stamps.nonce(service.now(), &mut random()?);
            Ok(json(StatusCode::OK, &Value::Object(NonceResponse { c_nonce }.to_json())))
        })
        .await
}
