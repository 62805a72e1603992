//! The audit, to read.

use axum::extract::State;
use axum::response::Json;
use hati_formats::encoding::b64url;
use hati_formats::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::Asked;
use crate::service::{Problem, Service};

/// The most entries of one answer; each is a line.
const MAX_ENTRIES: usize = 1000;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Range {
    /// The number of the first entry; the very first is 0.
    from: Option<u64>,
    /// How many, 1000 at most.
    count: Option<usize>,
}

/// A part of the audit.
#[derive(Serialize, ToSchema)]
pub(super) struct Entries {
    entries: Vec<EntryView>,
}

/// What somebody did.
#[derive(Serialize, ToSchema)]
pub(super) struct EntryView {
    number: u64,
    at: String,
    actor: String,
    action: &'static str,
    subject: String,
    /// SHA-256 over the digest before it, its number and the event, in base64url.
    digest: String,
}

/// Read the audit
#[utoipa::path(get, path = "/admin/v1/audit", tag = "audit", params(Range), responses((status = 200, body = Entries)))]
pub(super) async fn read(
    State(service): State<Service>,
    Asked(range): Asked<Range>,
) -> Result<Json<Entries>, Problem> {
    service
        .attempt(move |service| {
            let count = range.count.unwrap_or(MAX_ENTRIES).clamp(1, MAX_ENTRIES);
            let logged = service.0.home.store.events(range.from.unwrap_or(0), count)?;
            let entries = logged.into_iter().map(|it| EntryView {
                number: it.number,
                at: Timestamp::from_seconds(it.event.at).to_string(),
                actor: it.event.actor,
                action: it.event.action.name(),
                subject: it.event.subject,
                digest: b64url(&it.digest),
            });
            Ok(Json(Entries { entries: entries.collect() }))
        })
        .await
}
