//! How a value becomes a ticket, and a ticket a value.

use hati_formats::encoding::b64url;
use hati_protocol::oauth::Secret;
use hati_store::{Ticket, TicketId, TicketKind};
use rand_core::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::GrantError;

/// 256 bits that nobody guesses.
pub(crate) fn secret(rng: &mut impl CryptoRng) -> Secret {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    b64url(&bytes).into()
}

pub(crate) fn id(kind: TicketKind, secret: &Secret) -> TicketId {
    TicketId::of(kind, secret.as_str().as_bytes())
}

pub(crate) fn ticket(
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

pub(crate) fn read<T: DeserializeOwned>(kind: TicketKind, ticket: &Ticket) -> Result<T, GrantError> {
    if ticket.kind != kind {
        return Err(GrantError::Damaged { kind });
    }
    serde_json::from_slice(&ticket.value).map_err(|_| GrantError::Damaged { kind })
}
