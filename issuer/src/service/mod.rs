//! `hati-issuer serve`: the issuer online.
//!
//! [`Service`] holds what requests share and gives the routes; [`run`] listens until it is told to stop. Nothing that a
//! request does blocks the others: what touches the store or signs runs on threads of its own.

mod address;
mod admin;
mod authorize;
mod blocking;
mod citizen;
mod clerk;
mod connections;
mod elsewhere;
mod feed;
mod for_log;
mod health;
mod html;
mod issue;
mod json;
mod language;
mod lists;
mod outlook;
mod problem;
mod rotation;
mod run;
mod settings;
mod site;
mod telemetry;
mod throttle;
mod upkeep;
mod upstream;
mod vc_api;
mod vci;

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use hati_formats::time::Timestamp;
use tokio::sync::{Notify, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};

pub use self::problem::Problem;
pub use self::run::{ServeError, run};
pub use self::settings::{
    BatchSize, BodyBytes, Bounded, Caller, ConnectionCount, Limits, MAX_SETTINGS_BYTES, OutOfBounds,
    PublishMinutes, Settings, SettingsError, Tls, Token, UpstreamSettings, Ussd, Wallet,
};
pub use self::site::EditionError;
use self::site::Site;
use self::telemetry::Metrics;
use self::throttle::Throttle;
use self::vci::Vci;
use crate::home::Home;

/// What requests share.
#[derive(Clone)]
pub struct Service(Arc<Shared>);

struct Shared {
    home: Home,
    settings: Settings,
    clock: fn() -> Timestamp,
    metrics: Metrics,
    throttle: Throttle,
    vci: Vci,
    /// Who else signs people in.
    upstream: Option<upstream::Upstream>,
    /// Numbers that USSD sessions came from.
    numbers: citizen::Numbers,
    /// What is published, replaced as a whole.
    site: RwLock<Arc<Site>>,
    /// What is known of the folder of keys.
    rotation: rotation::Rotation,
    /// Up to where the audit is in what is published.
    seen: elsewhere::Seen,
    /// Tries to publish that failed, since the last that did not.
    failures: AtomicU32,
    /// Copies that wait until their status lists are published.
    waiting: lists::Waiting,
    /// Who may sign in at the same time: hashing a password takes 19 MiB.
    sign_ins: Semaphore,
    /// When the store last answered a probe.
    store_answered: tokio::sync::Mutex<Option<std::time::Instant>>,
    /// Told when something changed that has to be published.
    changed: Notify,
}

impl Service {
    /// An issuer's service. `clock` tells the time.
    #[must_use]
    pub fn new(home: Home, settings: Settings, clock: fn() -> Timestamp) -> Self {
        let url = home.config.issuer_url();
        let upstream = settings.upstream.clone().map(|it| upstream::Upstream::new(it, url));
        Self(Arc::new(Shared {
            vci: Vci::new(&home.keys.sectors),
            home,
            throttle: Throttle::new(&settings.limits),
            settings,
            clock,
            metrics: Metrics::default(),
            upstream,
            numbers: citizen::Numbers::default(),
            site: RwLock::default(),
            rotation: rotation::Rotation::default(),
            seen: elsewhere::Seen::default(),
            failures: AtomicU32::new(0),
            waiting: lists::Waiting::default(),
            sign_ins: Semaphore::new(admin::SIGN_INS_AT_ONCE),
            store_answered: tokio::sync::Mutex::default(),
            changed: Notify::new(),
        }))
    }

    /// Every route, and what holds for all of them.
    pub fn routes(&self) -> Router {
        // Public files are for pages of any origin: a browser's wallet, a verifier's page.
        let pages = CorsLayer::new().allow_origin(Any).expose_headers([header::RETRY_AFTER]);
        let site = self.limited(Router::new().fallback(site::serve)).layer(pages);
        // Whoever watches over the service asks often, from one address, and has to be answered when it is busy.
        let probes = Router::new().route("/healthz", get(health::alive)).route("/readyz", get(health::ready));
        let known = Router::new()
            .route("/feeds/{name}", post(feed::receive).layer(DefaultBodyLimit::max(feed::MAX_BYTES)))
            .route("/vc-api/credentials/issue", post(vc_api::issue));
        probes
            .merge(self.limited(Router::new().route("/metrics", get(telemetry::metrics))))
            .merge(vci::routes(self))
            .merge(authorize::routes(self))
            .merge(citizen::routes(self))
            .merge(self.timed(known))
            .merge(self.limited(admin::routes(self)))
            .merge(site)
            .layer(DefaultBodyLimit::max(self.0.settings.limits.body_bytes.size()))
            .layer(from_fn(address::check))
            .layer(CatchPanicLayer::new())
            .layer(from_fn(problem::fill))
            .layer(from_fn_with_state(self.clone(), telemetry::record))
            .with_state(self.clone())
    }

    /// The issuer it serves.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.0.home
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    fn site(&self) -> Arc<Site> {
        // Whoever held the lock only replaced a pointer.
        Arc::clone(&self.0.site.read().unwrap_or_else(PoisonError::into_inner))
    }
}
