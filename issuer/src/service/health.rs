//! Whether the service runs, and whether it can do its work.

use std::fmt::Display;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hati_store::Document;

use super::{Problem, Service};

/// How long the store may take. Whoever asks every few seconds is answered in between.
const STORE_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// It runs.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// The store answers, and the edition is in force. Where verifiers would refuse it nevertheless, it says so.
pub(super) async fn ready(State(service): State<Service>) -> Response {
    let unready = |detail: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response();
    if let Err(reason) = service.ask_store().await {
        // Its text may name the database, which is nobody's business who asks.
        tracing::error!(%reason, "the store does not answer");
        return unready("The store does not answer. See the log".to_owned());
    }
    let (site, now) = (service.site(), service.now());
    let Some(bundle) = site.bundle() else {
        return unready("Nothing is published yet. See the log".to_owned());
    };
    let (due, trust) = (bundle.content().next_update, bundle.trust());
    if bundle.is_overdue(now) {
        return unready(format!("The next bundle was due {due}. See the log"));
    }
    // Ready nevertheless: no other process could do better, and people go on locking what they lost.
    if trust.is_overdue(now) {
        let due = trust.content().next_update;
        return format!("ready\nThe trust list was due {due}: verifiers accept nothing until the root has signed the next one, unless their policy says so\n").into_response();
    }
    "ready\n".into_response()
}

impl Service {
    async fn ask_store(&self) -> Result<(), String> {
        let text = |error: &dyn Display| error.to_string();
        let store = self.clone();
        let asked =
            tokio::task::spawn_blocking(move || store.0.home.store.published_version(Document::Bundle));
        let answer = tokio::time::timeout(STORE_ANSWERS_WITHIN, asked).await.map_err(|error| text(&error))?;
        answer.map_err(|error| text(&error))?.map(drop).map_err(|error| text(&error))
    }
}
