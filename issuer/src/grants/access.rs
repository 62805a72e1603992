//! Access tokens: what a wallet shows to the issuer's endpoints.

use hati_protocol::oauth::{AuthorizationDetail, Secret};
use hati_store::{Store, Ticket, TicketId, TicketKind};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{GrantError, kept, refresh};

/// For how many seconds an access token is valid: long enough for a slow network, short enough for a stolen phone.
pub(super) const ACCESS_SECONDS: i64 = 600;

/// What was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The wallet, where it named itself.
    pub client_id: Option<String>,
    /// The thumbprint of the key that it is bound to (RFC 9449 section 6).
    pub jkt: Option<String>,
    /// The `credential_configuration_id`s.
    pub configurations: Vec<String>,
    /// Whether the token response named `credential_identifiers`.
    pub by_identifier: bool,
    /// The refresh token beside it; withdrawn with it.
    pub(super) family: Option<String>,
}

impl Granted {
    /// The details of the token response; an identifier is the id of its configuration.
    #[must_use]
    pub fn details(&self) -> Vec<AuthorizationDetail> {
        if !self.by_identifier {
            return Vec::new();
        }
        let detail = |id: &String| {
            let mut detail = AuthorizationDetail::new(id);
            detail.credential_identifiers = vec![id.clone()];
            detail
        };
        self.configurations.iter().map(detail).collect()
    }
}

/// A token that is valid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The id of the ticket that it is kept as.
    pub ticket: TicketId,
    /// Whose credentials it is for.
    pub upi: String,
    /// What it allows.
    pub granted: Granted,
}

impl AccessToken {
    /// What a token stands for, if it is valid now.
    ///
    /// # Errors
    ///
    /// [`GrantError`].
    pub fn find(store: &dyn Store, token: &Secret, now: i64) -> Result<Option<Self>, GrantError> {
        let Some(ticket) = store.ticket(&kept::id(TicketKind::AccessToken, token), now)? else {
            return Ok(None);
        };
        let granted: Granted = kept::read(TicketKind::AccessToken, &ticket)?;
        if let Some(family) = &granted.family
            && store.ticket(&refresh::id(family), now)?.is_none()
        {
            return Ok(None);
        }
        Ok(Some(Self { ticket: ticket.id, upi: ticket.owner, granted }))
    }
}

/// A new token and what is kept of it.
pub(super) fn make(upi: &str, granted: &Granted, now: i64, rng: &mut impl CryptoRng) -> (Secret, Ticket) {
    let secret = kept::secret(rng);
    let id = kept::id(TicketKind::AccessToken, &secret);
    let expires = now.saturating_add(ACCESS_SECONDS);
    let ticket = kept::ticket(TicketKind::AccessToken, id, upi, granted, expires);
    (secret, ticket)
}
