//! Why keys cannot be used.

use std::io;
use std::path::PathBuf;

use super::token::TokenError;
use super::{Role, Secret};

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// A file cannot be read or written.
    #[error("key file {}: {source}. Check that it is there and that its rights are yours", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others can read the file.
    #[error("key file {}: expected rights 0600, got {got:04o}. Run chmod 600 on it, and consider the key stolen if others had access", path.display())]
    Rights {
        /// The file.
        path: PathBuf,
        /// Its rights.
        got: u32,
    },
    /// The file holds something else.
    #[error("key file {}: {reason}. Restore it from its backup", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it. Never holds what the file says.
        reason: String,
    },
    /// The root key is kept elsewhere, as it should be.
    #[error(
        "the root key is not in {}. Bring it there from its safe, or let its own machine sign: hati-issuer trust request, there hati-issuer trust sign, here hati-issuer trust install",
        path.display()
    )]
    NoRoot {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Nobody gave the passphrase or PIN.
    #[error(
        "expected a secret to open the keys with. Set {name} or {name}_FILE, give systemd's credential {credential}, or type it at a terminal",
        name = secret.variable(),
        credential = secret.credential()
    )]
    NoSecret {
        /// Which one.
        secret: Secret,
    },
    /// A person could not be asked.
    #[error("{source}. Nothing was changed: try again")]
    Terminal {
        /// What happened at the terminal.
        source: io::Error,
    },
    /// The passphrase does not open the folder.
    #[error("the passphrase does not open {}. Nothing was changed: try again", path.display())]
    Passphrase {
        /// The file that it should open.
        path: PathBuf,
    },
    /// The passphrase is too easily guessed.
    #[error(
        "expected a passphrase of at least {expected} bytes, got {got}. Choose a longer one, or 32 random bytes"
    )]
    ShortPassphrase {
        /// The least that is taken.
        expected: usize,
        /// What was given.
        got: usize,
    },
    /// The folder is not sealed.
    #[error("{} is not sealed. Seal it with: hati-issuer keys seal", path.display())]
    NotSealed {
        /// The folder.
        path: PathBuf,
    },
    /// The file is sealed, and what opens it is elsewhere.
    #[error("key file {} is sealed, and its seal.json is not beside it. Bring the seal.json that was there when it was sealed: a root key is taken to its safe together with it", path.display())]
    SealMissing {
        /// The file.
        path: PathBuf,
    },
    /// The folder was sealed after it was opened.
    #[error("key file {}: it was sealed after this program opened the keys. Start it again with the passphrase", path.display())]
    SealedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// There is no memory to derive the key in.
    #[error("no memory for Argon2id, which {} asks for. Free some, and try again", path.display())]
    Memory {
        /// The file that says how much.
        path: PathBuf,
    },
    /// A key is in a token, and the configuration names none.
    #[error(
        "key file {}: the key is in a token, and issuer.json names none. Add \"hsm\" with its \"module\" and \"token\"",
        path.display()
    )]
    NoToken {
        /// The file.
        path: PathBuf,
    },
    /// Another rotation is under way.
    #[error(
        "expected no other rotation of the {role} key, got one whose {left} is there: {}. End it first, with: hati-issuer keys {command}",
        path.display()
    )]
    Rotating {
        /// Whose key.
        role: Role,
        /// What of it is left.
        left: &'static str,
        /// Its file.
        path: PathBuf,
        /// What ends it.
        command: &'static str,
    },
    /// There is nothing to go on with.
    #[error("there is no {wanted} {role} key. {advice}")]
    NotRotating {
        /// Whose key.
        role: Role,
        /// What was looked for.
        wanted: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// The token cannot be used.
    #[error(transparent)]
    Token(#[from] TokenError),
}

hati_formats::error_codes!(KeyFileError {
    Self::Io { .. } => "file_unusable",
    Self::Rights { .. } => "key_rights",
    Self::Content { .. } => "key_file_damaged",
    Self::NoRoot { .. } => "root_key_absent",
    Self::NoSecret { .. } | Self::Terminal { .. } => "passphrase_missing",
    Self::Passphrase { .. } => "passphrase_wrong",
    Self::ShortPassphrase { .. } => "passphrase_short",
    Self::NotSealed { .. } => "keys_not_sealed",
    Self::SealMissing { .. } => "seal_missing",
    Self::SealedMeanwhile { .. } => "keys_sealed_meanwhile",
    Self::Memory { .. } => "no_memory",
    Self::NoToken { .. } => "token_not_configured",
    Self::Rotating { .. } => "rotation_under_way",
    Self::NotRotating { .. } => "rotation_not_under_way",
} inner {
    Token,
});
