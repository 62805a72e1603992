//! The change feed: another system sends batches, each signed by its key (`spec/feed.md`).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Json;
use hati_formats::encoding::b64url;
use hati_formats::jws;
use serde_json::{Value, json};

use super::{Problem, Service};

/// Bytes of the longest batch.
pub(super) const MAX_BYTES: usize = jws::MAX_BYTES;

/// Takes a batch: whoever holds the feed's key may send one. Answers how far the feed came.
pub(super) async fn receive(
    State(service): State<Service>,
    Path(name): Path<String>,
    token: String,
) -> Result<Json<Value>, Problem> {
    service
        .attempt(move |service| {
            let Some(feed) = service.0.home.config.feeds().iter().find(|feed| feed.name() == name) else {
                let detail = "There is no such feed. Have issuer.json name it, with its key";
                return Err(Problem::of(StatusCode::NOT_FOUND, "feed_unknown", detail));
            };
            let followed =
                service.as_clerk(&format!("feed {name}"), |clerk| clerk.follow(feed, token.trim()))?;
            let position = followed.position;
            if followed.counts.is_some() {
                service.announce();
            }
            let changes = followed.counts.map(|counts| {
                json!({
                    "added": counts.added,
                    "amended": counts.amended,
                    "died": counts.died,
                    "quarantined": counts.quarantined,
                    "not_registered": counts.not_registered,
                    "revoked_copies": counts.revoked,
                })
            });
            let digest = b64url(&position.digest);
            Ok(Json(json!({ "sequence": position.sequence, "digest": digest, "changes": changes })))
        })
        .await
}
