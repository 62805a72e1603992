//! Whom to believe, without a network: the trust list, registrations of verifiers, and the bundle with its
//! deltas. `spec/trust.md` says the same for a second implementation.
//!
//! | statement | signed by | says |
//! |---|---|---|
//! | [`RootTransition`] | the old root | which key is the root from now on |
//! | [`TrustList`] | the root, kept offline | issuers and registrars: keys, types, status lists |
//! | [`Registration`] | a registrar | who a verifier is, and which claims it may ask for |
//!
//! Each is a COSE_Sign1 (RFC 9052) whose [`Kind`](crate::cose::Kind) keeps it from passing for another. The
//! payload is deterministic CBOR (RFC 8949 section 4.2), `[format version, content]`, so that an app which is
//! too old says so instead of calling the statement malformed. Nothing is read from a payload before its
//! signature is checked. Building one is *prepare* (`…Content::prepare`) then *finish*; reading one is `verify`,
//! the only way to the verified type.

mod key;
mod list;
mod registration;
mod root;
#[cfg(test)]
mod samples;
pub(crate) mod text;
pub(crate) mod wire;

pub use key::{AUDIENCE_PREFIX, KeyId, Validity, ValidityError, audience};
pub use list::{
    Issuer, IssuerKey, KeyLookupError, Registrar, RegistrarKey, TrustList, TrustListContent, TrustListError,
    UnsignedTrustList,
};
pub use registration::{Registration, RegistrationContent, RegistrationError, Serial, Withdrawn};
pub use root::{MAX_TRANSITIONS, RootTransition};
pub use text::Names;
pub use wire::PayloadError;
