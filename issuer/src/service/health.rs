//! Whether the service runs, and whether it can do its work.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hati_store::Document;

use super::{Problem, Service};

/// It runs.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// The store answers, and what is published is in force.
pub(super) async fn ready(State(service): State<Service>) -> Response {
    let unready = |detail: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response();
    let store = service.clone();
    let answer = tokio::task::spawn_blocking(move || store.0.home.store.latest(Document::TrustList)).await;
    match answer {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return unready(format!("the store does not answer: {error}")),
        Err(error) => return unready(format!("the store does not answer: {error}")),
    }
    match service.site().next_update() {
        None => unready("nothing is published yet".to_owned()),
        Some(due) if due < service.now() => unready(format!("the next bundle was due {due}")),
        Some(_) => "ready\n".into_response(),
    }
}
