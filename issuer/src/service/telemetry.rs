//! What an operator sees: a log line and counters for each request, by route and never by address, query or person.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Service;
use super::outlook::Outlook;

/// OpenMetrics 1.0, which Prometheus reads.
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// The service's counters.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
    /// Connections that were not taken, or broke before a request.
    refused_connections: Counter,
    outlook: Outlook,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hati_issuer");
        let requests = Family::<Answered, Counter>::default();
        // From half a millisecond to 16 seconds.
        let histogram = || Histogram::new(exponential_buckets(0.0005, 2.0, 16));
        let seconds = Family::<Route, Histogram>::new_with_constructor(histogram);
        registry.register("requests", "Requests answered", requests.clone());
        registry.register("request_seconds", "Seconds until a request was answered", seconds.clone());
        let refused_connections = Counter::default();
        let help = "Connections that were not taken, or failed before a request";
        registry.register("refused_connections", help, refused_connections.clone());
        let outlook = Outlook::register(&mut registry);
        Self { registry, requests, seconds, refused_connections, outlook }
    }
}

/// What an answer is counted as whose form hides it: a screen is a 200 whatever it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedAs(pub(super) StatusCode);

/// Counts a request and logs it.
pub(super) async fn record(State(service): State<Service>, request: Request<Body>, next: Next) -> Response {
    // The route and not the path: paths can name people.
    let route =
        request.extensions().get::<MatchedPath>().map_or("public file", MatchedPath::as_str).to_owned();
    let method = method(request.method());
    let started = Instant::now();
    let response = next.run(request).await;
    let status = response.extensions().get().map_or(response.status(), |&CountedAs(status)| status);
    let took = started.elapsed();
    service.0.metrics.count(method, &route, status, took);
    let ms = took.as_secs_f64() * 1_000.0;
    tracing::info!(method, route, status = status.as_u16(), ms, "answered");
    response
}

/// Others are of the client's making, and each would be a label.
fn method(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

impl Metrics {
    pub(super) const fn refused_connections(&self) -> &Counter {
        &self.refused_connections
    }

    pub(super) const fn outlook(&self) -> &Outlook {
        &self.outlook
    }

    fn count(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        let answered =
            Answered { method: method.to_owned(), route: route.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&answered).inc();
        self.seconds.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }
}

/// The counters.
pub(super) async fn metrics(State(service): State<Service>) -> Response {
    let mut text = String::new();
    if encode(&mut text, &service.0.metrics.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response()
}
