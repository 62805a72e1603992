//! What a verifier believes, prepared once so that a verdict parses no keys and no type files.

use hati_formats::credential::{CredentialType, TypeError};
use hati_formats::trust::Bundle;

/// A verified bundle, with the names of its credential types at hand.
#[derive(Clone)]
pub struct Trust<'b> {
    bundle: &'b Bundle,
    types: Vec<CredentialType>,
}

/// A type document in the bundle cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("type `{id}` of the bundle: {source}")]
pub struct TrustError {
    /// The type's id.
    pub id: String,
    /// What is wrong with its document.
    pub source: TypeError,
}

impl<'b> Trust<'b> {
    /// Prepares a bundle for checking.
    ///
    /// # Errors
    /// [`TrustError`] where a type document in it is damaged.
    pub fn new(bundle: &'b Bundle) -> Result<Self, TrustError> {
        let parse = |document: &hati_formats::trust::TypeDocument| {
            CredentialType::parse(&document.json)
                .map_err(|source| TrustError { id: document.id.clone(), source })
        };
        let types = bundle.content().types.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { bundle, types })
    }

    /// The bundle.
    #[must_use]
    pub const fn bundle(&self) -> &'b Bundle {
        self.bundle
    }

    /// The type that a credential's `vct` or W3C type names.
    #[must_use]
    pub fn type_named(&self, name: &str) -> Option<&CredentialType> {
        self.types.iter().find(|t| t.is_named(name))
    }
}
