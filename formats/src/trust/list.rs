//! The trust list: which issuers and registrars to believe, and for what.

mod content;
mod party;
mod verify;

pub use content::{TrustListContent, UnsignedTrustList};
pub use party::{Issuer, IssuerKey, KeyLookupError, Registrar, RegistrarKey};
pub use verify::{TrustList, TrustListError};

#[cfg(test)]
mod tests;
