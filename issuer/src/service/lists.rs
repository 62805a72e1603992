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

/// How long the copies of a request wait for an edition: less than a request may take, and many times what an edition takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

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

    /// Waits until the lists that copies are in are published, or for as long as there is patience.
    ///
    /// # Errors
    ///
    /// A problem, if they are not in time. Then the copies are given to nobody.
    pub(super) fn await_lists(&self, lists: &BTreeSet<u32>, patience: Duration) -> Result<(), Problem> {
        let Some(last) = lists.last() else { return Ok(()) };
        let (waiting, until) = (&self.0.waiting, Instant::now() + patience);
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

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use hati_formats::keys::Algorithm;
    use hati_formats::time::Timestamp;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::config::Config;
    use crate::home::Home;
    use crate::service::Settings;

    /// As where the disk is full: no edition comes.
    #[test]
    fn copies_whose_list_is_not_published_in_time_are_given_to_nobody() {
        let now = || Timestamp::from_seconds(1_790_000_010);
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new("https://id.example.go.ke", "Issuer", "Mtoaji").unwrap();
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let home = Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), rng).unwrap();
        let service = Service::new(home, Settings::default(), now);
        assert_eq!(service.await_lists(&BTreeSet::new(), Duration::ZERO), Ok(()));
        let lists = BTreeSet::from([0]);
        let problem = service.await_lists(&lists, Duration::ZERO).unwrap_err();
        assert!(format!("{problem:?}").contains("\"status_list_unpublished\""), "{problem:?}");
        assert_eq!(problem.into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
        service.publish().unwrap();
        assert_eq!(service.await_lists(&lists, Duration::ZERO), Ok(()));
    }
}
