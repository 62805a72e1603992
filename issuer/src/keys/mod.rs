//! The issuer's secrets, each a file of its own that nobody else can read, or a key in a token.
//!
//! | file | holds | may be moved away |
//! |---|---|---|
//! | `root.jwk` | signs trust lists | yes: it is needed for a new trust list alone |
//! | `issuer.jwk` | signs credentials and status lists | no |
//! | `registrar.jwk` | signs registrations and bundles | no |
//! | `sectors.json` | keys of the sector identifiers | no, and never lost: no other key gives the same identifiers |
//! | `seal.json` | what a passphrase opens, and then the files above | no, where there is one |
//! | `withdrawn.json` | public keys that the next trust list leaves out | no |
//!
//! `issuer.next.jwk` is a key that is announced, `issuer.old.jwk` one that signs no more ([`KeyFolder::announce`]); the same
//! for `registrar`. A key in a token has its public half in its file, and the id by which the token knows it.

mod current;
mod error;
mod folder;
mod new;
mod root;
mod rotation;
mod seal;
mod sealing;
mod sectors;
mod signer;
mod token;
mod unlock;

use std::fmt;

use hati_formats::keys::PublicKey;

pub use self::current::CurrentKeys;
pub use self::error::KeyFileError;
pub use self::folder::{FolderState, KeyFolder};
pub use self::new::{NewFolder, NewKeys};
pub(crate) use self::sectors::hmac;
pub use self::sectors::{SECTORS, SectorKeys};
pub use self::signer::{SignError, Signer};
pub use self::token::{Hsm, TokenError};
pub use self::unlock::{Secret, Unlock};

const SECTOR_KEYS: &str = "sectors.json";

/// Who signs every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Signs credentials and status lists.
    Issuer,
    /// Signs registrations of verifiers and bundles.
    Registrar,
}

impl Role {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Registrar => "registrar",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where the private half of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In its file.
    File,
    /// In the token.
    Token,
}

/// What an issuer signs with every day. `Debug` shows no secret.
#[derive(Debug)]
pub struct Keys {
    /// Signs credentials and status lists.
    pub issuer: Signer,
    /// Signs registrations of verifiers and bundles.
    pub registrar: Signer,
    /// Make sector identifiers.
    pub sectors: SectorKeys,
    /// The keys that will sign next, and those that the next trust list leaves out.
    others: Others,
}

/// Public keys beside those that sign.
#[derive(Debug, Default)]
struct Others {
    next_issuer: Option<PublicKey>,
    next_registrar: Option<PublicKey>,
    withdrawn: Vec<PublicKey>,
}

/// The public keys that a trust list is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeys {
    /// Of the issuer: the one that signs, then the one that will.
    pub issuer: Vec<PublicKey>,
    /// Of the registrar, likewise.
    pub registrar: Vec<PublicKey>,
    /// Those to leave out, whoever's they are.
    pub withdrawn: Vec<PublicKey>,
}

impl Keys {
    /// What a trust list is made from.
    #[must_use]
    pub fn public(&self) -> PublicKeys {
        let Others { next_issuer, next_registrar, withdrawn } = &self.others;
        let with = |signer: &Signer, next: &Option<PublicKey>| {
            [signer.public()].into_iter().chain(next).cloned().collect()
        };
        PublicKeys {
            issuer: with(&self.issuer, next_issuer),
            registrar: with(&self.registrar, next_registrar),
            withdrawn: withdrawn.clone(),
        }
    }

    /// The key that is announced, if there is one.
    #[must_use]
    pub const fn announced(&self, role: Role) -> Option<&PublicKey> {
        match role {
            Role::Issuer => self.others.next_issuer.as_ref(),
            Role::Registrar => self.others.next_registrar.as_ref(),
        }
    }

    /// The key that signs.
    #[must_use]
    pub const fn signer(&self, role: Role) -> &Signer {
        match role {
            Role::Issuer => &self.issuer,
            Role::Registrar => &self.registrar,
        }
    }
}

#[cfg(test)]
mod tests;
