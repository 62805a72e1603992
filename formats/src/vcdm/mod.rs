//! What a credential says: W3C Verifiable Credentials Data Model 2.0 (VCDM), its shape alone.
//!
//! [`validate`] checks a credential that some envelope has secured; [`validate_presentation`] a
//! presentation; [`validate_payload`] checks what VC-JOSE-COSE 1.0 adds for the payload of a JWT or SD-JWT.
//! None of them looks at a signature, at status, or at the time: the [`Credential`] gives the dates and
//! whoever checks it compares them.
//!
//! ```
//! use hati_formats::{json, vcdm};
//!
//! let credential = json::parse_object(br#"{
//!     "@context": ["https://www.w3.org/ns/credentials/v2"],
//!     "type": ["VerifiableCredential"],
//!     "issuer": "did:web:id.example",
//!     "validFrom": "2026-11-22T00:00:00Z",
//!     "credentialSubject": {"given_name": "Achieng"}
//! }"#)?;
//! assert_eq!(vcdm::validate(&credential)?.issuer(), "did:web:id.example");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod credential;
mod envelope;
mod error;
mod presentation;
mod shape;

pub use credential::{Credential, validate};
pub use envelope::{MediaType, validate_payload};
pub use error::VcdmError;
pub use presentation::{Presentation, validate_presentation};

/// The base context, which every credential and presentation names first (VCDM 4.3).
pub const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
