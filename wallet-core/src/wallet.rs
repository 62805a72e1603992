//! The opened wallet: everything in the vault, in memory.

use hati_formats::credential::CredentialType;
use hati_formats::keys::PublicKey;
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, BundleError};

use crate::history::Entry;
use crate::pool::{Copy, MAX_WAITING_KEYS, Pool, WaitingKey};
use crate::present::Kept;
use crate::record::Name;
use crate::vault::{Vault, VaultError};

/// A wallet whose vault is unlocked.
///
/// Every step that changes something gives the [`Change`](crate::Change)s to store. If they cannot be stored, drop the wallet and
/// open it again: what is in memory is then ahead of what is on disk.
#[derive(Debug)]
pub struct Wallet {
    pub(crate) vault: Vault,
    pub(crate) root: Option<PublicKey>,
    pub(crate) bundle: Option<Bundle>,
    pub(crate) types: Vec<CredentialType>,
    pub(crate) pool: Pool,
    pub(crate) history: Vec<Entry>,
    /// The newest answer.
    pub(crate) kept: Option<Kept>,
    /// The number of the next record that has one.
    pub(crate) next: u64,
}

/// Why a wallet does not open, or does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The vault is locked, or a record in it was altered.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A record whose seal holds and which cannot be read.
    #[error("the vault's record `{name}` is of a newer version; install a newer app")]
    Record {
        /// Its name.
        name: String,
    },
    /// A record that no wallet has.
    #[error("the vault holds a record `{name}`, which this version does not know; install a newer app")]
    UnknownRecord {
        /// Its name.
        name: String,
    },
    /// The bundle in the vault is refused.
    #[error("the bundle in the vault is refused: {0}; take in a new one with `trust`")]
    Bundle(#[from] BundleError),
    /// No keys.
    #[error("expected at least 1 new key, got 0; make one for each copy that you want")]
    NoKeys,
    /// More keys than may wait.
    #[error(
        "expected at most {room} new keys ({waiting} of at most {MAX_WAITING_KEYS} wait already), got {got}; get \
         credentials for those that wait (`keys --waiting` writes them once more)"
    )]
    TooManyKeys {
        /// How many more may wait.
        room: usize,
        /// How many wait.
        waiting: usize,
        /// How many were asked for.
        got: usize,
    },
}

impl Wallet {
    /// Opens what the host stored. `records` are all records, in any order; a new wallet has none.
    ///
    /// # Errors
    /// [`WalletError`] for the first record that is not as it was sealed.
    pub fn open<R: AsRef<[u8]>>(
        vault: Vault,
        records: impl IntoIterator<Item = (String, R)>,
    ) -> Result<Self, WalletError> {
        let mut wallet = Self {
            vault,
            root: None,
            bundle: None,
            types: Vec::new(),
            pool: Pool::default(),
            history: Vec::new(),
            kept: None,
            next: 1,
        };
        let mut bundle = None;
        for (name, sealed) in records {
            let Some(parsed) = Name::parse(&name) else { return Err(WalletError::UnknownRecord { name }) };
            let record = wallet.vault.open(&name, sealed.as_ref())?;
            match parsed {
                Name::Bundle => bundle = Some(record),
                other => wallet.take(other, &record).ok_or(WalletError::Record { name })?,
            }
            wallet.next = wallet.next.max(parsed.number().map_or(1, |number| number.saturating_add(1)));
        }
        if let (Some(bundle), Some(root)) = (bundle, &wallet.root) {
            let bundle = Bundle::verify(&bundle, root, None)?;
            wallet.hold(bundle);
        }
        wallet.pool.waiting.sort_by_key(|waiting| waiting.number);
        wallet.pool.copies.sort_by_key(|copy| copy.number);
        wallet.history.sort_by_key(Entry::number);
        Ok(wallet)
    }

    fn take(&mut self, name: Name, record: &[u8]) -> Option<()> {
        match name {
            Name::Root => self.root = Some(crate::trust::decode_root(record)?),
            // Verified once the root is known.
            Name::Bundle => {}
            Name::Key(number) => self.pool.waiting.push(WaitingKey::decode(number, record)?),
            Name::Copy(number) => self.pool.copies.push(Copy::decode(number, record)?),
            Name::Answer => self.kept = Some(Kept::decode(record)?),
            Name::Shown(number) => self.history.push(Entry::decode(number, record)?),
        }
        Some(())
    }

    /// Holds a verified bundle. A type document that this version cannot read leaves only that type unknown: a new
    /// kind of credential must not lock the others.
    pub(crate) fn hold(&mut self, bundle: Bundle) {
        let documents = &bundle.content().types;
        self.types = documents.iter().filter_map(|known| CredentialType::parse(&known.json).ok()).collect();
        self.root = Some(bundle.trust().root().clone());
        self.bundle = Some(bundle);
    }

    /// The pinned root, or the one that the newest bundle led to.
    #[must_use]
    pub const fn root(&self) -> Option<&PublicKey> {
        self.root.as_ref()
    }

    /// The newest bundle.
    #[must_use]
    pub const fn bundle(&self) -> Option<&Bundle> {
        self.bundle.as_ref()
    }

    /// Keys and copies.
    #[must_use]
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What was shown, oldest first.
    #[must_use]
    pub fn history(&self) -> &[Entry] {
        &self.history
    }

    /// The vault, to change its PIN.
    #[must_use]
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The type with this id, if the bundle has it.
    #[must_use]
    pub fn credential_type(&self, id: &str) -> Option<&CredentialType> {
        self.types.iter().find(|known| known.id == id)
    }

    /// The bundle, once the clock is not before it.
    pub(crate) fn trusted(&self, now: Timestamp) -> Result<&Bundle, crate::trust::NotReady> {
        let bundle = self.bundle.as_ref().ok_or(crate::trust::NotReady::NoBundle)?;
        if bundle.clock_behind(now) {
            let issued_at = bundle.content().issued_at;
            return Err(crate::trust::NotReady::ClockBehind { issued_at, now });
        }
        Ok(bundle)
    }
}

hati_formats::error_codes!(WalletError {
    Self::Record { .. } | Self::UnknownRecord { .. } => "record_unknown",
    Self::NoKeys => "no_keys",
    Self::TooManyKeys { .. } => "too_many_keys",
} inner {
    Vault,
    Bundle,
});
