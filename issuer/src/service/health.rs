//! Whether the service runs, and whether it can do its work.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hati_store::Document;

use super::for_log::ForLog as _;
use super::{Problem, Service};

/// How long the store may take. Whoever asks every few seconds is answered in between.
const STORE_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// How long an answer of the store counts.
const AGE_OF_AN_ANSWER: Duration = Duration::from_secs(1);

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
    // Ready nevertheless: perhaps no other process could do better, and people go on locking what they lost.
    let mut said = "ready\n".to_owned();
    if trust.is_overdue(now) {
        let due = trust.content().next_update;
        let then =
            "verifiers accept nothing until the root has signed the next one, unless their policy says so";
        said.push_str(&format!("The trust list was due {due}: {then}\n"));
    }
    if service.0.failures.load(Ordering::Relaxed) > 0 {
        said.push_str(
            "What changed since the last edition could not be published, and is tried again. See the log\n",
        );
    }
    said.into_response()
}

impl Service {
    /// One asks for all who ask at the same time, since nobody bounds how often they do.
    async fn ask_store(&self) -> Result<(), String> {
        let asked = async {
            let mut answered = self.0.store_answered.lock().await;
            if answered.is_some_and(|at| at.elapsed() < AGE_OF_AN_ANSWER) {
                return Ok(());
            }
            self.clone().newest_bundle().await?;
            *answered = Some(Instant::now());
            Ok(())
        };
        tokio::time::timeout(STORE_ANSWERS_WITHIN, asked).await.map_err(|error| error.to_string())?
    }

    async fn newest_bundle(self) -> Result<(), String> {
        let asked = move || self.0.home.store.published_version(Document::Bundle).map(drop);
        let answer = tokio::task::spawn_blocking(asked).await.map_err(|error| error.for_log())?;
        answer.map_err(|error| error.for_log())
    }
}
