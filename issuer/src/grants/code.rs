//! An authorization code (RFC 6749 section 4.1): what a citizen's sign-in gives to the wallet.

use hati_formats::encoding::{b64url, b64url_decode_array};
use hati_protocol::oauth::pkce::{CodeChallenge, CodeVerifier};
use hati_protocol::oauth::{Secret, TokenErrorCode};
use hati_store::{Ticket, TicketId, TicketKind};
use serde::{Deserialize, Serialize};

use super::{GrantError, kept};

/// What an authorization code was given for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// Who signed in.
    pub upi: String,
    /// The wallet that asked.
    pub client_id: String,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// PKCE's challenge, `S256` (RFC 7636 section 4.2).
    pub code_challenge: String,
    /// The key that the request was bound to (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
    /// The granted `credential_configuration_id`s.
    pub configurations: Vec<String>,
    /// Whether they were asked for by `authorization_details`, which the token response then has too.
    pub details_requested: bool,
}

/// A code that was exchanged. It is kept to its end, so that a second use is seen to be one.
#[derive(Serialize, Deserialize)]
struct Spent {
    #[serde(flatten)]
    code: AuthorizationCode,
    /// The ids of the tickets that it was exchanged for.
    gave: Vec<String>,
}

/// The ids of the tickets that a code was exchanged for, if it was.
pub(super) fn gave(seen: &Ticket) -> Option<Vec<TicketId>> {
    let spent: Spent = kept::read(TicketKind::AuthorizationCode, seen).ok()?;
    Some(spent.gave.iter().filter_map(|id| b64url_decode_array(id).ok().map(TicketId)).collect())
}

impl AuthorizationCode {
    /// The id of the ticket that a code is kept as.
    #[must_use]
    pub fn id(code: &Secret) -> TicketId {
        TicketId::of(TicketKind::AuthorizationCode, code.as_str().as_bytes())
    }

    /// What is kept for a code until second `expires`.
    #[must_use]
    pub fn ticket(&self, code: &Secret, expires: i64) -> Ticket {
        kept::ticket(TicketKind::AuthorizationCode, Self::id(code), &self.upi, self, expires)
    }

    /// What is kept instead of a code that was exchanged for tickets.
    pub(super) fn spent(self, seen: &Ticket, gave: &[Ticket]) -> Ticket {
        let gave = gave.iter().map(|ticket| b64url(&ticket.id.0)).collect();
        kept::ticket(seen.kind, seen.id, &seen.owner, &Spent { code: self, gave }, seen.expires)
    }

    /// What a ticket says.
    ///
    /// # Errors
    ///
    /// [`GrantError::Damaged`] if it is no such ticket.
    pub fn of(ticket: &Ticket) -> Result<Self, GrantError> {
        kept::read(TicketKind::AuthorizationCode, ticket)
    }

    /// Whether whoever shows the code is who asked for it. `jkt` is the key of the request's DPoP proof.
    ///
    /// # Errors
    ///
    /// `invalid_grant`.
    pub(super) fn check(
        &self,
        client_id: Option<&str>,
        redirect_uri: &str,
        verifier: &CodeVerifier,
        jkt: Option<&str>,
    ) -> Result<(), GrantError> {
        let refused = |reason| GrantError::refused(TokenErrorCode::InvalidGrant, reason);
        // RFC 6749 section 4.1.3.
        if client_id != Some(self.client_id.as_str()) {
            return Err(refused("the code was given to another client"));
        }
        if redirect_uri != self.redirect_uri {
            return Err(refused("redirect_uri must be that of the authorization request"));
        }
        // RFC 7636 section 4.6.
        let challenge = CodeChallenge::parse(&self.code_challenge);
        if !challenge.is_ok_and(|challenge| challenge.is_of(verifier)) {
            return Err(refused(
                "code_verifier does not belong to the code_challenge of the authorization request",
            ));
        }
        // RFC 9449 section 10.
        if self.dpop_jkt.as_deref().is_some_and(|bound| jkt != Some(bound)) {
            return Err(refused("the code is bound to another DPoP key"));
        }
        Ok(())
    }
}
