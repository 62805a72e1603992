//! A running service takes over the keys that an operator rotates.
//!
//! Beside a service on PostgreSQL `hati-issuer keys` announces, activates and retires; the service looks at the folder of keys
//! as often as at the database. What opens the folder stays what was given at its start.

use std::sync::{Mutex, PoisonError};

use super::Service;
use crate::keys::FolderState;

/// How the folder of keys was when it was loaded last.
#[derive(Default)]
pub(super) struct Rotation(Mutex<Option<FolderState>>);

impl Service {
    /// Loads the keys if the folder is another than when they were loaded. Tells whether others are there now.
    ///
    /// What cannot be loaded is told once; the keys that sign go on, and so does the service.
    pub fn renew_keys(&self) -> bool {
        let (home, mut seen) =
            (&self.0.home, self.0.rotation.0.lock().unwrap_or_else(PoisonError::into_inner));
        let state =
            home.key_folder.state().inspect_err(|error| tracing::error!(%error, "keys were not seen"));
        let Ok(state) = state else { return false };
        if seen.as_ref() == Some(&state) {
            return false;
        }
        *seen = Some(state);
        match home.key_folder.load() {
            Ok(keys) if keys.public() == home.keys.public() => false,
            Ok(keys) => {
                home.keys.renew(keys);
                tracing::info!("the keys were loaded anew");
                true
            }
            Err(error) => {
                tracing::error!(%error, "the keys were not loaded anew; those that were loaded before sign");
                false
            }
        }
    }
}
