//! Deferred issuance: what waits for an officer (OpenID4VCI 1.0 section 9).

use hati_formats::keys::PublicKey;
use hati_protocol::oauth::Secret;
use hati_protocol::openid4vci::proof::HolderKey;
use hati_store::{Store, Ticket, TicketKind, UsedUp};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AccessToken, GrantError, kept};
use crate::issuance::HolderKeys;

/// For how many seconds it is remembered that somebody waits: an officer's month.
const TRANSACTION_SECONDS: i64 = 30 * 86_400;

/// For how many seconds what was answered is answered again: an answer can be lost, and a wallet asks a few times.
const AGAIN_SECONDS: i64 = 600;

/// The most that may wait for one person: each type in each format, for a few phones.
const MAX_WAITING: usize = 32;

/// Copies that were asked for, with keys that were proven.
#[derive(Debug)]
pub struct Transaction {
    ticket: Ticket,
    waiting: Waiting,
}

#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    configuration: String,
    keys: Vec<Value>,
    /// The DIDs by which the keys were named, in their order; none in what an older version of this program kept.
    #[serde(default)]
    dids: Vec<Option<String>>,
    jkt: Option<String>,
}

impl Transaction {
    /// Keeps what was asked for, and gives the id to ask again with: until an officer has decided, a wallet without a key
    /// too, whose access token is over before any officer has.
    ///
    /// # Errors
    ///
    /// [`GrantError::TooManyWaiting`]; [`GrantError::Withdrawn`]; if the store cannot be written.
    pub fn open(
        store: &dyn Store,
        token: &AccessToken,
        configuration: &str,
        keys: &HolderKeys,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Secret, GrantError> {
        let held = store.tickets_of(&token.upi, now)?;
        if held.iter().filter(|ticket| ticket.kind == TicketKind::Transaction).count() >= MAX_WAITING {
            return Err(GrantError::TooManyWaiting { limit: MAX_WAITING });
        }
        let secret = kept::secret(rng);
        let waiting = Waiting {
            configuration: configuration.to_owned(),
            keys: keys.as_slice().iter().map(|holder| holder.key.to_jwk()).collect(),
            dids: keys.as_slice().iter().map(|holder| holder.did.clone()).collect(),
            jkt: token.granted.jkt.clone(),
        };
        let id = kept::id(TicketKind::Transaction, &secret);
        let expires = now.saturating_add(TRANSACTION_SECONDS);
        let ticket = kept::ticket(TicketKind::Transaction, id, &token.upi, &waiting, expires);
        token.wait_for(store, &ticket, now)?.map(|()| secret).ok_or(GrantError::Withdrawn)
    }

    /// What an id stands for, if it is of the person and the key that the token is of.
    ///
    /// # Errors
    ///
    /// [`GrantError`].
    pub fn find(
        store: &dyn Store,
        id: &str,
        token: &AccessToken,
        now: i64,
    ) -> Result<Option<Self>, GrantError> {
        let id = kept::id(TicketKind::Transaction, &Secret::from(id));
        let Some(ticket) = store.ticket(&id, now)? else { return Ok(None) };
        let waiting: Waiting = kept::read(TicketKind::Transaction, &ticket)?;
        let is_theirs = ticket.owner == token.upi && waiting.jkt == token.granted.jkt;
        Ok(is_theirs.then_some(Self { ticket, waiting }))
    }

    /// The configuration that was asked for.
    #[must_use]
    pub fn configuration(&self) -> &str {
        &self.waiting.configuration
    }

    /// The keys that were proven.
    ///
    /// # Errors
    ///
    /// [`GrantError::Damaged`].
    pub fn keys(&self) -> Result<HolderKeys, GrantError> {
        let damaged = || GrantError::Damaged { kind: TicketKind::Transaction };
        let dids = self.waiting.dids.iter().cloned().chain(std::iter::repeat(None));
        let holder = |(jwk, did)| PublicKey::from_jwk(jwk).map(|key| HolderKey { key, did });
        let keys = self.waiting.keys.iter().zip(dids).map(holder).collect::<Result<_, _>>();
        HolderKeys::new(keys.map_err(|_| damaged())?).map_err(|_| damaged())
    }

    /// The wallet was answered. Whether the answer arrives nobody knows, so it may ask again for a while: it gets other copies
    /// for the same keys, which are counted as any. Not before they are signed and can be given out, so that whatever fails
    /// before that costs a wallet nothing.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn answered(&self, store: &dyn Store, now: i64) -> Result<(), GrantError> {
        let expires = self.ticket.expires.min(now.saturating_add(AGAIN_SECONDS));
        if expires < self.ticket.expires {
            // Whoever was faster was answered too.
            let kept = Ticket { expires, ..self.ticket.clone() };
            store.exchange(&self.ticket, &[kept], UsedUp::default(), &[])?;
        }
        Ok(())
    }

    /// Nobody waits any more.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn close(&self, store: &dyn Store) -> Result<(), GrantError> {
        // Whoever closed it before did the same.
        store.exchange(&self.ticket, &[], UsedUp::default(), &[])?;
        Ok(())
    }
}
