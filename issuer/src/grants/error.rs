//! Why nothing is granted.

use hati_protocol::oauth::{ErrorResponse, TokenErrorCode};
use hati_store::{StoreError, TicketKind};

/// Why nothing is granted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The standard's refusal, for the wallet.
    #[error(transparent)]
    Refused(#[from] ErrorResponse<TokenErrorCode>),
    /// As many requests of one person as may wait for an officer.
    #[error("{limit} requests wait for an officer's decision already: ask again for one of those")]
    TooManyWaiting {
        /// The most that may wait.
        limit: usize,
    },
    /// The access token was withdrawn while it was used.
    #[error("the access token was withdrawn: begin again")]
    Withdrawn,
    /// A ticket in the store holds something else.
    #[error("a ticket of kind {kind:?} in the store is damaged. Have the wallet begin again")]
    Damaged {
        /// What it should be.
        kind: TicketKind,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl GrantError {
    pub(super) fn refused(code: TokenErrorCode, reason: &str) -> Self {
        Self::Refused(ErrorResponse::new(code, reason))
    }
}
