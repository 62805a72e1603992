//! Activation codes: what a service centre gives a person to sign in with from home.
//!
//! A code is short, because a person types it. So the store holds HMACs under a key of the issuer's folder and never a
//! bare digest, which whoever reads the store could try all codes against; and wrong codes lock the person's record for a
//! growing time. What is refused, and how long that takes, is the same whether the person exists or not.

mod attempts;
mod code;

use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_store::{Action, Event, Store, StoreError, Ticket, TicketId, TicketKind, UsedUp};
use hmac::Mac;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use self::attempts::{FORGOTTEN_AFTER, Record};
pub use self::attempts::{FREE_ATTEMPTS, locked_for};
pub use self::code::{ActivationCode, Mistyped};
use crate::actor::Actor;
use crate::guesses::Guess;
use crate::home::Home;
use crate::keys::hmac;

/// Days that a code holds unless told otherwise.
pub const DEFAULT_DAYS: u32 = 365;

/// The most days that a code may hold: whoever has not used it for ten years comes again.
pub const MAX_DAYS: u32 = 3_653;

/// How often an attempt is made again because another of the same person's came between. Each of those others counts
/// towards the lock, so it stands long before.
const MAX_ROUNDS: u32 = 64;

/// Why no code is made, or why nobody is signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationError {
    /// The register has no such person, or not any more.
    #[error("UPI {upi} is not that of a living person in the register. Check its digits")]
    Unknown {
        /// The UPI.
        upi: String,
    },
    /// It would hold for no time, or for too long.
    #[error("an activation code may hold for 1 to {MAX_DAYS} days, got {got}")]
    Days {
        /// What was asked for.
        got: u32,
    },
    /// The text is no code. This costs no attempt: nothing was guessed.
    #[error(transparent)]
    Mistyped(#[from] Mistyped),
    /// Person and code do not belong together, or there is no such person, or the code has expired.
    #[error(
        "UPI and activation code do not belong together. Check both, or ask a service centre for a new code"
    )]
    Wrong,
    /// The code is right, and the person dead.
    #[error(
        "the death of this person is registered, so nobody signs in for them. If that is wrong, go to a service centre"
    )]
    Died,
    /// Too many wrong codes.
    #[error("too many wrong activation codes. Wait until {until}, or ask a service centre for a new code")]
    Locked {
        /// When the next attempt is heard.
        until: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(ActivationError {
    Self::Unknown { .. } => "person_unknown",
    Self::Days { .. } => "activation_days_refused",
    Self::Mistyped(_) => "activation_code_mistyped",
    Self::Wrong => "activation_code_wrong",
    Self::Died => "person_died",
    Self::Locked { .. } => "activation_locked",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
});

/// A person who showed who they are. Only [`Activation::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citizen {
    upi: String,
    revision: u64,
}

impl Citizen {
    /// Whose record is theirs.
    #[must_use]
    pub fn upi(&self) -> &str {
        &self.upi
    }

    /// The revision of the record that was theirs: with another one it may be another person's.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }
}

/// What became of an attempt.
enum Heard {
    /// With the revision of the record, read before the code was looked at.
    Right(u64),
    Dead,
    Wrong,
}

/// Makes and checks activation codes.
pub struct Activation<'a> {
    store: &'a dyn Store,
    key: Zeroizing<[u8; 32]>,
    upi_digits: usize,
}

impl<'a> Activation<'a> {
    /// Of an issuer.
    #[must_use]
    pub fn of(home: &'a Home) -> Self {
        Self {
            store: &*home.store,
            key: home.keys.sectors.derive("activation codes"),
            upi_digits: home.config.upi_digits(),
        }
    }

    /// Makes a code for a person, which takes the place of the one before it and of its failed attempts.
    ///
    /// # Errors
    ///
    /// [`ActivationError::Unknown`] and [`ActivationError::Days`].
    pub fn make(
        &self,
        upi: &str,
        days: u32,
        actor: &Actor,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<ActivationCode, ActivationError> {
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(ActivationError::Days { got: days });
        }
        let registered = self.store.registered(upi)?;
        if registered.is_none_or(|registered| registered.standing.died.is_some()) {
            return Err(ActivationError::Unknown { upi: upi.to_owned() });
        }
        let code = ActivationCode::generate(rng);
        let ticket = Ticket {
            id: self.id(TicketKind::Activation, upi),
            kind: TicketKind::Activation,
            owner: upi.to_owned(),
            value: Record::new(self.tag(upi, &code)).to_bytes(),
            expires: now.plus_seconds(i64::from(days) * SECONDS_PER_DAY).seconds(),
        };
        let subject = format!("{upi}, activation code");
        self.store.keep(&[ticket], &[Event::new(now.seconds(), actor, Action::Offered, subject)])?;
        Ok(code)
    }

    /// Signs a person in.
    ///
    /// # Errors
    ///
    /// [`ActivationError::Mistyped`], [`ActivationError::Wrong`], [`ActivationError::Died`] and [`ActivationError::Locked`]. Attempts that come at
    /// the same time are heard one after the other, so each counts.
    pub fn check(&self, upi: &str, typed: &str, now: Timestamp) -> Result<Citizen, ActivationError> {
        let code = ActivationCode::parse(typed)?;
        if upi.len() != self.upi_digits || !upi.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ActivationError::Wrong);
        }
        let tag = self.tag(upi, &code);
        for _ in 0..MAX_ROUNDS {
            match self.attempt(upi, &tag, now)? {
                Some(Heard::Right(revision)) => return Ok(Citizen { upi: upi.to_owned(), revision }),
                Some(Heard::Dead) => return Err(ActivationError::Died),
                Some(Heard::Wrong) => return Err(ActivationError::Wrong),
                None => {}
            }
        }
        Err(ActivationError::Locked { until: now.plus_seconds(locked_for(FREE_ATTEMPTS)) })
    }

    /// What became of an attempt; nothing if another one came between.
    fn attempt(&self, upi: &str, tag: &[u8; 32], now: Timestamp) -> Result<Option<Heard>, ActivationError> {
        // All is read whoever it is, so that who has no code is not told by the time it takes.
        let standing = self.store.registered(upi)?.map(|it| it.standing);
        let revision = standing.as_ref().map_or(0, |it| it.revision);
        let is_dead = standing.as_ref().is_some_and(|it| it.died.is_some());
        let there = self.store.ticket(&self.id(TicketKind::Activation, upi), now.seconds())?;
        let decoy = self.store.ticket(&self.id(TicketKind::Attempts, upi), now.seconds())?;
        let (seen, is_new) = match there.or(decoy) {
            Some(seen) => (seen, false),
            None => (self.decoy(upi, now), true),
        };
        let record = Record::from_bytes(&seen.value)?;
        if let Some(until) = record.locked_until(now) {
            return Err(ActivationError::Locked { until });
        }
        let is_right = record.is_of(tag) && seen.kind == TicketKind::Activation;
        let (heard, record, action) = match (is_right, is_dead) {
            (true, false) => (Heard::Right(revision), record.forgiven(), Action::SignedIn),
            (true, true) => (Heard::Dead, record, Action::SignInRefused),
            (false, _) => (Heard::Wrong, record.failed(now), Action::SignInRefused),
        };
        let next = Ticket { value: record.to_bytes(), expires: expiry(&seen, &record), ..seen.clone() };
        // What is guessed at nobody is no entry each: anybody could fill the audit with it.
        let (next, events) = if standing.is_some() {
            (vec![next], vec![Event::new(now.seconds(), Actor::Citizen, action, upi)])
        } else {
            let guess = Guess::at(self.store, "UPIs of nobody", Actor::Citizen, now)?;
            (vec![next, guess.ticket], guess.event.into_iter().collect())
        };
        // Where there is no code, nothing can be guessed: of attempts at the same time, the last one counts.
        if is_new {
            self.store.keep(&next, &events)?;
            return Ok(Some(Heard::Wrong));
        }
        // A right code is written too, unchanged: it is right only if no wrong one came before it meanwhile.
        Ok(self.store.exchange(&seen, &next, UsedUp::default(), &events)?.then_some(heard))
    }

    /// What counts the attempts of somebody who has no code, or does not exist.
    fn decoy(&self, upi: &str, now: Timestamp) -> Ticket {
        Ticket {
            id: self.id(TicketKind::Attempts, upi),
            kind: TicketKind::Attempts,
            owner: String::new(),
            value: Record::new([0; 32]).to_bytes(),
            expires: now.plus_seconds(FORGOTTEN_AFTER).seconds(),
        }
    }

    /// One for each person, so that a new code takes the place of the old.
    fn id(&self, kind: TicketKind, upi: &str) -> TicketId {
        TicketId::of(kind, &self.mac(&[b"person", upi.as_bytes()]))
    }

    fn tag(&self, upi: &str, code: &ActivationCode) -> [u8; 32] {
        self.mac(&[b"code", upi.as_bytes(), code.as_bytes()])
    }

    /// Digits, letters and fixed words have no zero byte, so no two lists of parts make one text.
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = hmac(&self.key);
        for part in parts {
            mac.update(part);
            mac.update(&[0]);
        }
        mac.finalize().into_bytes().into()
    }
}

/// A code expires when it does; a count without one when nobody is locked any more.
fn expiry(seen: &Ticket, record: &Record) -> i64 {
    match seen.kind {
        TicketKind::Activation => seen.expires,
        _ => seen.expires.max(record.forget_at()),
    }
}
