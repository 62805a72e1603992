//! Officers: accounts with roles, which the command line makes, and how an officer shows who it is.
//!
//! 1. [`Accounts::add`] makes an account with a password and a second factor, whose secret is shown once.
//! 2. [`Accounts::sign_in`] takes a name, a password and the code of the moment, counts what fails, and locks.
//! 3. [`session::open`] gives the secret of a session, and [`session::resume`] who it belongs to.
//!
//! Who is refused never learns whether the name, the password or the code was wrong, nor whether there is such an
//! account.

mod account;
mod error;
mod password;
mod second_factor;
pub mod session;
mod sign_in;
#[cfg(test)]
mod tests;

use hati_store::Store;

pub use self::account::{Enrolment, MAX_NAME};
pub use self::error::{AccountError, SignInError};
pub use self::password::{MAX_PASSWORD, MIN_PASSWORD};
pub use self::sign_in::{FREE_ATTEMPTS, LONGEST_LOCK, SHORTEST_LOCK};

/// What the key that seals second factors is made for: the argument of
/// [`SectorKeys::derive`](crate::keys::SectorKeys::derive).
pub const SEALING: &str = "second factors of officers";

/// The accounts of an issuer's officers.
#[derive(Clone, Copy)]
pub struct Accounts<'a> {
    /// Where they are kept.
    pub store: &'a dyn Store,
    /// Seals the secrets of second factors.
    pub seal: &'a [u8; 32],
}

impl std::fmt::Debug for Accounts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accounts(sealed)")
    }
}
