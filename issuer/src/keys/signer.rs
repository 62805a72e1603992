//! What signs, wherever the key is.

use hati_formats::keys::{PublicKey, Signature, SoftwareKey};

use super::token::{TokenError, TokenKey};

/// A key that signs: in memory, or in a token that never gives it out. Several threads may use it at once.
#[derive(Debug)]
pub struct Signer(Place);

#[derive(Debug)]
enum Place {
    Memory(SoftwareKey),
    Token(TokenKey),
}

/// Why nothing was signed: a key in memory always signs, one in a token only while the token is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing was signed: {0}")]
pub struct SignError(#[from] TokenError);

impl SignError {
    /// The stable code (`spec/verdict.md`).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.0.code()
    }
}

impl Signer {
    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        match &self.0 {
            Place::Memory(key) => key.public(),
            Place::Token(key) => key.public(),
        }
    }

    /// Where the key is: the token's name, or none for a key in memory.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        match &self.0 {
            Place::Memory(_) => None,
            Place::Token(key) => Some(key.token_name()),
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
            Place::Token(key) => Ok(key.sign(message)?),
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
            Place::Token(key) => Ok(key.sign_all(messages)?),
        }
    }
}

impl From<TokenKey> for Signer {
    fn from(key: TokenKey) -> Self {
        Self(Place::Token(key))
    }
}

impl From<SoftwareKey> for Signer {
    fn from(key: SoftwareKey) -> Self {
        Self(Place::Memory(key))
    }
}
