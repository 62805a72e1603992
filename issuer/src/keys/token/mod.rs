//! Keys in a token (an HSM), over PKCS#11: Ed25519 by CKM_EDDSA, P-256 by CKM_ECDSA over a SHA-256.

mod key;
mod module;
mod sessions;

use std::path::PathBuf;
use std::sync::Arc;

use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::keys::PublicKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use self::key::TokenKey;
use self::sessions::Sessions;
use super::{KeyFileError, Secret, Unlock};

/// Which token, and the module that talks to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hsm {
    /// The PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// The token's label, or its serial number.
    pub token: String,
}

/// Why a token cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The module is none.
    #[error("{}: {reason}. Name the PKCS#11 module of the token's maker in issuer.json", module.display())]
    Module {
        /// The module.
        module: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such token, or there are several.
    #[error(
        "expected one token with label or serial number {expected}, got {got}. Plug it in, or correct issuer.json"
    )]
    NotFound {
        /// What it is called.
        expected: String,
        /// How many there are.
        got: usize,
    },
    /// The PIN is wrong. It is not tried again: tokens lock themselves.
    #[error("the token {token} refuses the PIN: {reason}. It is not tried again before the next start")]
    Pin {
        /// The token.
        token: String,
        /// What it said.
        reason: String,
    },
    /// The token does not have the key.
    #[error("the token {token} has no private key with id {id}. Plug in the token that has it")]
    NoKey {
        /// The token.
        token: String,
        /// The key's id.
        id: String,
    },
    /// The key is another one.
    #[error(
        "the token {token} signs with another key than its file says (id {id}). Restore the file from its backup"
    )]
    OtherKey {
        /// The token.
        token: String,
        /// The key's id.
        id: String,
    },
    /// Something else failed.
    #[error("the token {token}: {reason}. Check that it is plugged in and ready, and try again")]
    Failed {
        /// The token.
        token: String,
        /// What it, or its module, said.
        reason: String,
    },
}

hati_formats::error_codes!(TokenError {
    Self::Module { .. } => "token_module_unusable",
    Self::NotFound { .. } => "token_not_found",
    Self::Pin { .. } => "token_pin_refused",
    Self::NoKey { .. } | Self::OtherKey { .. } => "token_key_missing",
    Self::Failed { .. } => "token_unusable",
});

impl TokenError {
    /// Whether it may be over when the token is back.
    const fn may_pass(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Failed { .. } | Self::NoKey { .. })
    }
}

/// A token, logged in. Clones share its sessions.
#[derive(Clone, Debug)]
pub(super) struct Token(Arc<Sessions>);

impl Token {
    /// Loads the module, finds the token, and logs in.
    pub(super) fn unlock(hsm: &Hsm, unlock: &Unlock<'_>) -> Result<Self, KeyFileError> {
        Ok(Self(Arc::new(Sessions::open(hsm, &unlock.get(Secret::Pin)?)?)))
    }
}

/// Where a key is in the token: what stands in its file.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) public: PublicKey,
    /// CKA_ID of both halves.
    pub(super) id: Vec<u8>,
}

/// The longest CKA_ID taken.
const MAX_ID_BYTES: usize = 64;

impl Reference {
    /// The public JWK, with the id in a member of its own.
    pub(super) fn to_json(&self) -> String {
        let mut jwk = self.public.to_jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("pkcs11".into(), json!({ "id": b64url(&self.id) }));
        }
        jwk.to_string()
    }

    /// `None` for a JWK that does not point into a token.
    pub(super) fn from_json(value: &Value) -> Result<Option<Self>, String> {
        let Some(place) = value.get("pkcs11") else { return Ok(None) };
        let id = place.get("id").and_then(Value::as_str).and_then(|id| b64url_decode(id).ok());
        let id = id.filter(|id| (1..=MAX_ID_BYTES).contains(&id.len()));
        let id = id.ok_or("expected 1 to 64 bytes in base64url as `pkcs11.id`")?;
        let public = PublicKey::from_jwk(value).map_err(|error| error.to_string())?;
        Ok(Some(Self { public, id }))
    }
}
