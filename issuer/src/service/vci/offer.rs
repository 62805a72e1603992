//! An offer by reference (OpenID4VCI 1.0 section 4.1.3).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::super::{Problem, Service};
use super::{Refusal, json};
use crate::grants;

/// The offer, until its code is redeemed or has expired. Who knows the address is whom it was shown to.
pub(super) async fn offer(State(service): State<Service>, Path(id): Path<String>) -> Response {
    service
        .handle(move |service| {
            let home = &service.0.home;
            let offer = grants::offer::fetch(&*home.store, &home.config, &id, service.now().seconds())?;
            let gone = "This offer was used or has expired. Ask for a new one";
            let offer = offer.ok_or_else(|| Refusal::Problem(Problem::new(StatusCode::NOT_FOUND, gone)))?;
            Ok(json(StatusCode::OK, &Value::Object(offer.to_json())))
        })
        .await
}
