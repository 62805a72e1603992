//! What is published below the issuer's URL, kept in memory, and publishing it anew.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hati_formats::encoding::b64url;
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use sha2::{Digest, Sha256};

use super::Service;
use crate::home::HomeError;
use crate::publish::{Edition, PublishError, SiteFile};

/// How long a copy may be used without asking again. Asking costs little: the answer is mostly "not modified".
const CACHE_CONTROL: &str = "public, max-age=60";

/// Who publishes, in the audit.
const ACTOR: &str = "service";

/// Why there is no new edition.
#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    /// The issuer's folder cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// It cannot be made or written.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// One edition, ready to be sent.
#[derive(Default)]
pub(super) struct Site {
    files: HashMap<String, File>,
    next_update: Option<Timestamp>,
}

struct File {
    media_type: &'static str,
    bytes: Bytes,
    etag: HeaderValue,
}

impl Site {
    fn new(files: Vec<SiteFile>, next_update: Timestamp) -> Self {
        let files = files.into_iter().map(|SiteFile { url, media_type, bytes, .. }| {
            // RFC 9110 section 8.8.3: strong, since it is made from every byte.
            let digest = Sha256::digest(&bytes);
            let etag = format!("\"{}\"", b64url(digest.get(..16).unwrap_or_default()));
            let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\""));
            (format!("/{url}"), File { media_type, bytes: bytes.into(), etag })
        });
        Self { files: files.collect(), next_update: Some(next_update) }
    }

    /// When the next edition is out at the latest; none before the first.
    pub(super) fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }
}

/// Sends a public file, or says that the client has it.
pub(super) async fn serve(
    State(service): State<Service>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let site = service.site();
    let Some(file) = site.files.get(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if method != Method::GET && method != Method::HEAD {
        let allow = (header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return (StatusCode::METHOD_NOT_ALLOWED, [allow]).into_response();
    }
    let validators =
        [(header::ETAG, file.etag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL))];
    if headers.get_all(header::IF_NONE_MATCH).iter().any(|known| names(known, &file.etag)) {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    let media_type = (header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    (validators, [media_type], file.bytes.clone()).into_response()
}

/// RFC 9110 section 13.1.2: a list of tags, compared weakly, or a star.
fn names(known: &HeaderValue, etag: &HeaderValue) -> bool {
    let Ok(known) = known.to_str() else { return false };
    known.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

impl Service {
    /// Signs and publishes the next edition, here and in the issuer's folder.
    ///
    /// # Errors
    ///
    /// [`EditionError`]; then the edition before it stays.
    pub fn publish(&self) -> Result<(), EditionError> {
        let home = &self.0.home;
        let (trust, types, now) = (home.trust()?, home.types()?, self.now());
        let next_update = now.plus_seconds(SECONDS_PER_DAY);
        let edition = Edition { home, trust: &trust, types: &types, actor: ACTOR, now, next_update };
        let site = Arc::new(Site::new(edition.publish()?.files, next_update));
        *self.0.site.write().unwrap_or_else(PoisonError::into_inner) = site;
        Ok(())
    }

    /// Publishes now, whenever something changed, and when an edition is old.
    pub(super) async fn publish_forever(self) {
        let period = Duration::from_secs(60 * u64::from(self.0.settings.publish_minutes.get()));
        loop {
            let service = self.clone();
            match tokio::task::spawn_blocking(move || service.publish()).await {
                Ok(Ok(())) => tracing::info!("published"),
                Ok(Err(error)) => tracing::error!(%error, "not published"),
                Err(error) => tracing::error!(%error, "not published"),
            }
            // Over time or by a change, whichever is first; both mean the same.
            let _ = tokio::time::timeout(period, self.0.changed.notified()).await;
        }
    }

    /// Has what changed published at once.
    pub fn announce(&self) {
        self.0.changed.notify_one();
    }
}
