//! An officer signs in: a name, a password, a code. What fails is counted, and locks.

use hati_formats::time::Timestamp;
use hati_store::{Action, Event, Officer};

use super::second_factor::SecondFactor;
use super::{Accounts, MAX_NAME, MAX_PASSWORD, SignInError, password};
use crate::actor::Actor;
use crate::guesses::Guess;

/// Attempts that may fail before an account is locked.
pub const FREE_ATTEMPTS: u32 = 5;

/// Seconds of the first lock; each failure after it doubles them.
pub const SHORTEST_LOCK: i64 = 30;

/// Seconds of the longest lock: an hour, so that a stranger cannot keep an officer out for a day. A guesser has 24 tries
/// a day then, of a million codes beside the password.
pub const LONGEST_LOCK: i64 = 3600;

impl Accounts<'_> {
    /// Signs an officer in.
    ///
    /// An attempt counts once the account, as it was read, is written back: of many at once, those that come after the
    /// lock are refused whatever they guessed.
    ///
    /// # Errors
    ///
    /// [`SignInError::Refused`] for every reason there is.
    pub fn sign_in(
        &self,
        name: &str,
        password: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Officer, SignInError> {
        let is_short = name.len() <= MAX_NAME && password.chars().count() <= MAX_PASSWORD;
        let mut account = if is_short { self.store.officer(name)? } else { None };
        let password = if is_short { password } else { "" };
        let hash = account.as_ref().map(|officer| officer.password.clone());
        let is_password = password::verify(password, hash.as_deref());
        loop {
            let Some(seen) = account.filter(|officer| Some(&officer.password) == hash.as_ref()) else {
                return self.refuse_nobody(now);
            };
            if seen.closed || seen.locked_until > now.seconds() {
                return self.refuse(name, now);
            }
            let step = self.second_factor(&seen)?.step(code, now).filter(|step| *step > seen.last_step);
            let (officer, action) = match step.filter(|_| is_password) {
                Some(step) => (Officer { last_step: step, failures: 0, ..seen.clone() }, Action::SignedIn),
                None => (failed(&seen, now), Action::SignInRefused),
            };
            let event = Event::new(now.seconds(), Actor::officer(name), action, name);
            if self.store.save_officer(Some(&seen), &officer, &[event])? {
                return if action == Action::SignedIn { Ok(officer) } else { Err(SignInError::Refused) };
            }
            account = self.store.officer(name)?;
        }
    }

    fn second_factor(&self, officer: &Officer) -> Result<SecondFactor, SignInError> {
        let unreadable = || SignInError::Unreadable {
            name: officer.name.clone(),
            reason: "its second factor was sealed under another key".to_owned(),
        };
        SecondFactor::unseal(&officer.second_factor, &officer.name, self.seal).ok_or_else(unreadable)
    }

    /// Refuses whoever gives a name that is no officer's. What was typed may be a password in the wrong field, so it is not
    /// written down; that it was, is as much work as to count what an officer got wrong.
    fn refuse_nobody(&self, now: Timestamp) -> Result<Officer, SignInError> {
        let guess = Guess::at(self.store, "names that are no officer's", Actor::SignIn, now)?;
        self.store.keep(&[guess.ticket], guess.event.as_slice())?;
        Err(SignInError::Refused)
    }

    /// Refuses an attempt that is not looked at.
    fn refuse(&self, subject: &str, now: Timestamp) -> Result<Officer, SignInError> {
        self.store.log(&[Event::new(now.seconds(), Actor::SignIn, Action::SignInRefused, subject)])?;
        Err(SignInError::Refused)
    }
}

/// The account after one more failure.
fn failed(seen: &Officer, now: Timestamp) -> Officer {
    let failures = seen.failures.saturating_add(1);
    let locked_until = match failures.checked_sub(FREE_ATTEMPTS) {
        None => seen.locked_until,
        Some(more) => now.seconds().saturating_add((SHORTEST_LOCK << more.min(16)).min(LONGEST_LOCK)),
    };
    Officer { failures, locked_until, ..seen.clone() }
}
