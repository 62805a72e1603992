//! What is published below the issuer's URL, kept in memory, and publishing it anew.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hati_formats::encoding::b64url;
use hati_formats::time::SECONDS_PER_DAY;
use hati_formats::trust::Bundle;
use hati_store::StoreError;
use sha2::{Digest, Sha256};

use super::Service;
use super::elsewhere::Whose;
use super::for_log::ForLog as _;
use super::vci::metadata::Metadata;
use crate::actor::Actor;
use crate::catalogue::Catalogue;
use crate::home::HomeError;
use crate::publish::{Edition, PublishError, Published, SiteFile};
use crate::status;

/// How long a copy may be used without asking again. Asking costs little: the answer is mostly "not modified".
pub(super) const CACHE_CONTROL: &str = "public, max-age=60";

/// How often it is looked whether another process has published.
const LOOK_AROUND: Duration = Duration::from_millis(500);

/// After so many failures the pause before the next try is no longer doubled: then it is half a minute.
const LONGEST_PAUSE: u32 = 6;

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
    /// The numbers of its status lists.
    lists: BTreeSet<u32>,
    catalogue: Catalogue,
    signed_metadata: Option<Bytes>,
    published: Option<Published>,
}

struct File {
    media_type: &'static str,
    bytes: Bytes,
    etag: HeaderValue,
}

impl Site {
    fn new(published: Published, catalogue: Catalogue, metadata: Metadata) -> Self {
        let lists = published.bundle.content().status_lists.iter();
        let lists = lists.filter_map(|list| status::number(&list.uri)).collect();
        let files = published.files.iter().chain(&metadata.files);
        let files = files.map(|SiteFile { url, media_type, bytes, .. }| {
            // RFC 9110 section 8.8.3: strong, since it is made from every byte.
            let digest = Sha256::digest(bytes);
            let etag = format!("\"{}\"", b64url(digest.get(..16).unwrap_or_default()));
            let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\""));
            (format!("/{url}"), File { media_type, bytes: bytes.clone().into(), etag })
        });
        Self {
            files: files.collect(),
            lists,
            catalogue,
            signed_metadata: Some(metadata.signed.into()),
            published: Some(published),
        }
    }

    /// The version of its bundle; 0 before the first.
    fn version(&self) -> u64 {
        self.published.as_ref().map_or(0, |published| published.bundle.content().version)
    }

    /// Whether it has all of these status lists.
    pub(super) fn has_lists(&self, lists: &BTreeSet<u32>) -> bool {
        lists.is_subset(&self.lists)
    }

    /// What can be asked for; nothing before the first edition.
    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The issuer's metadata, signed.
    pub(super) fn signed_metadata(&self) -> Option<Bytes> {
        self.signed_metadata.clone()
    }

    /// The bundle; none before the first edition.
    pub(super) fn bundle(&self) -> Option<&Bundle> {
        self.published.as_ref().map(|published| &published.bundle)
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
        self.edition(|edition| edition.publish().map(Some)).map(|_| ())
    }

    /// Publishes what another process of this issuer has published since, lists that one has opened, what was
    /// changed elsewhere, and with keys that an operator has rotated. Tells whether there was any.
    ///
    /// # Errors
    ///
    /// [`EditionError`]; then the edition before it stays.
    pub fn follow(&self) -> Result<bool, EditionError> {
        // Where nobody publishes, so that an edition is of one set of keys.
        if self.renew_keys() {
            self.publish()?;
            return Ok(true);
        }
        self.catch_up(Whose::Commands)
    }

    /// Publishes what could not be published. What is recorded already is put online as it is: a version for each try would
    /// be one for everybody to take.
    fn publish_again(&self) -> Result<bool, EditionError> {
        self.renew_keys();
        Ok(self.catch_up(Whose::All)? || self.publish().map(|()| true)?)
    }

    /// Puts the newest edition online, and makes another one of what it lacks.
    fn catch_up(&self, whose: Whose) -> Result<bool, EditionError> {
        let known = self.site().version();
        let followed = self.edition(|edition| edition.follow(known))?;
        let lacks = || Ok::<_, StoreError>(self.lacks_lists()? || self.lacks_changes(whose)?);
        if lacks().map_err(PublishError::from)? {
            self.publish()?;
            return Ok(true);
        }
        Ok(followed)
    }

    fn edition(
        &self,
        publish: impl FnOnce(&Edition<'_>) -> Result<Option<Published>, PublishError>,
    ) -> Result<bool, EditionError> {
        let (home, before) = (&self.0.home, self.site());
        // Before anything is read that it will hold.
        let entries = self.audited().map_err(PublishError::from)?;
        let (trust, types, now) = (home.trust()?, home.types()?, self.now());
        let next_update = now.plus_seconds(SECONDS_PER_DAY);
        let previous = before.published.as_ref();
        let actor = &Actor::Service;
        let edition =
            Edition { home, trust: &trust, types: &types, actor, now, next_update, entries, previous };
        let Some(published) = publish(&edition)? else { return Ok(false) };
        let catalogue = Catalogue::new(&home.config, &trust, &types, home.keys.issuer.public());
        let metadata = self.metadata(&catalogue, next_update).map_err(PublishError::from)?;
        let site = Arc::new(Site::new(published, catalogue, metadata));
        *self.0.site.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&site);
        site.published.iter().for_each(|published| self.look_ahead(&published.bundle));
        site.published.iter().for_each(|published| self.has_published(published.entries));
        self.0.waiting.tell();
        Ok(true)
    }

    /// Publishes, and says when it is due again.
    pub(super) async fn publish_now(&self) -> Instant {
        let failures = self.0.failures.load(Ordering::Relaxed);
        let done = if failures == 0 {
            self.logged(|service| service.publish().map(|()| true)).await
        } else {
            self.logged(Self::publish_again).await
        };
        if done {
            self.0.failures.store(0, Ordering::Relaxed);
            return Instant::now()
                + Duration::from_secs(60 * u64::from(self.0.settings.publish_minutes.get()));
        }
        // Soon at first, because another process may only have been quicker.
        self.0.failures.store(failures.saturating_add(1), Ordering::Relaxed);
        Instant::now() + LOOK_AROUND * (1 << failures.min(LONGEST_PAUSE))
    }

    /// Publishes whenever something changed, and when it is due.
    pub(super) async fn publish_forever(self, mut due: Instant) {
        loop {
            // A change here is published at once, one elsewhere when it is looked for next.
            let changed = tokio::time::timeout(LOOK_AROUND, self.0.changed.notified()).await.is_ok();
            let is_failing = self.0.failures.load(Ordering::Relaxed) > 0;
            if changed && !is_failing || Instant::now() >= due {
                due = self.publish_now().await;
            } else if !is_failing {
                self.logged(Self::follow).await;
            }
        }
    }

    /// Has what changed published at once.
    pub fn announce(&self) {
        self.0.changed.notify_one();
    }

    /// Whether it was done. What was published, and why it was not, stands in the log, and a failure in the counters.
    async fn logged(&self, work: impl FnOnce(&Self) -> Result<bool, EditionError> + Send + 'static) -> bool {
        let service = self.clone();
        let outcome = tokio::task::spawn_blocking(move || work(&service)).await;
        match &outcome {
            Ok(Ok(false)) => {}
            Ok(Ok(true)) => tracing::info!("published"),
            Ok(Err(error)) => tracing::error!(error = error.for_log(), "not published"),
            Err(error) => tracing::error!(error = error.for_log(), "not published"),
        }
        let done = matches!(outcome, Ok(Ok(_)));
        if !done {
            self.0.metrics.outlook().failed();
        }
        done
    }
}
