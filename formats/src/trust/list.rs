//! The trust list: which issuers and registrars to believe, and for what.

mod content;
mod verify;

pub use content::{
    Issuer, IssuerKey, KeyLookupError, Registrar, RegistrarKey, TrustListContent, UnsignedTrustList,
};
pub use verify::{TrustList, TrustListError};

#[cfg(test)]
mod tests;
