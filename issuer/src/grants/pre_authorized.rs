//! The pre-authorized code of an offer, and its transaction code.

use hati_formats::encoding::{b64url, b64url_decode};
use hati_protocol::oauth::Secret;
use hati_store::{Ticket, TicketKind};
use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{GrantError, kept};

/// Wrong transaction codes after which the offer is gone: with six digits, one in 200,000 guesses right.
const MAX_ATTEMPTS: u8 = 5;

pub(super) const TX_CODE_DIGITS: u32 = 6;

/// What a pre-authorized code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PreAuthorized {
    pub(super) configurations: Vec<String>,
    /// HMAC of the transaction code under the code, which the store does not have.
    tx_code: Option<String>,
    attempts: u8,
}

impl PreAuthorized {
    pub(super) fn new(configurations: &[String], code: &Secret, tx_code: Option<&Secret>) -> Self {
        // An empty tag, which nothing has, rather than none.
        let tag = |typed: &Secret| {
            mac(code, typed.as_str()).map(|mac| b64url(&mac.finalize().into_bytes())).unwrap_or_default()
        };
        Self { configurations: configurations.to_vec(), tx_code: tx_code.map(tag), attempts: 0 }
    }

    pub(super) fn of(ticket: &Ticket) -> Result<Self, GrantError> {
        kept::read(TicketKind::PreAuthorizedCode, ticket)
    }

    pub(super) const fn has_tx_code(&self) -> bool {
        self.tx_code.is_some()
    }

    /// Whether this is the transaction code, compared in constant time.
    pub(super) fn is_tx_code(&self, code: &Secret, typed: Option<&Secret>) -> bool {
        match (&self.tx_code, typed) {
            (None, None) => true,
            (Some(tag), Some(typed)) => {
                let tag = b64url_decode(tag).unwrap_or_default();
                mac(code, typed.as_str()).is_some_and(|mac| mac.verify_slice(&tag).is_ok())
            }
            _ => false,
        }
    }

    /// What is kept instead after a wrong transaction code; nothing after the last attempt.
    pub(super) fn after_wrong(mut self, seen: &Ticket) -> Option<Ticket> {
        self.attempts = self.attempts.saturating_add(1);
        let again = || kept::ticket(seen.kind, seen.id, &seen.owner, &self, seen.expires);
        (self.attempts < MAX_ATTEMPTS).then(again)
    }
}

/// The code of an offer is made of its id, so that the store has neither.
pub(super) fn code_of(id: &Secret) -> Secret {
    let tag = mac(id, "pre-authorized code").map(|mac| mac.finalize().into_bytes());
    tag.map(|tag| b64url(&tag)).unwrap_or_default().into()
}

/// A transaction code, for a person to type.
pub(super) fn new_tx_code(rng: &mut impl CryptoRng) -> Secret {
    // The remainder favours small codes by less than one in 10^13.
    let number = rng.next_u64() % 10_u64.pow(TX_CODE_DIGITS);
    format!("{number:0width$}", width = TX_CODE_DIGITS as usize).into()
}

fn mac(key: &Secret, text: &str) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of every length.
    Hmac::new_from_slice(key.as_str().as_bytes()).ok().map(|mac: Hmac<Sha256>| mac.chain_update(text))
}
