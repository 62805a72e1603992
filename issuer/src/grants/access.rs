//! Access tokens: what a wallet shows to the issuer's endpoints.

use hati_protocol::oauth::{AuthorizationDetail, Secret};
use hati_store::{Store, Ticket, TicketId, TicketKind, UsedUp};
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
    /// Whose credentials it is for.
    pub upi: String,
    /// What it allows.
    pub granted: Granted,
    ticket: Ticket,
    usual_end: Option<i64>,
}

/// What is kept of a token that outlives its time.
#[derive(Serialize, Deserialize)]
struct Prolonged {
    #[serde(flatten)]
    granted: Granted,
    /// The second from which on it is good for the deferred credential endpoint alone.
    usual_end: Option<i64>,
}

impl AccessToken {
    /// What a token stands for, if it is valid now.
    ///
    /// # Errors
    ///
    /// [`GrantError`].
    pub fn find(store: &dyn Store, token: &Secret, now: i64) -> Result<Option<Self>, GrantError> {
        Self::of(store, &kept::id(TicketKind::AccessToken, token), now)
    }

    /// The id of the ticket that it is kept as.
    #[must_use]
    pub const fn ticket(&self) -> TicketId {
        self.ticket.id
    }

    fn of(store: &dyn Store, id: &TicketId, now: i64) -> Result<Option<Self>, GrantError> {
        let Some(ticket) = store.ticket(id, now)? else { return Ok(None) };
        let Prolonged { granted, usual_end } = kept::read(TicketKind::AccessToken, &ticket)?;
        if let Some(family) = &granted.family
            && store.ticket(&refresh::id(family), now)?.is_none()
        {
            return Ok(None);
        }
        Ok(Some(Self { upi: ticket.owner.clone(), granted, ticket, usual_end }))
    }

    /// Whether its time is over, and it only asks for what waits for an officer.
    #[must_use]
    pub fn is_for_waiting_alone(&self, now: i64) -> bool {
        self.usual_end.is_some_and(|end| now >= end)
    }

    /// Keeps a ticket that the token will be shown for. A wallet without a key has no refresh token to get another with, so
    /// its token then lives as long as that ticket. `None`, and nothing is kept, where the token was withdrawn meanwhile.
    pub(super) fn wait_for(
        &self,
        store: &dyn Store,
        waiting: &Ticket,
        now: i64,
    ) -> Result<Option<()>, GrantError> {
        if self.granted.jkt.is_some() {
            store.keep(std::slice::from_ref(waiting), &[])?;
            return Ok(Some(()));
        }
        let mut token = self.clone();
        loop {
            let Ticket { kind, id, owner, expires, .. } = &token.ticket;
            let usual_end = token.usual_end.or(Some(*expires));
            let value = Prolonged { granted: token.granted.clone(), usual_end };
            let prolonged = kept::ticket(*kind, *id, owner, &value, waiting.expires.max(*expires));
            if store.exchange(&token.ticket, &[prolonged, waiting.clone()], UsedUp::default(), &[])? {
                return Ok(Some(()));
            }
            // Another request prolonged it, or somebody withdrew it.
            match Self::of(store, &self.ticket.id, now)? {
                Some(newer) => token = newer,
                None => return Ok(None),
            }
        }
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
