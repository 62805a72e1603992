//! Accounts are made and changed.

use hati_formats::time::Timestamp;
use hati_store::{Action, Event, Officer, Role, TicketKind};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::second_factor::SecondFactor;
use super::{AccountError, Accounts, password};
use crate::actor::Actor;

/// Characters of the longest name.
pub const MAX_NAME: usize = 64;

/// What a new second factor is enrolled with, shown once.
pub struct Enrolment {
    /// The URI for an authenticator app, which names the secret.
    pub uri: Zeroizing<String>,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(secret)")
    }
}

impl Accounts<'_> {
    /// Makes an account. `issuer` is the name that the authenticator app shows.
    ///
    /// # Errors
    ///
    /// [`AccountError::Taken`], also for an account that was closed: the audit knows it by that name.
    pub fn add(
        &self,
        (name, password): (&str, &str),
        roles: &[Role],
        issuer: &str,
        (actor, now): (&Actor, Timestamp),
        rng: &mut impl CryptoRng,
    ) -> Result<Enrolment, AccountError> {
        check_name(name)?;
        password::check(name, password)?;
        if self.store.officer(name)?.is_some() {
            return Err(AccountError::Taken { name: name.to_owned() });
        }
        let factor = SecondFactor::generate(rng);
        let officer = Officer {
            name: name.to_owned(),
            roles: sorted(roles),
            password: password::hash(password, rng)?,
            second_factor: factor.seal(name, self.seal, rng)?,
            last_step: 0,
            failures: 0,
            locked_until: 0,
            closed: false,
        };
        self.save(None, &officer, "made", actor, now)?;
        Ok(Enrolment { uri: factor.uri(issuer, name) })
    }

    /// Gives an account other roles, and ends its sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`], [`AccountError::Changed`].
    pub fn set_roles(
        &self,
        name: &str,
        roles: &[Role],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let seen = self.account(name)?;
        let officer = Officer { roles: sorted(roles), ..seen.clone() };
        self.save(Some(&seen), &officer, "roles", actor, now)
    }

    /// Gives an account another password and another second factor, opens it again, and ends its sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`], [`AccountError::Changed`], or if the password is refused.
    pub fn reset(
        &self,
        (name, password): (&str, &str),
        issuer: &str,
        (actor, now): (&Actor, Timestamp),
        rng: &mut impl CryptoRng,
    ) -> Result<Enrolment, AccountError> {
        let seen = self.account(name)?;
        password::check(name, password)?;
        let factor = SecondFactor::generate(rng);
        let officer = Officer {
            password: password::hash(password, rng)?,
            second_factor: factor.seal(name, self.seal, rng)?,
            last_step: 0,
            failures: 0,
            locked_until: 0,
            closed: false,
            ..seen.clone()
        };
        self.save(Some(&seen), &officer, "reset", actor, now)?;
        Ok(Enrolment { uri: factor.uri(issuer, name) })
    }

    /// Lets an account be signed in to again that guessing has locked.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`], [`AccountError::Changed`].
    pub fn unlock(&self, name: &str, actor: &Actor, now: Timestamp) -> Result<(), AccountError> {
        let seen = self.account(name)?;
        let officer = Officer { failures: 0, locked_until: 0, ..seen.clone() };
        self.save(Some(&seen), &officer, "unlocked", actor, now)
    }

    /// Gives an account another second factor, and ends its sessions. Its password stays.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`], [`AccountError::Changed`].
    pub fn renew_second_factor(
        &self,
        name: &str,
        issuer: &str,
        (actor, now): (&Actor, Timestamp),
        rng: &mut impl CryptoRng,
    ) -> Result<Enrolment, AccountError> {
        let seen = self.account(name)?;
        let factor = SecondFactor::generate(rng);
        let second_factor = factor.seal(name, self.seal, rng)?;
        let officer = Officer { second_factor, last_step: 0, ..seen.clone() };
        self.save(Some(&seen), &officer, "second factor", actor, now)?;
        Ok(Enrolment { uri: factor.uri(issuer, name) })
    }

    /// Closes an account, and ends its sessions.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`], [`AccountError::Changed`].
    pub fn close(&self, name: &str, actor: &Actor, now: Timestamp) -> Result<(), AccountError> {
        let seen = self.account(name)?;
        let officer = Officer { closed: true, ..seen.clone() };
        self.save(Some(&seen), &officer, "closed", actor, now)
    }

    fn account(&self, name: &str) -> Result<Officer, AccountError> {
        let unknown = || AccountError::Unknown { name: super::account::shown(name) };
        self.store.officer(name)?.ok_or_else(unknown)
    }

    fn save(
        &self,
        seen: Option<&Officer>,
        officer: &Officer,
        what: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let name = officer.name.clone();
        let event = Event::new(now.seconds(), actor, Action::OfficerChanged, format!("{name}, {what}"));
        if !self.store.save_officer(seen, officer, &[event])? {
            return Err(match seen {
                None => AccountError::Taken { name },
                Some(_) => AccountError::Changed { name },
            });
        }
        self.store.withdraw(&name, &[TicketKind::Session], &[])?;
        Ok(())
    }
}

/// A name that no UPI can be, because sessions and what people hold are kept together.
pub(super) fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !starts || name.len() > MAX_NAME || !name.chars().all(fits) {
        return Err(AccountError::Name { expected: MAX_NAME, got: shown(name) });
    }
    if Actor::KINDS.contains(&name) {
        return Err(AccountError::Reserved { got: name.to_owned() });
    }
    Ok(())
}

fn shown(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

fn sorted(roles: &[Role]) -> Vec<Role> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    roles
}
