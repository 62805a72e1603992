//! Whoever changes the register through the service: an officer, a feed, a person who asks for a correction.

use super::{Problem, Service};
use crate::actor::Actor;
use crate::register::Rules;
use crate::register::amend::Clerk;

impl Service {
    /// Does a clerk's work as `actor`.
    pub(super) fn as_clerk<T, E>(
        &self,
        actor: &Actor,
        work: impl FnOnce(Clerk<'_>) -> Result<T, E>,
    ) -> Result<T, Problem>
    where
        Problem: From<E>,
    {
        let (home, now) = (&self.0.home, self.now());
        let types = home.types()?;
        let clerk = Clerk {
            store: &*home.store,
            types: &types,
            sectors: &home.keys.sectors,
            rules: Rules { upi_digits: home.config.upi_digits(), today: now.date() },
            actor,
            now,
        };
        Ok(work(clerk)?)
    }
}
