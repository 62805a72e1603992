use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use hati_formats::json::JsonError;
use hati_formats::keys::KeyError;
use hati_formats::qr::image::ImageError;
use hati_formats::qr::request::TypeIdError;
use hati_program::system::NoRandomness;
use hati_protocol::issued::IssuedError;
use hati_wallet_core::WalletError;
use hati_wallet_core::describe::DescribeError;
use hati_wallet_core::offer::OfferError;
use hati_wallet_core::pool::PoolError;
use hati_wallet_core::present::PresentError;
use hati_wallet_core::trust::TrustError;
use hati_wallet_core::vault::{PinError, VaultError};

/// Why the wallet did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is a vault already.
    #[error("{}: there is a vault already; use it, or name another folder", folder.display())]
    VaultExists {
        /// The folder.
        folder: PathBuf,
    },
    /// There is something else in the folder.
    #[error("{}: expected an empty folder or none, got one with {}; name another", folder.display(), got.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
        /// What is in it.
        got: OsString,
    },
    /// There is no vault.
    #[error("{}: there is no vault; make one with: hati-wallet --vault {} init", folder.display(), folder.display())]
    NoVault {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process has the vault open.
    #[error("{}: another program has the vault open; wait until it is done, then try again", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no device secret, as where the folder was copied from another device.
    #[error(
        "{}: expected the device secret, got no file; the vault opens only with the secret it was made with: put that file there, or name its place in HATI_DEVICE_SECRET",
        path.display()
    )]
    SecretMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The device secret can be read by others.
    #[error("{}: expected a file that only you can read, got mode {got:o}; run: chmod 600 {}", path.display(), path.display())]
    SecretReadable {
        /// The file.
        path: PathBuf,
        /// Its mode.
        got: u32,
    },
    /// The device secret was cut.
    #[error("{}: expected 32 bytes, got another number; restore the device secret, without it the vault stays locked", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}; check the path, its rights and the disk", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file longer than any of its kind.
    #[error("{}: expected at most {expected} bytes, got more; name the right file", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        expected: usize,
    },
    /// sled failed.
    #[error("the vault's records: {0}; check the disk, nothing was shown")]
    Records(#[from] sled::Error),
    /// No PIN.
    #[error("expected a PIN in {variable} or at the terminal, got none ({source}); set {variable}")]
    NoPin {
        /// The environment variable.
        variable: &'static str,
        /// What the terminal said.
        source: io::Error,
    },
    /// The PIN was typed differently the second time.
    #[error("the two PINs differ; type the same one twice")]
    PinsDiffer,
    /// The holder said no.
    #[error("not approved, so {what}; say y at the question, or pass --approve")]
    NotApproved {
        /// What did not happen.
        what: &'static str,
    },
    /// The system gives no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// No key waits for its credential.
    #[error(
        "expected keys that wait for their credential, got none; make some with --count and without --waiting"
    )]
    NoKeysWait,
    /// No such credential.
    #[error("the wallet has no credential `{got}`; it has {known}")]
    NoSuchCredential {
        /// What was asked for.
        got: String,
        /// Those there are.
        known: String,
    },
    /// Several credentials of a type.
    #[error("the wallet has several credentials `{got}`; name one by its number: {known}")]
    SeveralCredentials {
        /// What was asked for.
        got: String,
        /// Their numbers.
        known: String,
    },
    /// Not a JWK.
    #[error("{}: expected a public key as a JWK, got something else: {reason}; name the root key's file", path.display())]
    RootKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: RootKeyError,
    },
    /// Pictures that do not become one.
    #[error("expected grey pictures of one size for an animation, got {got}")]
    Animation {
        /// What came.
        got: String,
    },
    /// No code in a picture, or none can be drawn.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Not a file of issued credentials.
    #[error(transparent)]
    Issued(#[from] IssuedError),
    /// Not the id of a type.
    #[error(transparent)]
    Type(#[from] TypeIdError),
    /// A credential that cannot be read.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    /// The PIN is not taken.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The vault does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The wallet does not open.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// A root or bundle is refused.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A credential is refused.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// Nothing is shown.
    #[error(transparent)]
    Present(#[from] PresentError),
    /// No such copy.
    #[error(transparent)]
    Pool(#[from] PoolError),
}

/// Why a file is not a public key.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Not a key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

hati_formats::error_codes!(Error {
    Self::VaultExists { .. } => "vault_exists",
    Self::NotEmpty { .. } => "folder_not_empty",
    Self::NoVault { .. } => "vault_missing",
    Self::InUse { .. } => "vault_in_use",
    Self::SecretMissing { .. } => "secret_missing",
    Self::SecretReadable { .. } => "secret_readable",
    Self::Secret { .. } => "secret_damaged",
    Self::File { .. } => "file_unusable",
    Self::TooLong { .. } => "file_too_long",
    Self::Records(_) => "store_failed",
    Self::NoPin { .. } => "pin_missing",
    Self::PinsDiffer => "pins_differ",
    Self::NotApproved { .. } => "not_approved",
    Self::NoKeysWait => "no_keys_waiting",
    Self::NoSuchCredential { .. } => "credential_missing",
    Self::SeveralCredentials { .. } => "credential_ambiguous",
    Self::RootKey { .. } => "root_key_damaged",
    Self::Animation { .. } => "picture_not_drawn",
    Self::Image(ImageError::NoCode) => "code_unreadable",
    Self::Image(_) => "picture_unusable",
    Self::Issued(_) => "issued_file_damaged",
    Self::Type(_) => "type_malformed",
    Self::Describe(_) => "credential_malformed",
} inner {
    Randomness,
    Pin,
    Vault,
    Wallet,
    Trust,
    Offer,
    Present,
    Pool,
});
