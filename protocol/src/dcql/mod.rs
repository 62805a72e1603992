//! The Digital Credentials Query Language (DCQL) of OpenID4VP 1.0, sections 6 and 7.
//!
//! 1. A verifier's JSON becomes a [`Query`] by [`Query::parse`], or code builds one with [`Query::new`].
//!    Either way a `Query` that exists keeps every rule of section 6.
//! 2. A wallet describes what it holds as [`Candidate`]s and calls [`Query::evaluate`]: which credential
//!    answers, and which claims are to be disclosed, and nothing else.
//! 3. What one credential can answer fits a QR code: [`CompactQuery`] is that subset
//!    (`spec/dcql.md`), and converts both ways.

mod compact;
mod error;
mod evaluate;
mod query;
mod read;
mod rules;
mod types;
mod write;

pub(crate) use compact::envelope;
pub use compact::{CompactError, CompactQuery};
pub use error::DcqlError;
pub use evaluate::{Authority, Candidate, Match, Mismatch, Selection, Unanswerable};
pub use query::{
    ClaimsQuery, CredentialQuery, CredentialSetQuery, Expected, Id, MAX_ITEMS, Meta, Query,
    TrustedAuthorities,
};
use types::VERIFIABLE_CREDENTIAL;
pub use types::{expanded_type, types_of};

/// Format identifier of an IETF SD-JWT VC (OpenID4VP 1.0, B.3.1).
pub const DC_SD_JWT: &str = "dc+sd-jwt";
/// Format identifier of a W3C VCDM 2.0 credential secured with SD-JWT (VC-JOSE-COSE, 3.2). OpenID4VP 1.0
/// leaves it to profiles (Appendix B); this one gives it the rules of B.1.
pub const VC_SD_JWT: &str = "vc+sd-jwt";
/// Format identifier of a W3C credential signed as a JWT (OpenID4VP 1.0, B.1.3.1).
pub const JWT_VC_JSON: &str = "jwt_vc_json";
/// Format identifier of a W3C credential with Data Integrity (OpenID4VP 1.0, B.1.3.2).
pub const LDP_VC: &str = "ldp_vc";
/// Format identifier of an ISO/IEC 18013-5 mdoc (OpenID4VP 1.0, B.2).
pub const MSO_MDOC: &str = "mso_mdoc";

#[cfg(test)]
mod tests;
