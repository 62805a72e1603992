//! Guesses at nobody: names of no officer, UPIs of nobody. The audit tells that there are some, once a minute, because anybody
//! could fill it with them for ever; how many there are, the counters of `/metrics` tell by route and answer.

use hati_formats::time::Timestamp;
use hati_store::{Action, Event, Store, StoreError, Ticket, TicketId, TicketKind};

use crate::actor::Actor;

/// Seconds for which one entry tells of all.
const TOLD_FOR: i64 = 60;

/// What is to be written of a guess: a ticket that says until when it was told, as much work whether or not it was, and the entry.
pub(crate) struct Guess {
    pub(crate) ticket: Ticket,
    pub(crate) event: Option<Event>,
}

impl Guess {
    /// A guess at somebody of this kind, by this actor.
    pub(crate) fn at(
        store: &dyn Store,
        nobody: &'static str,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (kind, owner) = (TicketKind::Attempts, String::new());
        let id = TicketId::of(kind, nobody.as_bytes());
        let told = store.ticket(&id, now.seconds())?;
        let event = Event::new(now.seconds(), actor, Action::SignInRefused, nobody);
        let event = told.is_none().then_some(event);
        let until = now.seconds().saturating_add(TOLD_FOR);
        let ticket = told.unwrap_or(Ticket { id, kind, owner, value: Vec::new(), expires: until });
        Ok(Self { ticket, event })
    }
}
