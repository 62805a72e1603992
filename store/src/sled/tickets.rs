//! Tickets in sled.

use super::change::Change;
use super::rest::FORGET_AT_ONCE;
use super::{SledStore, keys};
use crate::{Event, SeenRecord, StoreError, Ticket, TicketId, TicketKind, Tickets, UsedUp};

impl Tickets for SledStore {
    fn keep(&self, tickets: &[Ticket], events: &[Event]) -> Result<(), StoreError> {
        self.change(|change| {
            self.keep_all(change, tickets)?;
            self.log(change, events)
        })
    }

    fn ticket(&self, id: &TicketId, now: i64) -> Result<Option<Ticket>, StoreError> {
        Ok(self.tickets.get::<Ticket>(&id.0)?.filter(|ticket| ticket.expires > now))
    }

    fn exchange_as(
        &self,
        record: Option<SeenRecord<'_>>,
        seen: &Ticket,
        new: &[Ticket],
        once: UsedUp<'_>,
        events: &[Event],
    ) -> Result<bool, StoreError> {
        self.change(|change| {
            if let Some(record) = record
                && self.standing(record.upi)?.revision != record.revision
            {
                return Ok(false);
            }
            if self.tickets.get(&seen.id.0)?.as_ref() != Some(seen) {
                return Ok(false);
            }
            self.use_up_all(change, once)?;
            self.take_back(change, seen);
            self.keep_all(change, new)?;
            self.log(change, events)?;
            Ok(true)
        })
    }

    fn tickets_of(&self, owner: &str, now: i64) -> Result<Vec<Ticket>, StoreError> {
        let prefix = keys::text(owner);
        let held = self.tickets_by_owner.keys(&prefix).map(|key| {
            let key = key?;
            let ticket = self.tickets.get::<Ticket>(key.get(prefix.len()..).unwrap_or_default())?;
            Ok(ticket.filter(|ticket| ticket.expires > now))
        });
        held.filter_map(Result::transpose).collect()
    }

    fn withdraw(&self, owner: &str, kinds: &[TicketKind], events: &[Event]) -> Result<u64, StoreError> {
        self.change(|change| {
            let withdrawn = self.withdraw_all(change, owner, kinds)?;
            self.log(change, events)?;
            Ok(withdrawn)
        })
    }

    fn forget_tickets(&self, now: i64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let here = self.change(|change| {
                let mut here = 0;
                for key in self.tickets_by_expiry.keys(&[]).take(FORGET_AT_ONCE) {
                    let key = key?;
                    let Some((_, id)) = keys::expiry_of(&key).filter(|(expires, _)| *expires <= now) else {
                        break;
                    };
                    match self.tickets.get::<Ticket>(id)? {
                        Some(ticket) => self.take_back(change, &ticket),
                        None => change.remove(&self.tickets_by_expiry, &key),
                    }
                    here += 1;
                }
                Ok(here)
            })?;
            if here == 0 {
                return Ok(forgotten);
            }
            forgotten += here;
        }
    }
}

impl SledStore {
    fn keep_all<'a>(&'a self, change: &mut Change<'a>, tickets: &[Ticket]) -> Result<(), StoreError> {
        for ticket in tickets {
            if let Some(before) = self.tickets.get::<Ticket>(&ticket.id.0)? {
                self.take_back(change, &before);
            }
            change.put(&self.tickets, &ticket.id.0, ticket)?;
            change.put_key(&self.tickets_by_owner, &by_owner(ticket));
            change.put_key(&self.tickets_by_expiry, &keys::by_expiry(ticket.expires, &ticket.id.0));
        }
        Ok(())
    }

    pub(super) fn withdraw_all<'a>(
        &'a self,
        change: &mut Change<'a>,
        owner: &str,
        kinds: &[TicketKind],
    ) -> Result<u64, StoreError> {
        let mut withdrawn = 0;
        for ticket in self.tickets_of(owner, i64::MIN)?.iter().filter(|it| kinds.contains(&it.kind)) {
            self.take_back(change, ticket);
            withdrawn += 1;
        }
        Ok(withdrawn)
    }

    fn take_back<'a>(&'a self, change: &mut Change<'a>, ticket: &Ticket) {
        change.remove(&self.tickets, &ticket.id.0);
        change.remove(&self.tickets_by_owner, &by_owner(ticket));
        change.remove(&self.tickets_by_expiry, &keys::by_expiry(ticket.expires, &ticket.id.0));
    }
}

fn by_owner(ticket: &Ticket) -> Vec<u8> {
    [keys::text(&ticket.owner).as_slice(), &ticket.id.0].concat()
}
