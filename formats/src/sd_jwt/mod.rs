//! SD-JWT and SD-JWT+KB, complete to RFC 9901 in its compact serialisation.
//!
//! | role | steps |
//! |---|---|
//! | issuer | [`Template::conceal`] turns claims into digests and [`Disclosures`], [`prepare`] gives the bytes to sign, [`Unsigned::finish`] the SD-JWT |
//! | holder | [`Held::select`] chooses disclosures, [`Presentation::prepare_key_binding`] gives the bytes to sign, [`UnsignedKeyBinding::finish`] the presentation |
//! | verifier | [`Unverified::verify_issuer`] gives the claims, [`Verified::verify_key_binding`] says who presents them |
//!
//! ```
//! use hati_formats::keys::{Algorithm, SoftwareKey};
//! use hati_formats::sd_jwt::{self, ClaimPath, Frame, Freshness, Held, KeyBindingExpectation, Template, Unverified};
//! use hati_formats::time::Timestamp;
//! # use rand_chacha::rand_core::SeedableRng;
//! # let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//! let issuer = SoftwareKey::generate(Algorithm::EdDsa, &mut rng);
//! let holder = SoftwareKey::generate(Algorithm::Es256, &mut rng);
//!
//! let claims = serde_json::json!({
//!     "iss": "https://id.example", "given_name": "Amina", "family_name": "Otieno",
//!     "cnf": {"jwk": holder.public().to_jwk()},
//! });
//! let mut frame = Frame::default();
//! frame.conceal(&ClaimPath::names(["given_name"]));
//! frame.conceal(&ClaimPath::names(["family_name"]));
//! let concealed = Template::new(claims.as_object().ok_or("an object")?, &frame)?.conceal(&mut rng);
//! let payload = concealed.payload.as_bytes();
//! let header = serde_json::json!({"alg": "EdDSA", "typ": "dc+sd-jwt"});
//! let unsigned = sd_jwt::prepare(header.as_object().ok_or("an object")?, payload, concealed.disclosures);
//! let signature = issuer.sign(unsigned.signing_input());
//! let credential = unsigned.finish(&signature);
//!
//! let now = Timestamp::from_seconds(1_800_000_000);
//! let unsigned = Held::parse(&credential)?
//!     .select(&[ClaimPath::names(["given_name"])])?
//!     .prepare_key_binding(Algorithm::Es256, "https://verifier.example", "n-1", now);
//! let signature = holder.sign(unsigned.signing_input());
//! let presentation = unsigned.finish(&signature);
//!
//! let verified = Unverified::parse(&presentation)?.verify_issuer(issuer.public())?;
//! verified.verify_key_binding(&KeyBindingExpectation {
//!     audience: "https://verifier.example",
//!     nonce: "n-1",
//!     freshness: Freshness { now, max_age: 120, max_ahead: 30 },
//! })?;
//! assert_eq!(verified.claims()["given_name"], "Amina");
//! assert!(!verified.claims().contains_key("family_name"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod conceal;
mod digest;
mod disclosure;
mod error;
mod frame;
mod hold;
mod issue;
mod key_binding;
mod parts;
mod path;
mod process;
mod verify;

#[cfg(test)]
mod tests;

// What every role shares.
pub use digest::{Digest, HASH_NAME};
pub use disclosure::{Disclosure, SALT_BYTES};
pub use error::SdJwtError;
pub use parts::{MAX_BYTES, MAX_DISCLOSURES, Parts};
pub use path::{ClaimPath, MAX_DEPTH, PathSegment};

// Issuer.
pub use conceal::{Concealed, Disclosures, Template};
pub use frame::Frame;
pub use issue::{Unsigned, prepare, prepare_text};

// Holder.
pub use hold::{Held, Presentation, UnsignedKeyBinding};
pub use key_binding::{KEY_BINDING_TYPE, key_binding_header, key_binding_payload};

// Verifier.
pub use key_binding::{Freshness, KeyBinding, KeyBindingExpectation, UnverifiedKeyBinding};
pub use verify::{Unverified, Verified};

/// Holds the digests of an object's members.
pub(crate) const SD: &str = "_sd";
/// Holds the digest of an array's element.
pub(crate) const SD_ELEMENT: &str = "...";
/// Names the hash.
pub(crate) const SD_ALG: &str = "_sd_alg";
