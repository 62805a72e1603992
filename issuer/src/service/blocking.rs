//! Work that blocks: the store, and whatever is computed for long.

use axum::http::StatusCode;

use super::for_log::ForLog as _;
use super::{Problem, Service};

impl Service {
    /// Does work on a thread where it may block.
    ///
    /// # Errors
    ///
    /// A problem document, if the work panicked.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let service = self.clone();
        tokio::task::spawn_blocking(move || work(&service)).await.map_err(|error| {
            tracing::error!(error = error.for_log(), "a request's work ended early");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The service failed. Try again")
        })
    }

    /// The same for work that may come to a problem itself.
    ///
    /// # Errors
    ///
    /// Its problem, or that of [`blocking`](Self::blocking).
    pub(super) async fn attempt<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.blocking(work).await?
    }
}
