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
