//! What an operator's commands change beside a running service, on one database: they tell no service, so each looks into
//! the audit.

use std::sync::atomic::{AtomicU64, Ordering};

use hati_store::{Action, StoreError};

use super::Service;
use crate::actor::Actor;

/// Events read at a time: more than are written between two looks.
const AT_ONCE: usize = 1000;

/// How many events of the audit there were when what is published was last made, or looked for.
#[derive(Default)]
pub(super) struct Seen(AtomicU64);

impl Service {
    /// How many events there are: what an edition holds that is made from now on.
    pub(super) fn audited(&self) -> Result<u64, StoreError> {
        Ok(self.0.home.store.end()?.entries)
    }

    /// What happened before is in what is published.
    pub(super) fn has_published(&self, entries: u64) {
        self.0.seen.0.fetch_max(entries, Ordering::Relaxed);
    }

    /// Whether a command changed what is published since. Services announce what they change themselves.
    pub(super) fn lacks_commands(&self) -> Result<bool, StoreError> {
        let from = self.0.seen.0.load(Ordering::Relaxed);
        let events = self.0.home.store.events(from, AT_ONCE)?;
        if events.iter().any(|it| Actor::is_operator(&it.event.actor) && is_published(it.event.action)) {
            return Ok(true);
        }
        self.has_published(from.saturating_add(events.len() as u64));
        Ok(false)
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
