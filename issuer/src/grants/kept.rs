//! How a value becomes a ticket, and a ticket a value.

use hati_store::{Ticket, TicketId, TicketKind};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::GrantError;

pub(super) fn ticket(
    kind: TicketKind,
    id: TicketId,
    owner: &str,
    value: &impl Serialize,
    expires: i64,
) -> Ticket {
    // Structs of texts and numbers always have a JSON text.
    let value = serde_json::to_vec(value).unwrap_or_default();
    Ticket { id, kind, owner: owner.to_owned(), value, expires }
}

pub(super) fn read<T: DeserializeOwned>(kind: TicketKind, ticket: &Ticket) -> Result<T, GrantError> {
    if ticket.kind != kind {
        return Err(GrantError::Damaged { kind });
    }
    serde_json::from_slice(&ticket.value).map_err(|_| GrantError::Damaged { kind })
}
