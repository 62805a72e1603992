//! Refresh tokens: one for each redeemed code, with a new secret at every use.
//!
//! A wallet that does not hear the answer shows its secret again. It is bound to the wallet's key (RFC 9449 section 5), so
//! the predecessor stays good until one of those that were given for it is used; what is older ends the family (RFC
//! 9700 section 4.14.2).

use hati_formats::encoding::{b64url, b64url_decode};
use hati_protocol::oauth::Secret;
use hati_store::{Ticket, TicketId, TicketKind};
use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{GrantError, Granted, kept};

/// For how many seconds a refresh token is valid after its last use: half a year, in which a pool runs low.
const REFRESH_SECONDS: i64 = 180 * 86_400;

/// How many secrets may be good at once: as many answers in a row may be lost, and each of them still arrive late.
const MAX_GOOD: usize = 8;

const RANDOM: usize = 32;

/// What a refresh token stands for. It is kept under its family, which stays, and not under its secret, which
/// changes: so a secret of the past is seen to be one.
#[derive(Serialize, Deserialize)]
pub(super) struct RefreshToken {
    /// What it gives anew.
    pub(super) granted: Granted,
    /// The key of the tags in the family's secrets: a secret of the past is told by it from an invented one. Who reads it in
    /// the store can make secrets of the past alone.
    key: String,
    /// SHA-256 of the secrets that are good. More than one where the answer with the first may have been lost.
    good: Vec<String>,
    /// SHA-256 of the secret that they were given for.
    before: Option<String>,
}

/// What a secret of a family is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Good, or the one before while none of those that followed was used.
    Good,
    /// Given once, and used since.
    Older,
    /// Never given.
    Invented,
}

impl RefreshToken {
    /// A new family.
    pub(super) fn begin(granted: &Granted, rng: &mut impl CryptoRng) -> (Secret, Self) {
        let key = kept::secret(rng).as_str().to_owned();
        let secret = make(&key, rng);
        let good = vec![digest(secret.as_str())];
        (secret, Self { granted: granted.clone(), key, good, before: None })
    }

    /// What follows when a secret that is [`Shown::Good`] is used.
    pub(super) fn follow(self, used: &str, rng: &mut impl CryptoRng) -> (Secret, Self) {
        let (secret, used) = (make(&self.key, rng), digest(used));
        let mut good = if self.before.as_ref() == Some(&used) { self.good } else { Vec::new() };
        good.truncate(MAX_GOOD - 1);
        good.insert(0, digest(secret.as_str()));
        (secret, Self { good, before: Some(used), ..self })
    }

    pub(super) fn of(ticket: &Ticket) -> Result<Self, GrantError> {
        kept::read(TicketKind::RefreshToken, ticket)
    }

    /// What is kept of it in its family.
    pub(super) fn ticket(&self, upi: &str, family: &str, now: i64) -> Ticket {
        let expires = now.saturating_add(REFRESH_SECONDS);
        kept::ticket(TicketKind::RefreshToken, id(family), upi, self, expires)
    }

    /// What somebody shows. Digests are compared, so time tells nothing about them.
    pub(super) fn what_is(&self, secret: &str) -> Shown {
        let shown = digest(secret);
        if self.good.contains(&shown) || self.before.as_ref() == Some(&shown) {
            Shown::Good
        } else if has_tag(&self.key, secret) {
            Shown::Older
        } else {
            Shown::Invented
        }
    }
}

/// The id of the ticket of a family.
pub(super) fn id(family: &str) -> TicketId {
    TicketId::of(TicketKind::RefreshToken, family.as_bytes())
}

/// The token of a secret in a family.
pub(super) fn join(family: &str, secret: &Secret) -> Secret {
    format!("{family}.{}", secret.as_str()).into()
}

/// Family and secret of a token.
pub(super) fn split(token: &Secret) -> Option<(&str, &str)> {
    token.as_str().split_once('.')
}

/// 256 random bits, and a tag over them.
fn make(key: &str, rng: &mut impl CryptoRng) -> Secret {
    let mut random = [0; RANDOM];
    rng.fill_bytes(&mut random);
    let tag = mac(key, &random).map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    b64url(&[&random[..], &tag].concat()).into()
}

fn has_tag(key: &str, secret: &str) -> bool {
    let Ok(bytes) = b64url_decode(secret) else { return false };
    let Some((random, tag)) = bytes.split_at_checked(RANDOM) else { return false };
    mac(key, random).is_some_and(|mac| mac.verify_slice(tag).is_ok())
}

fn mac(key: &str, random: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of every length.
    Hmac::new_from_slice(key.as_bytes()).ok().map(|mac: Hmac<Sha256>| mac.chain_update(random))
}

fn digest(secret: &str) -> String {
    b64url(&Sha256::digest(secret.as_bytes()))
}
