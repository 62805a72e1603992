//! The change feed: another system sends batches, each signed by its key (`spec/feed.md`).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Json;
use hati_formats::encoding::b64url;
use hati_formats::jws;
use serde_json::{Value, json};

use super::throttle::Client;
use super::{Problem, Service};
use crate::actor::Actor;

/// Bytes of the longest batch.
pub(super) const MAX_BYTES: usize = jws::MAX_BYTES;

/// Takes a batch: whoever holds the feed's key may send one. Answers how far the feed came.
///
/// Who signed is not counted by address; whoever did not is, so that nobody has the service check signatures without end.
pub(super) async fn receive(
    State(service): State<Service>,
    client: Client,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    service
        .attempt(move |service| {
            let feeds = service.0.home.config.feeds();
            let named = feeds.iter().find(|feed| feed.name() == name);
            let token = std::str::from_utf8(&body).ok().map(str::trim);
            if !named.zip(token).is_some_and(|(feed, token)| feed.has_signed(token)) {
                service.charge(client)?;
            }
            let Some(feed) = named else {
                let detail = "There is no such feed. Have issuer.json name it, with its key";
                return Err(Problem::of(StatusCode::NOT_FOUND, "feed_unknown", detail));
            };
            let token = token.ok_or_else(|| {
                let detail =
                    "expected a batch as a compact JWS, got bytes that are no text in UTF-8. Sign it anew";
                Problem::of(StatusCode::BAD_REQUEST, "feed_malformed", detail)
            })?;
            let followed = service.as_clerk(&Actor::Feed(name), |clerk| clerk.follow(feed, token))?;
            let position = followed.position;
            if followed.counts.is_some() {
                service.announce();
            }
            let changes = followed.counts.map(|counts| {
                json!({
                    "added": counts.added,
                    "amended": counts.amended,
                    "died": counts.died,
                    "alive": counts.alive,
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
