//! Why an account is not made or changed, and why somebody is not signed in.

use hati_store::StoreError;

use super::password::{MAX_PASSWORD, MIN_PASSWORD};
use super::sign_in::LONGEST_LOCK;

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The name is none.
    #[error(
        "officer's name: expected 1 to {expected} small letters, digits, dots and hyphens, a letter first; got {got:?}. Choose another"
    )]
    Name {
        /// The most characters.
        expected: usize,
        /// What was given, shortened.
        got: String,
    },
    /// The name is what the audit calls somebody else.
    #[error("officer's name: the audit calls a part of the system {got}. Choose another")]
    Reserved {
        /// What was given.
        got: String,
    },
    /// The password is too short or too long.
    #[error("password: expected {MIN_PASSWORD} to {MAX_PASSWORD} characters, got {got}. Take a sentence")]
    PasswordLength {
        /// Its characters.
        got: usize,
    },
    /// The password would be guessed first.
    #[error(
        "password: expected one that is not the name, common words or runs of the keyboard. Take four words that have nothing to do with each other"
    )]
    PasswordObvious,
    /// The name is taken.
    #[error("{name} is an officer already. Use `officer set-roles` or `officer reset`, or another name")]
    Taken {
        /// The name.
        name: String,
    },
    /// There is no such account.
    #[error("{name} is no officer. See `officer list`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The account was changed meanwhile.
    #[error("the account of {name} was changed meanwhile. Look at it again, and do it again")]
    Changed {
        /// The name.
        name: String,
    },
    /// The password cannot be hashed, or the secret not be sealed.
    #[error("the {what} cannot be kept: {reason}. Nothing was changed")]
    Unkept {
        /// What.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(AccountError {
    Self::Name { .. } | Self::Reserved { .. } => "officer_name_refused",
    Self::PasswordLength { .. } | Self::PasswordObvious => "password_refused",
    Self::Taken { .. } => "officer_exists",
    Self::Unknown { .. } => "officer_unknown",
    Self::Changed { .. } => "officer_changed_meanwhile",
    Self::Unkept { .. } => "officer_not_kept",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
});

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The name, the password or the code is wrong, or the account is locked or closed: which, only the audit knows.
    #[error(
        "the name, the password or the code is wrong, or the code was used before, or too many attempts failed. \
         Wait for the next code; an account is locked for {} minutes at most, or until an administrator resets it",
        LONGEST_LOCK / 60
    )]
    Refused,
    /// The account cannot be read.
    #[error("the account of {name} cannot be read: {reason}. Have it made anew with `officer reset`")]
    Unreadable {
        /// The name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(SignInError {
    Self::Refused => "sign_in_refused",
    Self::Unreadable { .. } => "officer_unreadable",
    Self::Store(_) => "store_failed",
});
