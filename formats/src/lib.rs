//! What is signed in Hati, complete to the standards it follows, and nothing else.
//!
//! This crate is *pure*: no I/O, no clock, no ambient randomness. Time and randomness are arguments, and
//! signing is split into *prepare* (gives the bytes to sign) and *finish* (takes the signature), so that
//! an HSM, a phone's keystore and WebCrypto serve alike.
//!
//! - The ground: [`time`], [`encoding`], [`json`], [`cbor`], [`names`], [`error_codes!`].
//! - Keys and envelopes: [`keys`], [`jws`] (RFC 7515), [`cose`] (RFC 9052).
//! - Who a key belongs to: [`did`] (DID Core 1.0, Controlled Identifiers 1.0).
//! - Credentials: [`sd_jwt`] (RFC 9901), [`vcdm`] (VCDM 2.0), [`data_integrity`] (`eddsa-jcs-2022`).
//! - Whom to believe, offline: [`trust`].
//! - Whether a credential still holds: [`status`] (Token Status List, Bitstring Status List, and the form
//!   that travels offline).
//! - Codes: [`qr`] (RFC 9285, RFC 6330).
//!
//! ```
//! use hati_formats::jws;
//! use hati_formats::keys::{Algorithm, SoftwareKey};
//! # use rand_chacha::rand_core::SeedableRng;
//! # let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//! let key = SoftwareKey::generate(Algorithm::EdDsa, &mut rng);
//! let header = serde_json::json!({"alg": "EdDSA", "typ": "example"});
//! let unsigned = jws::prepare(header.as_object().ok_or("an object")?, b"{}");
//! let signature = key.sign(unsigned.signing_input());
//! let text = unsigned.finish(&signature);
//! let verified = jws::Unverified::parse(&text)?.verify(key.public())?;
//! assert_eq!(verified.payload(), b"{}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod cbor;
mod codes;
pub mod cose;
pub mod credential;
pub mod data_integrity;
pub mod did;
pub mod encoding;
pub mod json;
pub mod jws;
pub mod keys;
pub mod names;
pub mod qr;
pub mod sd_jwt;
pub mod status;
pub mod time;
pub mod trust;
pub mod vcdm;
