//! Refresh tokens: one for each redeemed code, with a new secret at every use.

use hati_formats::encoding::b64url;
use hati_protocol::oauth::Secret;
use hati_store::{Ticket, TicketId, TicketKind};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{GrantError, Granted, kept};

/// For how many seconds a refresh token is valid after its last use: half a year, in which a pool runs low.
pub(super) const REFRESH_SECONDS: i64 = 180 * 86_400;

/// What a refresh token stands for. It is kept under its family, which stays, and not under its secret, which
/// changes: so a secret of the past is seen to be one (RFC 9700 section 4.14.2).
#[derive(Serialize, Deserialize)]
pub(super) struct RefreshToken {
    /// What it gives anew.
    pub(super) granted: Granted,
    /// SHA-256 of the one secret that is good.
    digest: String,
}

impl RefreshToken {
    pub(super) fn of(ticket: &Ticket) -> Result<Self, GrantError> {
        kept::read(TicketKind::RefreshToken, ticket)
    }

    /// Whether this is the newest secret. Digests are compared, so time tells nothing about it.
    pub(super) fn is_newest(&self, secret: &str) -> bool {
        self.digest == digest(secret)
    }
}

/// The id of the ticket of a family.
pub(super) fn id(family: &str) -> TicketId {
    TicketId::of(TicketKind::RefreshToken, family.as_bytes())
}

/// Family and secret of a token: 256 bits each, with a dot between them.
pub(super) fn split(token: &Secret) -> Option<(&str, &str)> {
    token.as_str().split_once('.')
}

/// A new secret in a family, and what is kept of it.
pub(super) fn make(
    upi: &str,
    family: &str,
    granted: &Granted,
    now: i64,
    rng: &mut impl CryptoRng,
) -> (Secret, Ticket) {
    let secret = kept::secret(rng);
    let value = RefreshToken { granted: granted.clone(), digest: digest(secret.as_str()) };
    let expires = now.saturating_add(REFRESH_SECONDS);
    let ticket = kept::ticket(TicketKind::RefreshToken, id(family), upi, &value, expires);
    (format!("{family}.{}", secret.as_str()).into(), ticket)
}

fn digest(secret: &str) -> String {
    b64url(&Sha256::digest(secret.as_bytes()))
}
