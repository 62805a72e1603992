//! Tickets in memory.

use super::State;
use crate::{Event, MemoryStore, SeenRecord, StoreError, Ticket, TicketId, TicketKind, Tickets, UsedUp};

impl Tickets for MemoryStore {
    fn keep(&self, tickets: &[Ticket], events: &[Event]) -> Result<(), StoreError> {
        let mut state = self.state();
        let logged = state.next_events(events)?;
        state.tickets.extend(tickets.iter().map(|ticket| (ticket.id, ticket.clone())));
        state.audit.extend(logged);
        Ok(())
    }

    fn ticket(&self, id: &TicketId, now: i64) -> Result<Option<Ticket>, StoreError> {
        Ok(self.state().tickets.get(id).filter(|ticket| ticket.expires > now).cloned())
    }

    fn exchange_as(
        &self,
        record: Option<SeenRecord<'_>>,
        seen: &Ticket,
        new: &[Ticket],
        once: UsedUp<'_>,
        events: &[Event],
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let is_amended = record.is_some_and(|it| state.standing(it.upi).revision != it.revision);
        if is_amended || state.tickets.get(&seen.id) != Some(seen) {
            return Ok(false);
        }
        let logged = state.next_events(events)?;
        let used_up = state.used_up(once)?;
        state.once.extend(used_up);
        state.tickets.remove(&seen.id);
        state.tickets.extend(new.iter().map(|ticket| (ticket.id, ticket.clone())));
        state.audit.extend(logged);
        Ok(true)
    }

    fn tickets_of(&self, owner: &str, now: i64) -> Result<Vec<Ticket>, StoreError> {
        let state = self.state();
        let held = state.tickets.values().filter(|it| it.owner == owner && it.expires > now);
        Ok(held.cloned().collect())
    }

    fn withdraw(&self, owner: &str, kinds: &[TicketKind], events: &[Event]) -> Result<u64, StoreError> {
        let mut state = self.state();
        let logged = state.next_events(events)?;
        let withdrawn = state.withdraw(owner, kinds);
        state.audit.extend(logged);
        Ok(withdrawn)
    }

    fn forget_tickets(&self, now: i64) -> Result<u64, StoreError> {
        let mut state = self.state();
        let before = state.tickets.len();
        state.tickets.retain(|_, it| it.expires > now);
        Ok((before - state.tickets.len()) as u64)
    }
}

impl State {
    pub(super) fn withdraw(&mut self, owner: &str, kinds: &[TicketKind]) -> u64 {
        let before = self.tickets.len();
        self.tickets.retain(|_, it| it.owner != owner || !kinds.contains(&it.kind));
        (before - self.tickets.len()) as u64
    }
}
