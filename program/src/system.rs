//! What only the system has: the time, randomness, and who it runs a program for. What is below takes them as arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use hati_formats::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// The system gives no randomness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no randomness ({reason}). Nothing was done: try again")]
pub struct NoRandomness {
    /// What the system said.
    reason: String,
}

hati_formats::error_codes!(NoRandomness {
    Self { .. } => "no_randomness",
});

/// The system's clock; one before 1970 counts as 1970.
#[must_use]
pub fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// A generator seeded by the system.
///
/// # Errors
/// [`NoRandomness`].
pub fn random() -> Result<ChaCha20Rng, NoRandomness> {
    ChaCha20Rng::try_from_rng(&mut getrandom::SysRng)
        .map_err(|error| NoRandomness { reason: error.to_string() })
}

/// Whom the system runs this program for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's number; 0 where users have none.
    pub uid: u32,
    /// The name that the system has for it; empty if it has none.
    pub name: String,
}

/// Whom the system runs this program for: the real user, not one that the environment names.
#[must_use]
pub fn user() -> User {
    #[cfg(unix)]
    {
        let uid = nix::unistd::Uid::current();
        // A number without an entry, as in a container, still is a number.
        let known = nix::unistd::User::from_uid(uid).ok().flatten();
        User { uid: uid.as_raw(), name: known.map(|user| user.name).unwrap_or_default() }
    }
    #[cfg(not(unix))]
    User { uid: 0, name: String::new() }
}
