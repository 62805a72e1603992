//! Sessions: a random secret that the officer's browser holds stands for the account, for a while.

use hati_formats::encoding::{b64url, b64url_decode_array};
use hati_formats::time::Timestamp;
use hati_store::{Officer, Store, StoreError, Ticket, TicketId, TicketKind, UsedUp};
use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Seconds after which a session ends in which nothing is done.
pub const IDLE: i64 = 15 * 60;

/// Seconds after which a session ends whatever is done: a working day.
pub const LONGEST: i64 = 8 * 3600;

/// Seconds after which a session in use is written down again, and no earlier, so that not every request writes.
const RENEWED_AFTER: i64 = 60;

/// The secret of a session, as the cookie holds it.
pub struct SessionSecret(Zeroizing<[u8; 32]>);

impl SessionSecret {
    /// Reads it from a cookie.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        b64url_decode_array(text).ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// It as a cookie holds it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(b64url(self.0.as_ref()))
    }

    /// What a page has to send beside the cookie with whatever changes something: another site can make a browser send
    /// the cookie, and cannot read this.
    #[must_use]
    pub fn csrf_token(&self) -> String {
        b64url(&self.csrf().finalize().into_bytes())
    }

    /// Whether this is that token, in a time that tells nothing of it.
    #[must_use]
    pub fn is_csrf_token(&self, token: &str) -> bool {
        b64url_decode_array::<32>(token).is_ok_and(|token| self.csrf().verify_slice(&token).is_ok())
    }

    fn csrf(&self) -> Hmac<Sha256> {
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(self.0.iter()).for_each(|(place, byte)| *place = *byte);
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(b"csrf");
        mac
    }

    fn id(&self) -> TicketId {
        TicketId::of(TicketKind::Session, self.0.as_ref())
    }
}

impl std::fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionSecret(secret)")
    }
}

/// Opens a session for an officer who has signed in.
///
/// # Errors
///
/// If the store cannot be written.
pub fn open(
    store: &dyn Store,
    officer: &Officer,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<SessionSecret, StoreError> {
    let mut secret = SessionSecret(Zeroizing::new([0; 32]));
    rng.fill_bytes(secret.0.as_mut());
    let ticket = Ticket {
        id: secret.id(),
        kind: TicketKind::Session,
        owner: officer.name.clone(),
        value: [&now.seconds().to_be_bytes()[..], &stamp(officer)].concat(),
        expires: now.seconds().saturating_add(IDLE),
    };
    store.keep(&[ticket], &[])?;
    Ok(secret)
}

/// Whose session this is, with the roles of this moment; it then lasts on. `None` if it ended, or the account was closed, or given
/// another password or second factor.
///
/// # Errors
///
/// If the store cannot be read or written.
pub fn resume(
    store: &dyn Store,
    secret: &SessionSecret,
    now: Timestamp,
) -> Result<Option<Officer>, StoreError> {
    let Some(ticket) = store.ticket(&secret.id(), now.seconds())? else { return Ok(None) };
    let Some(officer) = store.officer(&ticket.owner)?.filter(|officer| !officer.closed) else {
        return Ok(None);
    };
    let Some((began, opened_with)) = ticket.value.split_first_chunk() else { return Ok(None) };
    if *opened_with != stamp(&officer) {
        return Ok(None);
    }
    let began = i64::from_be_bytes(*began);
    let expires = now.seconds().saturating_add(IDLE).min(began.saturating_add(LONGEST));
    if expires >= ticket.expires.saturating_add(RENEWED_AFTER) {
        // Another request of the same session may have been first, which is as well; or the session was ended.
        let renewed = Ticket { expires, ..ticket.clone() };
        store.exchange(&ticket, &[renewed], UsedUp::default(), &[])?;
    }
    Ok(Some(officer))
}

/// What a session was opened with. An account that was given another password or second factor meanwhile has another one: so
/// a sign-in that overlaps with that, and opens its session after those before were ended, opens none.
fn stamp(officer: &Officer) -> [u8; 32] {
    let password = Sha256::digest(&officer.password);
    Sha256::new().chain_update(password).chain_update(&officer.second_factor).finalize().into()
}

/// Ends a session.
///
/// # Errors
///
/// If the store cannot be written.
pub fn close(store: &dyn Store, secret: &SessionSecret, now: Timestamp) -> Result<(), StoreError> {
    // Renewed meanwhile, it is another ticket.
    while let Some(ticket) = store.ticket(&secret.id(), now.seconds())? {
        if store.exchange(&ticket, &[], UsedUp::default(), &[])? {
            break;
        }
    }
    Ok(())
}
