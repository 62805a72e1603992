use hati_formats::cbor::CborError;

/// Why a PIN is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Fewer characters than [`MIN_PIN_CHARS`](super::MIN_PIN_CHARS).
    #[error("expected a PIN of at least {expected} digits or characters, got {got}; choose a longer one")]
    TooShort {
        /// The fewest that are taken.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// More bytes than [`MAX_PIN_BYTES`](super::MAX_PIN_BYTES).
    #[error("expected a PIN of at most {limit} bytes, got {got}; choose a shorter one")]
    TooLong {
        /// The most that is taken.
        limit: usize,
        /// How many there are.
        got: usize,
    },
}

/// Why a vault does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// One text for every cause: whoever tries PINs must not learn which part was right.
    #[error("the vault stays locked: the PIN is wrong, or the vault is not this device's; try the PIN again")]
    Locked,
    /// Not a header, or one of a later version.
    #[error("the vault's header is damaged or of a newer version: {0}; restore it, or install a newer app")]
    Header(#[from] CborError),
    /// Costs that no vault of ours has.
    #[error("expected {what} from {min} to {max} for Argon2id, got {got}; the vault's header was altered")]
    Cost {
        /// Which cost.
        what: &'static str,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
        /// What the header says.
        got: u32,
    },
    /// Argon2id needs more memory than there is.
    #[error("unlocking needs {kib} KiB of memory, which this device does not have free; close other apps")]
    Memory {
        /// What it needs.
        kib: u32,
    },
    /// A record longer than any.
    #[error("expected a record of at most {limit} bytes, got {got}; nothing was stored")]
    RecordTooLong {
        /// The most that is sealed.
        limit: usize,
        /// How many there are.
        got: usize,
    },
    /// A record that this vault did not seal under this name.
    #[error("the vault's record `{name}` was altered or exchanged; restore the vault from where it was kept")]
    Record {
        /// Its name.
        name: String,
    },
}

hati_formats::error_codes!(PinError {
    Self::TooShort { .. } => "pin_too_short",
    Self::TooLong { .. } => "pin_too_long",
});

hati_formats::error_codes!(VaultError {
    Self::Locked => "vault_locked",
    Self::Header(_) | Self::Cost { .. } => "vault_header_damaged",
    Self::Memory { .. } => "memory_short",
    Self::RecordTooLong { .. } => "record_too_long",
    Self::Record { .. } => "record_altered",
});
