//! The keys that sign now, while others may take their place.

use std::ops::Deref;
use std::sync::OnceLock;

use super::Keys;

/// The keys that sign now: those that were loaded last.
///
/// Whoever took a reference goes on with what it took, so that a credential that names a key is signed by it. What was
/// loaded before stays in memory until this is dropped; a rotation is a matter of months.
#[derive(Debug)]
pub struct CurrentKeys {
    keys: Keys,
    next: OnceLock<Box<CurrentKeys>>,
}

impl CurrentKeys {
    /// Lets other keys sign from now on.
    pub fn renew(&self, keys: Keys) {
        let mut newest = self;
        let mut new = Box::new(Self::from(keys));
        // Somebody else may do so at the same time: then these come after those.
        while let Err(refused) = newest.next.set(new) {
            new = refused;
            match newest.next.get() {
                Some(next) => newest = next,
                None => return,
            }
        }
    }
}

impl From<Keys> for CurrentKeys {
    fn from(keys: Keys) -> Self {
        Self { keys, next: OnceLock::new() }
    }
}

impl Deref for CurrentKeys {
    type Target = Keys;

    fn deref(&self) -> &Keys {
        let mut newest = self;
        while let Some(next) = newest.next.get() {
            newest = next;
        }
        &newest.keys
    }
}
