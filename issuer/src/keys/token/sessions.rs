//! Sessions with a token: a pool of them, made anew when the token was gone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::module::Module;
use super::{Hsm, TokenError};

/// The most sessions that are kept: as many as threads sign at once.
const MAX_IDLE: usize = 32;

/// The sessions of one token.
pub(super) struct Sessions {
    module: Arc<Module>,
    token: String,
    pin: AuthPin,
    /// A PIN that was refused once is not tried again.
    locked_out: AtomicBool,
    /// With the start of the module that each is from.
    idle: Mutex<Vec<(u64, Session)>>,
}

/// Why an operation in a session failed.
pub(super) enum SessionError {
    /// What the module said. In a new session it may succeed.
    Module(Error),
    /// What no new session mends.
    Token(TokenError),
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        Self::Module(error)
    }
}

impl From<TokenError> for SessionError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl Sessions {
    pub(super) fn open(hsm: &Hsm, pin: &[u8]) -> Result<Self, TokenError> {
        let unusable =
            |error: Error| TokenError::Module { module: hsm.module.clone(), reason: error.to_string() };
        let refused = |reason: &str| TokenError::Pin { token: hsm.token.clone(), reason: reason.to_owned() };
        let pin = std::str::from_utf8(pin).map_err(|_| refused("it is not UTF-8 (PKCS#11 section 3.4)"))?;
        let sessions = Self {
            module: Module::load(&hsm.module).map_err(unusable)?,
            token: hsm.token.clone(),
            pin: AuthPin::from(pin.to_owned()),
            locked_out: AtomicBool::new(false),
            idle: Mutex::new(Vec::new()),
        };
        sessions.with(|_, _| Ok(()))?;
        Ok(sessions)
    }

    /// The token's label, or its serial number.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Runs an operation in a session, which is told the start of the module that it is from. Where it fails, the token
    /// may have been gone: then the module is started anew, and it is run once more.
    pub(super) fn with<T>(
        &self,
        operation: impl Fn(&Session, u64) -> Result<T, SessionError>,
    ) -> Result<T, TokenError> {
        let (start, outcome) = self.attempt(&operation);
        match outcome {
            Ok(done) => return Ok(done),
            Err(SessionError::Token(error)) if !error.may_pass() => return Err(error),
            Err(_) => self.module.restart(start).map_err(|error| self.failed(&error))?,
        }
        self.attempt(&operation).1.map_err(|error| match error {
            SessionError::Module(error) => self.failed(&error),
            SessionError::Token(error) => error,
        })
    }

    fn attempt<T>(
        &self,
        operation: &impl Fn(&Session, u64) -> Result<T, SessionError>,
    ) -> (u64, Result<T, SessionError>) {
        let _calls = self.module.calls();
        let start = self.module.start();
        let run = || {
            let session = match self.kept(start) {
                Some(session) => session,
                None => self.connect()?,
            };
            let done = operation(&session, start)?;
            self.give_back(start, session);
            Ok(done)
        };
        (start, run())
    }

    fn failed(&self, error: &Error) -> TokenError {
        TokenError::Failed { token: self.token.clone(), reason: error.to_string() }
    }

    /// An idle session of this start; those before it are forgotten.
    fn kept(&self, start: u64) -> Option<Session> {
        let mut idle = self.idle();
        idle.retain(|(of, _)| *of == start);
        idle.pop().map(|(_, session)| session)
    }

    fn connect(&self) -> Result<Session, TokenError> {
        // Never closed by being dropped: after a new start, its number may be another session's.
        let session =
            self.module.context.open_rw_session_no_drop(self.slot()?).map_err(|error| self.failed(&error))?;
        let refused = |reason: String| TokenError::Pin { token: self.token.clone(), reason };
        if self.locked_out.load(Ordering::Acquire) {
            return Err(refused("it refused it before".into()));
        }
        match session.login(UserType::User, Some(&self.pin)) {
            // All sessions of a process are logged in together (PKCS#11 section 5.6.8).
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(Error::Pkcs11(
                error @ (RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinLocked
                | RvError::PinExpired),
                _,
            )) => {
                self.locked_out.store(true, Ordering::Release);
                Err(refused(error.to_string()))
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn slot(&self) -> Result<Slot, TokenError> {
        let slots = self.module.context.get_slots_with_token().map_err(|error| self.failed(&error))?;
        let mut found = Vec::new();
        for slot in slots {
            // One that is unplugged meanwhile is not the one.
            let Ok(info) = self.module.context.get_token_info(slot) else { continue };
            if info.label() == self.token || info.serial_number() == self.token {
                found.push(slot);
            }
        }
        match found.as_slice() {
            [slot] => Ok(*slot),
            other => Err(TokenError::NotFound { expected: self.token.clone(), got: other.len() }),
        }
    }

    fn give_back(&self, start: u64, session: Session) {
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push((start, session));
        } else {
            // Whether it ends well does not matter to what was done in it.
            let _ = session.close();
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(u64, Session)>> {
        // Whoever held the lock only pushed or took a session.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sessions({})", self.token)
    }
}
