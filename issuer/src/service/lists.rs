//! A copy is handed out once its status list is published, so that whoever is shown it finds the list.
//!
//! The lists ahead are published before anything is in them (`issuer/src/status.rs`), so a copy waits only where lists are
//! filled faster than editions follow one another.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use hati_store::StoreError;

use super::{Problem, Service};
use crate::status::{ahead, in_edition};

/// How long copies wait for an edition: less than a request may take, and many times what an edition takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Wakes whoever waits for the next edition.
#[derive(Default)]
pub(super) struct Waiting {
    lock: Mutex<()>,
    edition: Condvar,
}

impl Waiting {
    /// Tells of an edition that is out.
    pub(super) fn tell(&self) {
        // Whoever looks at the edition and then waits holds the lock from one to the other.
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.edition.notify_all();
    }
}

impl Service {
    /// Has the lists published that copies are in and those ahead of them, unless they are.
    pub(super) fn announce_lists(&self, lists: &BTreeSet<u32>) {
        let Some(last) = lists.last() else { return };
        let ahead = last.saturating_add(1)..=last.saturating_add(ahead(self.0.home.config.list_size()));
        if !self.site().has_lists(&lists.iter().copied().chain(ahead).collect()) {
            self.announce();
        }
    }

    /// Waits until the lists that copies are in are published.
    ///
    /// # Errors
    ///
    /// A problem, if they are not in time. Then the copies are given to nobody.
    pub(super) fn await_lists(&self, lists: &BTreeSet<u32>) -> Result<(), Problem> {
        let Some(last) = lists.last() else { return Ok(()) };
        let (waiting, until) = (&self.0.waiting, Instant::now() + PATIENCE);
        let mut guard = waiting.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.site().has_lists(lists) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::error!(list = last, "a status list was not published in time");
                let detail =
                    "The status list of these copies could not be published in time. Ask again later";
                return Err(Problem::of(StatusCode::SERVICE_UNAVAILABLE, "status_list_unpublished", detail));
            }
            let woken = waiting.edition.wait_timeout(guard, left);
            guard = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Whether any process has opened lists that the edition does not have, or has none ahead of.
    pub(super) fn lacks_lists(&self) -> Result<bool, StoreError> {
        let opened = self.0.home.store.lists()?;
        let wanted = in_edition(&opened, self.0.home.config.list_size(), self.now());
        Ok(!opened.is_empty() && !self.site().has_lists(&wanted.iter().map(|it| it.list).collect()))
    }
}
