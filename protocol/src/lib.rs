//! What is sent: OAuth and OpenID4VCI, DCQL and the QR exchange. Pure.
//!
//! - [`dcql`]: what a verifier asks for, in the language of OpenID4VP 1.0, and the subset a QR code holds.
//! - [`exchange`]: request profiles, the request that waits for its answer, and whether the answer is one.
//! - [`issued`]: copies of a credential in a file, from an issuer to a wallet.
//! - [`oauth`]: how a wallet comes to a token: codes, PKCE, DPoP, pushed requests, their errors.
//! - [`openid4vci`]: how it comes to its copies online: offers, metadata, proofs, requests, responses.
//! - [`vc_api`]: how another system asks an issuer for a credential that it then hands on.
//! - [`message`]: how both read their JSON.
//!
//! ```
//! use hati_formats::credential::{CredentialType, Format};
//! use hati_protocol::exchange::{Answer, RequestProfile, claims_to_disclose};
//!
//! let profile = RequestProfile::shipped("merchant-age")?;
//! let kind = CredentialType::shipped()?.into_iter().find(|kind| kind.id == "proof-of-age").ok_or("a type")?;
//! // The wallet: what of this credential answers the request?
//! let claims = serde_json::json!({
//!     "vct": "urn:hati:proof-of-age:1", "cnf": { "jwk": {} }, "age_equal_or_over": { "18": true },
//! });
//! let claims = claims.as_object().ok_or("an object")?;
//! let paths = claims_to_disclose(&profile.query, &kind, Format::DcSdJwt, claims)?;
//! assert_eq!(paths.iter().map(ToString::to_string).collect::<Vec<_>>(), ["age_equal_or_over.18"]);
//! // The verifier: does what was shown answer it? (Nothing had to be disclosed: the claim is always there.)
//! let answer = Answer::of(&profile.query, Format::DcSdJwt, claims, &[]);
//! assert!(answer.is_complete() && answer.surplus.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod dcql;
pub mod exchange;
pub mod issued;
pub mod message;
pub mod oauth;
pub mod openid4vci;
pub mod vc_api;
