//! What was measured, and its line in the table.

use std::time::{Duration, Instant};

use serde_json::Value;

/// What one or more workers saw.
#[derive(Default)]
pub(crate) struct Timings {
    requests: Vec<Duration>,
    errors: Vec<String>,
    credentials: usize,
    /// What was received, where somebody wants to look at it.
    pub(crate) kept: Option<Vec<String>>,
}

impl Timings {
    /// Keeps what is received.
    pub(crate) fn keeping() -> Self {
        Self { kept: Some(Vec::new()), ..Self::default() }
    }

    /// Times a request.
    pub(crate) fn request<T>(&mut self, send: impl FnOnce() -> Result<T, String>) -> Option<T> {
        let start = Instant::now();
        let outcome = send();
        self.requests.push(start.elapsed());
        outcome.map_err(|error| self.errors.push(error)).ok()
    }

    pub(crate) fn received(&mut self, credentials: &[Value]) {
        self.credentials += credentials.len();
        if let Some(kept) = &mut self.kept {
            kept.extend(credentials.iter().filter_map(Value::as_str).map(str::to_owned));
        }
    }

    pub(crate) fn and(mut self, other: Self) -> Self {
        self.requests.extend(other.requests);
        self.errors.extend(other.errors);
        self.credentials += other.credentials;
        self
    }
}

/// Timings, and how long it took in all.
pub(crate) struct Spell {
    pub(crate) all: Timings,
    pub(crate) took: Duration,
}

impl Spell {
    pub(crate) fn line(&self) -> String {
        let mut requests = self.all.requests.clone();
        requests.sort_unstable();
        let at = |share: f64| {
            let place = (requests.len() as f64 * share) as usize;
            requests
                .get(place.min(requests.len().saturating_sub(1)))
                .copied()
                .unwrap_or_default()
                .as_secs_f64()
                * 1e3
        };
        let a_second = self.all.credentials as f64 / self.took.as_secs_f64();
        let (p50, p95, p99) = (at(0.5), at(0.95), at(0.99));
        let errors = self.all.errors.len();
        format!("{a_second:.0} | {} | {p50:.1} | {p95:.1} | {p99:.1} | {errors}", requests.len())
    }

    pub(crate) fn first_error(&self) -> Option<&str> {
        self.all.errors.first().map(String::as_str)
    }
}
