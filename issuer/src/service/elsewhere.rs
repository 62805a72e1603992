//! What is changed beside this service, on one database: by an operator's commands, and by other services of the issuer.
//!
//! A command tells no service, so what it changes is published as soon as it is seen. Another service publishes what it
//! changes itself, at once; if what it changed is not in an edition by the next look, it died, or cannot write, and this one
//! does it. Every edition says how many entries of the audit it holds.

use std::sync::{Mutex, PoisonError};

use hati_store::{Action, StoreError};

use super::Service;
use crate::actor::Actor;

/// Events read at a time.
const AT_ONCE: usize = 1000;

/// How far the audit was looked through, in entries from its beginning.
#[derive(Default)]
pub(super) struct Seen(Mutex<Progress>);

/// Whose changes are published as soon as they are seen, and not only if they are seen again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those of an operator's commands.
    Commands,
    /// All: this service failed to publish some itself.
    All,
}

#[derive(Default)]
struct Progress {
    /// What the edition that is out holds.
    published: u64,
    /// What was looked at; none before the first edition.
    looked: Option<u64>,
    /// Up to the newest change that the last look saw.
    changed: u64,
}

impl Service {
    /// How many entries there are: what an edition holds that is begun now.
    pub(super) fn audited(&self) -> Result<u64, StoreError> {
        Ok(self.0.home.store.end()?.entries)
    }

    /// An edition is out that holds so many entries: fewer than the one before, where that process began earlier.
    pub(super) fn has_published(&self, entries: u64) {
        let mut seen = self.0.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.published = entries;
        // What an edition before it held and this one does not is looked at again.
        seen.looked = Some(seen.looked.map_or(entries, |looked| looked.min(entries)));
    }

    /// Whether what is published was changed elsewhere, and whoever changed it does not publish it.
    pub(super) fn lacks_changes(&self, whose: Whose) -> Result<bool, StoreError> {
        let mut seen = self.0.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut looked) = seen.looked else { return Ok(false) };
        let mut is_lacking = seen.changed > seen.published;
        loop {
            let events = self.0.home.store.events(looked, AT_ONCE)?;
            if events.is_empty() {
                return Ok(is_lacking);
            }
            for (end, it) in (looked + 1..).zip(&events) {
                if is_published(it.event.action) {
                    seen.changed = seen.changed.max(end);
                    let is_mine = whose == Whose::All || Actor::is_operator(&it.event.actor);
                    is_lacking |= end > seen.published && is_mine;
                }
            }
            looked += events.len() as u64;
            seen.looked = Some(looked);
        }
    }
}

/// Whether statuses or registrations may be others after it.
const fn is_published(action: Action) -> bool {
    matches!(
        action,
        Action::Revoked
            | Action::Suspended
            | Action::Reinstated
            | Action::Amended
            | Action::DeathRegistered
            | Action::QuarantineResolved
            | Action::VerifierRegistered
            | Action::VerifierWithdrawn
    )
}
