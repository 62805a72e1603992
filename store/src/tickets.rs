//! Tickets: what a secret that somebody holds stands for, until it expires.

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::{Event, StoreError, UsedUp};

/// Keeps tickets under the digest of the secret, so that whoever reads the store can use none.
pub trait Tickets {
    /// Keeps tickets; one with the id of another takes its place.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn keep(&self, tickets: &[Ticket], events: &[Event]) -> Result<(), StoreError>;

    /// The ticket of this id, unless it has expired.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn ticket(&self, id: &TicketId, now: i64) -> Result<Option<Ticket>, StoreError>;

    /// Takes a ticket back and keeps others instead, all or nothing: a code for tokens, a count of attempts for
    /// a higher one. `false`, and nothing is done, unless the ticket is exactly as it was `seen`: of two who show
    /// the same ticket one is served.
    ///
    /// # Errors
    ///
    /// [`StoreError::Replayed`] if one of the values was used before; if the store cannot be written. Then nothing is
    /// done either.
    fn exchange(
        &self,
        seen: &Ticket,
        new: &[Ticket],
        once: UsedUp<'_>,
        events: &[Event],
    ) -> Result<bool, StoreError> {
        self.exchange_as(None, seen, new, once, events)
    }

    /// The same, for somebody whose record has a revision: `false` also if it has another one meanwhile, which may make it
    /// another person's. Nobody amends it before the exchange is done.
    ///
    /// # Errors
    ///
    /// As for [`exchange`](Self::exchange).
    fn exchange_as(
        &self,
        record: Option<SeenRecord<'_>>,
        seen: &Ticket,
        new: &[Ticket],
        once: UsedUp<'_>,
        events: &[Event],
    ) -> Result<bool, StoreError>;

    /// What somebody holds, in the order of the ids.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn tickets_of(&self, owner: &str, now: i64) -> Result<Vec<Ticket>, StoreError>;

    /// Takes back whatever somebody holds of these kinds, and tells how much that was.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn withdraw(&self, owner: &str, kinds: &[TicketKind], events: &[Event]) -> Result<u64, StoreError>;

    /// Forgets what expired at `now` or before, and tells how much that was.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn forget_tickets(&self, now: i64) -> Result<u64, StoreError>;
}

/// A record as it was when somebody showed that it is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenRecord<'a> {
    /// Whose.
    pub upi: &'a str,
    /// Its revision then.
    pub revision: u64,
}

/// What a secret stands for.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ticket {
    /// Made of its kind and the secret.
    #[n(0)]
    pub id: TicketId,
    /// What it is.
    #[n(1)]
    pub kind: TicketKind,
    /// Whose it is: a UPI, an officer, or nobody's yet.
    #[n(2)]
    pub owner: String,
    /// What the secret stands for, as whoever keeps it writes it.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub value: Vec<u8>,
    /// First second at which it is nothing any more.
    #[n(4)]
    pub expires: i64,
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ticket({:?}, {} bytes, until {})", self.kind, self.value.len(), self.expires)
    }
}

/// Names a ticket without being of use for showing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct TicketId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl TicketId {
    /// SHA-256 of the kind and the secret: a secret of one kind is none of another.
    #[must_use]
    pub fn of(kind: TicketKind, secret: &[u8]) -> Self {
        Self(Sha256::new().chain_update([kind.number()]).chain_update(secret).finalize().into())
    }
}

/// What a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum TicketKind {
    /// A credential offer that is fetched by reference (OpenID4VCI 1.0 section 4.1.3).
    #[n(0)]
    Offer,
    /// A pre-authorized code (OpenID4VCI 1.0 section 3.5).
    #[n(1)]
    PreAuthorizedCode,
    /// A pushed authorization request (RFC 9126).
    #[n(2)]
    PushedRequest,
    /// An authorization under way: a person is signing in.
    #[n(3)]
    SigningIn,
    /// An authorization code (RFC 6749 section 4.1).
    #[n(4)]
    AuthorizationCode,
    /// An access token.
    #[n(5)]
    AccessToken,
    /// A refresh token.
    #[n(6)]
    RefreshToken,
    /// A deferred issuance (OpenID4VCI 1.0 section 9).
    #[n(7)]
    Transaction,
    /// What a wallet will say of its credentials (OpenID4VCI 1.0 section 11).
    #[n(8)]
    Notification,
    /// A person's activation code from the service centre.
    #[n(9)]
    Activation,
    /// A person's failed attempts.
    #[n(10)]
    Attempts,
    /// An officer's session.
    #[n(11)]
    Session,
    /// A session of an aggregator's USSD.
    #[n(12)]
    Ussd,
}

impl TicketKind {
    /// What lets a wallet ask for a person's credentials. What a person signs in with is none of it.
    pub const GRANTS: [Self; 6] = [
        Self::Offer,
        Self::PreAuthorizedCode,
        Self::AuthorizationCode,
        Self::AccessToken,
        Self::RefreshToken,
        Self::Transaction,
    ];

    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Offer => 0,
            Self::PreAuthorizedCode => 1,
            Self::PushedRequest => 2,
            Self::SigningIn => 3,
            Self::AuthorizationCode => 4,
            Self::AccessToken => 5,
            Self::RefreshToken => 6,
            Self::Transaction => 7,
            Self::Notification => 8,
            Self::Activation => 9,
            Self::Attempts => 10,
            Self::Session => 11,
            Self::Ussd => 12,
        }
    }
}
