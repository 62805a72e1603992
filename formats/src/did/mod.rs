//! Who a key belongs to: `did:key`, `did:jwk`, `did:web` documents and Multikey.
//!
//! A DID becomes a [`Document`]; a document gives a [`VerificationMethod`] for an identifier and the
//! [`Relationship`] it is needed for. `did:key` and `did:jwk` hold their key in themselves, so
//! [`expand`] needs nothing else. The document of a `did:web` is fetched by whoever is online from the
//! address that [`web::to_url`] gives, and then read by [`Document::parse`].
//!
//! ```
//! use hati_formats::{did, time::Timestamp};
//!
//! let id = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
//! let document = did::expand(id)?;
//! let method = document.method(
//!     "#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
//!     did::Relationship::AssertionMethod,
//!     Timestamp::from_seconds(0),
//! )?;
//! assert_eq!(method.controller(), id);
//! # Ok::<(), did::DidError>(())
//! ```
//!
//! Standards: DID Core 1.0, Controlled Identifiers 1.0 (CID), did:key 0.9, did:jwk, did:web (W3C CCG).

mod document;
mod error;
mod jwk;
mod key;
mod method;
pub mod multikey;
mod relation;
pub mod web;

pub use document::{Document, MAX_METHODS};
pub use error::DidError;
pub use jwk::did_jwk;
pub use key::did_key;
pub use method::{KeyForm, VerificationMethod};
pub use relation::Relationship;

use crate::keys::PublicKey;

/// The longest DID or DID URL that is read. A `did:jwk` of P-256 takes 200 characters and an RSA
/// `did:key`, which is refused by name, 740.
pub const MAX_DID: usize = 1024;

/// The document of a DID that holds its own key: `did:key` or `did:jwk`.
///
/// # Errors
/// [`DidError`].
pub fn expand(did: &str) -> Result<Document, DidError> {
    let (method, specific) = split(did)?;
    match method {
        "key" => key::expand(did, specific),
        "jwk" => jwk::expand(did, specific),
        "web" => Err(DidError::NeedsDocument { did: did.to_owned() }),
        _ => Err(DidError::UnsupportedMethod { method: error::shown(method) }),
    }
}

/// The key that a `did:key` or `did:jwk` is.
///
/// # Errors
/// [`DidError`].
pub fn key_of(did: &str) -> Result<PublicKey, DidError> {
    expand(did)?.only_key()
}

/// The DID of a DID URL: everything before its path, query or fragment.
#[must_use]
pub fn controller_of(did_url: &str) -> &str {
    did_url.find(['/', '?', '#']).and_then(|end| did_url.get(..end)).unwrap_or(did_url)
}

/// DID Core 3.1: `did:` method-name `:` method-specific-id.
fn split(did: &str) -> Result<(&str, &str), DidError> {
    if did.len() > MAX_DID {
        return Err(DidError::TooLong { what: "DID", limit: MAX_DID, got: did.len() });
    }
    let not_a_did = || DidError::NotADid { got: error::shown(did) };
    let (method, specific) =
        did.strip_prefix("did:").and_then(|rest| rest.split_once(':')).ok_or_else(not_a_did)?;
    let is_name = !method.is_empty() && method.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_id = !specific.is_empty() && !specific.ends_with(':') && specific.bytes().all(is_id_byte);
    if is_name && is_id { Ok((method, specific)) } else { Err(not_a_did()) }
}

/// DID Core 3.1: `idchar`, the colon between its groups, and the `%` of a percent-encoded one.
fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_did_is_refused() {
        for text in [
            "",
            "did",
            "did:",
            "did:key",
            "did:key:",
            "did::x",
            "did:Key:z6",
            "did:key:z6:",
            "did:key:a b",
            "key:z6",
        ] {
            assert!(matches!(expand(text), Err(DidError::NotADid { .. })), "{text}");
        }
    }

    #[test]
    fn a_did_url_is_not_a_did() {
        let url = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6Mk";
        assert!(matches!(expand(url), Err(DidError::NotADid { .. })));
        assert_eq!(controller_of("did:web:a.example:b#key-1"), "did:web:a.example:b");
        assert_eq!(controller_of("did:web:a.example/p?q#f"), "did:web:a.example");
        assert_eq!(controller_of("did:web:a.example"), "did:web:a.example");
    }

    #[test]
    fn a_did_that_is_too_long_is_refused() {
        let did = format!("did:key:z{}", "6".repeat(MAX_DID));
        assert_eq!(expand(&did), Err(DidError::TooLong { what: "DID", limit: MAX_DID, got: did.len() }));
    }

    #[test]
    fn other_methods_are_refused_by_name() {
        assert_eq!(expand("did:ebsi:zabc"), Err(DidError::UnsupportedMethod { method: "ebsi".to_owned() }));
    }

    #[test]
    fn did_web_cannot_be_expanded_without_its_document() {
        assert!(matches!(expand("did:web:a.example"), Err(DidError::NeedsDocument { .. })));
    }
}
