//! What signs, wherever the key is.

use hati_formats::keys::{PublicKey, Signature, SoftwareKey};

/// A key that signs: in memory, or in a token that never gives it out. Several threads may use it at once.
#[derive(Debug)]
pub struct Signer(Place);

#[derive(Debug)]
enum Place {
    Memory(SoftwareKey),
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The token does not sign.
    #[error("the token {token} did not sign: {reason}. Check that it is plugged in and ready, and try again")]
    Token {
        /// Its label.
        token: String,
        /// What it, or the module that talks to it, said.
        reason: String,
    },
}

hati_formats::error_codes!(SignError {
    Self::Token { .. } => "token_unusable",
});

impl Signer {
    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        match &self.0 {
            Place::Memory(key) => key.public(),
        }
    }

    /// Signs a message.
    ///
    /// # Errors
    ///
    /// [`SignError`], which a key in memory never gives.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        match &self.0 {
            Place::Memory(key) => Ok(key.sign(message)),
        }
    }

    /// Signs messages, in their order: a batch takes hold of a token once.
    ///
    /// # Errors
    ///
    /// As [`sign`](Self::sign).
    pub fn sign_all<'m>(
        &self,
        messages: impl IntoIterator<Item = &'m [u8]>,
    ) -> Result<Vec<Signature>, SignError> {
        let messages = messages.into_iter();
        match &self.0 {
            Place::Memory(key) => Ok(messages.map(|message| key.sign(message)).collect()),
        }
    }
}

impl From<SoftwareKey> for Signer {
    fn from(key: SoftwareKey) -> Self {
        Self(Place::Memory(key))
    }
}
