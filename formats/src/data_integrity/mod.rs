//! Data Integrity proofs with the cryptosuites `eddsa-jcs-2022` and, with the feature `rdfc`, `eddsa-rdfc-2022` (Data
//! Integrity EdDSA Cryptosuites 1.0, 3.3 and 3.2).
//!
//! Issuing is [`prepare`], a signature of [`Unsigned::to_be_signed`], and [`Unsigned::finish`]. Checking is:
//!
//! 1. [`Unverified::parse`] takes the one proof out of the document;
//! 2. the caller finds the key that [`Unverified::verification_method`] names, in a DID document or a trust
//!    list, with the relationship it needs;
//! 3. [`Unverified::verify`] checks what the proof says against what was [`Expected`], then the signature,
//!    and gives a [`Verified`] document: the one that was signed.
//!
//! ```
//! use hati_formats::data_integrity::{self, Controller, Expected, ProofOptions, Unverified};
//! use hati_formats::did::{self, Relationship};
//! use hati_formats::keys::{Algorithm, SoftwareKey};
//! use hati_formats::time::Timestamp;
//! # use rand_chacha::rand_core::SeedableRng;
//! # let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//!
//! let now = Timestamp::from_seconds(1_800_000_000);
//! let key = SoftwareKey::generate(Algorithm::EdDsa, &mut rng);
//! let issuer = did::did_key(key.public());
//! let method = format!("{issuer}#{}", did::multikey::encode(key.public()));
//! let document = serde_json::json!({"issuer": issuer, "credentialSubject": {"sex": "F"}});
//!
//! let options = ProofOptions::assertion(&method, now);
//! let unsigned = data_integrity::prepare(document.as_object().ok_or("an object")?, &options)?;
//! let signature = key.sign(&unsigned.to_be_signed());
//! let secured = unsigned.finish(&signature);
//!
//! let unverified = Unverified::parse(&secured)?;
//! let purpose = Relationship::AssertionMethod;
//! let method = did::expand(&issuer)?.method(unverified.verification_method(), purpose, now)?;
//! let verified = unverified.verify(&method, &Expected::assertion(Controller::Issuer, now))?;
//! assert_eq!(verified.document(), document.as_object().ok_or("an object")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod context;
mod error;
pub mod jcs;
mod proof;
#[cfg(feature = "rdfc")]
mod rdfc;
mod suite;
mod verify;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub use error::DataIntegrityError;
pub use proof::{Proof, ProofOptions};
#[cfg(feature = "rdfc")]
pub use rdfc::RdfcError;
pub use suite::Cryptosuite;
pub use verify::{CLOCK_TOLERANCE, Controller, Expected, Unverified, Verified};

use crate::keys::Signature;

/// The length of what is signed: two SHA-256 hashes.
pub const HASH_DATA: usize = 64;

/// Prepares a proof for a document that has none (3.3.1 and 3.2.1, "Create Proof").
///
/// # Errors
/// [`DataIntegrityError`] where the document already has a proof, or holds what the cryptosuite cannot keep apart.
pub fn prepare(
    document: &Map<String, Value>,
    options: &ProofOptions,
) -> Result<Unsigned, DataIntegrityError> {
    if document.contains_key("proof") {
        return Err(DataIntegrityError::AlreadySecured);
    }
    let proof = options.to_json(document.get("@context"));
    let hashed = Hashed::new(options.cryptosuite, document, &proof)?;
    Ok(Unsigned { document: document.clone(), proof, hashed })
}

/// A document whose proof lacks its signature.
#[derive(Clone, Debug)]
pub struct Unsigned {
    document: Map<String, Value>,
    proof: Map<String, Value>,
    hashed: Hashed,
}

impl Unsigned {
    /// The bytes to sign with Ed25519: the hash of the proof's options, then that of the document (3.3.4, 3.2.4).
    #[must_use]
    pub fn to_be_signed(&self) -> [u8; HASH_DATA] {
        self.hashed.hash_data()
    }

    /// The document as it was hashed, to compare where two implementations disagree.
    #[must_use]
    pub fn canonical_document(&self) -> &str {
        &self.hashed.document
    }

    /// The proof's options as they were hashed, to compare where two implementations disagree.
    #[must_use]
    pub fn canonical_proof_config(&self) -> &str {
        &self.hashed.proof_config
    }

    /// The secured document.
    #[must_use]
    pub fn finish(mut self, signature: &Signature) -> Map<String, Value> {
        self.proof.insert("proofValue".to_owned(), proof::encode_value(signature).into());
        self.document.insert("proof".to_owned(), self.proof.into());
        self.document
    }
}

/// The document's issuer, as it claims: `issuer`, or the `id` in it.
fn issuer_of(document: &Map<String, Value>) -> Option<&str> {
    let issuer = document.get("issuer")?;
    issuer.as_str().or_else(|| issuer.get("id").and_then(Value::as_str))
}

/// Document and proof options in canonical form (3.3.3 and 3.3.5, 3.2.3 and 3.2.5).
#[derive(Clone, Debug)]
struct Hashed {
    document: String,
    proof_config: String,
}

impl Hashed {
    fn new(
        suite: Cryptosuite,
        document: &Map<String, Value>,
        proof_config: &Map<String, Value>,
    ) -> Result<Self, DataIntegrityError> {
        match suite {
            Cryptosuite::EddsaJcs2022 => Ok(Self {
                document: jcs::canonicalize(document)?,
                proof_config: jcs::canonicalize(proof_config)?,
            }),
            #[cfg(feature = "rdfc")]
            Cryptosuite::EddsaRdfc2022 => {
                // 3.2.5, step 4: the proof's terms have the meaning of the document's contexts.
                let contexts = rdfc::Contexts::of(document)?;
                Ok(Self {
                    document: rdfc::canonicalize(document, &contexts)?,
                    proof_config: rdfc::canonicalize(proof_config, &contexts)?,
                })
            }
        }
    }

    /// 3.3.4 and 3.2.4, "Hashing": the proof configuration's hash comes first.
    fn hash_data(&self) -> [u8; HASH_DATA] {
        let mut joined = [0; HASH_DATA];
        let (first, second) = joined.split_at_mut(HASH_DATA / 2);
        first.copy_from_slice(&Sha256::digest(&self.proof_config));
        second.copy_from_slice(&Sha256::digest(&self.document));
        joined
    }
}

#[cfg(test)]
mod tests;
