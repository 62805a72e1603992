//! A running service takes over the keys that an operator rotates.
//!
//! Beside a service on PostgreSQL `hati-issuer keys` announces, activates and retires; the service looks at the folder of keys
//! as often as at the database. What opens the folder stays what was given at its start.

use std::sync::{Mutex, PoisonError};

use super::Service;
use crate::home::Home;
use crate::keys::{FolderState, KeyFileError};

/// What is known of the folder of keys.
#[derive(Default)]
pub(super) struct Rotation(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// How it was when it was loaded last.
    loaded: Option<FolderState>,
    /// Why it was not loaded since.
    failure: Option<String>,
}

impl Service {
    /// Loads the keys if the folder is another than when they were loaded. Tells whether others are there now.
    ///
    /// What cannot be loaded is tried again and told once; the keys that sign go on, and so does the service.
    pub fn renew_keys(&self) -> bool {
        let mut seen = self.0.rotation.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.load(&self.0.home).unwrap_or_else(|error| {
            let failure = error.to_string();
            if seen.failure.as_ref() != Some(&failure) {
                tracing::error!(%error, "the keys were not loaded anew; those that were loaded before sign");
                seen.failure = Some(failure);
            }
            false
        })
    }
}

impl Seen {
    /// Lets other keys sign, if the folder has others than sign now.
    fn load(&mut self, home: &Home) -> Result<bool, KeyFileError> {
        let state = home.key_folder.state()?;
        if self.loaded.as_ref() == Some(&state) {
            return Ok(false);
        }
        let keys = home.key_folder.load()?;
        *self = Self { loaded: Some(state), failure: None };
        if keys.public() == home.keys.public() {
            return Ok(false);
        }
        home.keys.renew(keys);
        tracing::info!("the keys were loaded anew");
        Ok(true)
    }
}
