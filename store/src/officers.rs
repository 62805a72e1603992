//! Officers: who may do what.

use minicbor::{Decode, Encode};

use crate::{Event, StoreError};

/// Keeps accounts by name.
pub trait Officers {
    /// An officer's account.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn officer(&self, name: &str) -> Result<Option<Officer>, StoreError>;

    /// Every account, in the order of the names.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn officers(&self) -> Result<Vec<Officer>, StoreError>;

    /// Writes an account, if it is as it was `seen`: `None` for one that is not there. `false` if it is another
    /// meanwhile, and nothing is written: of two attempts at once, both are counted.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn save_officer(
        &self,
        seen: Option<&Officer>,
        officer: &Officer,
        events: &[Event],
    ) -> Result<bool, StoreError>;
}

/// An officer's account.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Officer {
    /// The name to sign in with.
    #[n(0)]
    pub name: String,
    /// What the officer may do.
    #[n(1)]
    pub roles: Vec<Role>,
    /// The password's hash, as PHC string.
    #[n(2)]
    pub password: String,
    /// The second factor's secret (RFC 6238), sealed by whoever keeps it.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub second_factor: Vec<u8>,
    /// The last time step whose code was used: a code is used once.
    #[n(4)]
    pub last_step: u64,
    /// Attempts that failed since the last that did not.
    #[n(5)]
    pub failures: u32,
    /// Until when no attempt is looked at.
    #[n(6)]
    pub locked_until: i64,
    /// Whether the account is closed.
    #[n(7)]
    pub closed: bool,
}

impl std::fmt::Debug for Officer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Officer({}, {:?})", self.name, self.roles)
    }
}

/// What an officer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Search the register, decide on quarantine and corrections.
    #[n(0)]
    Registering,
    /// Issue and offer credentials.
    #[n(1)]
    Issuing,
    /// Revoke, suspend and reinstate.
    #[n(2)]
    Revoking,
    /// Read the audit.
    #[n(3)]
    Auditing,
    /// Register verifiers, look at accounts.
    #[n(4)]
    Administering,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] =
        [Self::Registering, Self::Issuing, Self::Revoking, Self::Auditing, Self::Administering];

    /// Its name, for command lines and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registering => "registering",
            Self::Issuing => "issuing",
            Self::Revoking => "revoking",
            Self::Auditing => "auditing",
            Self::Administering => "administering",
        }
    }
}
