//! What has expired is forgotten, now and then.

use std::time::Duration;

use hati_store::StoreError;

use super::Service;
use super::for_log::ForLog as _;
use crate::chronology::{ChronologyError, check_clock};
use crate::status::ended;

/// Between two rounds. What has expired is nothing to anybody meanwhile; it only takes room.
const PERIOD: Duration = Duration::from_secs(600);

impl Service {
    /// Forgets tickets, one-time values and statuses that have expired, and tells how many.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn forget(&self) -> Result<u64, StoreError> {
        let (store, now) = (&self.0.home.store, self.now());
        let seconds = now.seconds();
        let forgotten = [
            store.forget_tickets(seconds)?,
            store.forget_expired(seconds)?,
            store.forget_statuses(ended(now))?,
        ];
        Ok(forgotten.into_iter().sum())
    }

    pub(super) async fn forget_forever(self) {
        loop {
            tokio::time::sleep(PERIOD).await;
            let service = self.clone();
            let forget = move || {
                check_clock(&*service.0.home.store, service.now())?;
                Ok::<_, ChronologyError>(service.forget()?)
            };
            match tokio::task::spawn_blocking(forget).await {
                Ok(Ok(count)) => tracing::info!(count, "forgot what had expired"),
                Ok(Err(error)) => tracing::error!(error = error.for_log(), "nothing was forgotten"),
                Err(error) => tracing::error!(error = error.for_log(), "nothing was forgotten"),
            }
        }
    }
}
