//! COSE_Sign1 (RFC 9052 section 4.2), strict: the one envelope of every statement of our own, so that one
//! verifier code checks them all.
//!
//! What kind of statement is signed is not written into it but bound by the external additional data
//! (RFC 9052 section 4.3): a request never passes for a trust list, and no code pays bytes for it.

use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, RegisteredLabelWithPrivate, iana};

use crate::keys::{Algorithm, PublicKey, Signature, SignatureInvalid};

/// The longest statement that is read. A bundle of 50 million credentials with one in a hundred revoked is
/// half a megabyte; 16 MiB leaves room for ten times the people and thrice the revocations.
pub const MAX_BYTES: usize = 16 << 20;

/// Which statement is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The list of issuers and registrars, by the root.
    TrustList,
    /// A new root, by the old one.
    RootTransition,
    /// What a relying party may ask for, by a registrar.
    Registration,
    /// What a relying party asks for, by its own key.
    Request,
    /// Trust and status for offline use, by a registrar.
    Bundle,
    /// The step from one bundle to a newer one, by a registrar.
    Delta,
}

impl Kind {
    /// The external additional data that binds a signature to this kind and its first version.
    #[must_use]
    pub const fn external_aad(self) -> &'static [u8] {
        match self {
            Self::TrustList => b"hati:trust-list:1",
            Self::RootTransition => b"hati:root-transition:1",
            Self::Registration => b"hati:registration:1",
            Self::Request => b"hati:request:1",
            Self::Bundle => b"hati:bundle:1",
            Self::Delta => b"hati:delta:1",
        }
    }
}

/// Why bytes are not a valid COSE_Sign1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoseError {
    /// Longer than [`MAX_BYTES`].
    #[error("the signed data has {got} bytes; at most {limit} are read")]
    TooLong {
        /// Bytes that came.
        got: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Not the structure of RFC 9052 section 4.2.
    #[error("the signed data is damaged or of another kind: {reason}")]
    Structure {
        /// What the decoder met.
        reason: String,
    },
    /// An algorithm other than EdDSA (-8) and ES256 (-7), or none in the protected header.
    #[error("the data is signed with algorithm {got}; only EdDSA (-8) and ES256 (-7) are accepted")]
    Algorithm {
        /// What the protected header names.
        got: String,
    },
    /// The header names another algorithm than the key's.
    #[error("the signed data names {got}, but the key is for {expected}")]
    AlgorithmOfKey {
        /// The key's algorithm.
        expected: Algorithm,
        /// The data's.
        got: Algorithm,
    },
    /// A critical header is not understood (RFC 9052 section 3.1); none is defined for Hati.
    #[error("the signed data demands an extension this reader does not have")]
    Critical,
    /// Payloads of ours are never detached.
    #[error("the signed data carries no payload")]
    Detached,
    /// The signature does not match.
    #[error(transparent)]
    Signature(#[from] SignatureInvalid),
}

/// Builds the bytes to sign for a statement. `kid` may be empty where the payload already names the key.
#[must_use]
pub fn prepare(kind: Kind, algorithm: Algorithm, kid: &[u8], payload: Vec<u8>) -> Unsigned {
    let alg = match algorithm {
        Algorithm::EdDsa => iana::Algorithm::EdDSA,
        Algorithm::Es256 => iana::Algorithm::ES256,
    };
    let mut protected = HeaderBuilder::new().algorithm(alg);
    if !kid.is_empty() {
        protected = protected.key_id(kid.to_vec());
    }
    let statement = CoseSign1Builder::new().protected(protected.build()).payload(payload).build();
    let to_be_signed = statement.tbs_data(kind.external_aad());
    Unsigned { statement, to_be_signed }
}

/// A statement that waits for its signature.
#[derive(Debug, Clone)]
pub struct Unsigned {
    statement: CoseSign1,
    to_be_signed: Vec<u8>,
}

impl Unsigned {
    /// The Sig_structure to sign (RFC 9052 section 4.4).
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// The whole statement, untagged, as our containers say what is in them.
    #[must_use]
    pub fn finish(mut self, signature: &Signature) -> Vec<u8> {
        self.statement.signature = signature.0.to_vec();
        let encoded = self.statement.to_vec();
        debug_assert!(encoded.is_ok(), "a statement built here encodes");
        encoded.unwrap_or_default()
    }
}

/// A statement whose signature nobody has checked.
#[derive(Debug, Clone)]
pub struct Unverified {
    statement: CoseSign1,
    algorithm: Algorithm,
    signature: Signature,
}

impl Unverified {
    /// Takes a statement apart.
    ///
    /// # Errors
    /// [`CoseError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CoseError> {
        if bytes.len() > MAX_BYTES {
            return Err(CoseError::TooLong { got: bytes.len(), limit: MAX_BYTES });
        }
        let structure = |reason: String| CoseError::Structure { reason };
        let statement = CoseSign1::from_slice(bytes).map_err(|e| structure(e.to_string()))?;
        let header = &statement.protected.header;
        if !header.crit.is_empty() || !statement.unprotected.crit.is_empty() {
            return Err(CoseError::Critical);
        }
        let algorithm = match &header.alg {
            Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA)) => Algorithm::EdDsa,
            Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256)) => Algorithm::Es256,
            other => return Err(CoseError::Algorithm { got: format!("{other:?}") }),
        };
        if statement.payload.is_none() {
            return Err(CoseError::Detached);
        }
        let signature = Signature::from_slice(&statement.signature).ok_or_else(|| {
            structure(format!("a signature has 64 bytes, this one {}", statement.signature.len()))
        })?;
        Ok(Self { statement, algorithm, signature })
    }

    /// Which of the signer's keys, from the protected header; empty where it names none.
    #[must_use]
    pub fn kid(&self) -> &[u8] {
        &self.statement.protected.header.key_id
    }

    /// The payload as it came, for finding the key that it names. Nothing in it is true until
    /// [`verify`](Self::verify) has passed.
    #[must_use]
    pub fn payload_unverified(&self) -> &[u8] {
        self.statement.payload.as_deref().unwrap_or_default()
    }

    /// The signature as it came.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Checks that `key` signed this as a statement of `kind`.
    ///
    /// # Errors
    /// [`CoseError::AlgorithmOfKey`] or [`CoseError::Signature`].
    pub fn verify(self, kind: Kind, key: &PublicKey) -> Result<Verified, CoseError> {
        self.verify_with_aad(kind.external_aad(), key)
    }

    /// Checks a statement that others made, with the external additional data their profile names.
    ///
    /// # Errors
    /// [`CoseError::AlgorithmOfKey`] or [`CoseError::Signature`].
    pub fn verify_with_aad(self, external_aad: &[u8], key: &PublicKey) -> Result<Verified, CoseError> {
        if self.algorithm != key.algorithm() {
            return Err(CoseError::AlgorithmOfKey { expected: key.algorithm(), got: self.algorithm });
        }
        // `tbs_data` reuses the protected header's bytes as they were received.
        key.verify(&self.statement.tbs_data(external_aad), &self.signature)?;
        Ok(Verified { payload: self.statement.payload.unwrap_or_default() })
    }
}

/// A statement whose signature matches. Only [`Unverified::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    payload: Vec<u8>,
}

impl Verified {
    /// The signed payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SoftwareKey;
    use proptest::prelude::*;

    fn key(algorithm: Algorithm) -> SoftwareKey {
        SoftwareKey::from_secret_bytes(algorithm, &[6; 32]).unwrap()
    }

    fn statement(algorithm: Algorithm, kind: Kind) -> Vec<u8> {
        let unsigned = prepare(kind, algorithm, b"k1", vec![1, 2, 3]);
        let signature = key(algorithm).sign(unsigned.to_be_signed());
        unsigned.finish(&signature)
    }

    #[test]
    fn accepts_its_own_and_only_as_its_kind() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let bytes = statement(algorithm, Kind::Request);
            let parsed = Unverified::parse(&bytes).unwrap();
            assert_eq!(parsed.kid(), b"k1");
            let key = key(algorithm);
            assert_eq!(parsed.clone().verify(Kind::Request, key.public()).unwrap().payload(), [1, 2, 3]);
            for kind in [Kind::TrustList, Kind::RootTransition, Kind::Registration, Kind::Bundle, Kind::Delta]
            {
                assert!(matches!(parsed.clone().verify(kind, key.public()), Err(CoseError::Signature(_))));
            }
        }
    }

    #[test]
    fn refuses_another_algorithm_than_the_keys() {
        let bytes = statement(Algorithm::EdDsa, Kind::Bundle);
        let refused = Unverified::parse(&bytes).unwrap().verify(Kind::Bundle, key(Algorithm::Es256).public());
        assert!(matches!(refused, Err(CoseError::AlgorithmOfKey { .. })));
    }

    #[test]
    fn refuses_crit_detached_payload_and_foreign_algorithms() {
        let build = |header: coset::Header, payload: Option<Vec<u8>>| {
            let statement = CoseSign1 {
                protected: coset::ProtectedHeader { original_data: None, header },
                payload,
                signature: vec![0; 64],
                ..CoseSign1::default()
            };
            Unverified::parse(&statement.to_vec().unwrap())
        };
        let ed = || HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA);
        assert!(matches!(build(ed().build(), None), Err(CoseError::Detached)));
        let crit = ed().add_critical(iana::HeaderParameter::Alg).build();
        assert!(matches!(build(crit, Some(vec![])), Err(CoseError::Critical)));
        let hmac = HeaderBuilder::new().algorithm(iana::Algorithm::HMAC_256_256).build();
        assert!(matches!(build(hmac, Some(vec![])), Err(CoseError::Algorithm { .. })));
        assert!(matches!(
            build(HeaderBuilder::new().build(), Some(vec![])),
            Err(CoseError::Algorithm { .. })
        ));
        assert!(matches!(Unverified::parse(&vec![0; MAX_BYTES + 1]), Err(CoseError::TooLong { .. })));
    }

    proptest! {
        #[test]
        fn one_flipped_bit_is_refused(at in 0usize..1000, bit in 0u8..8) {
            let mut bytes = statement(Algorithm::EdDsa, Kind::Delta);
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let verified = Unverified::parse(&bytes).and_then(|s| s.verify(Kind::Delta, key(Algorithm::EdDsa).public()));
            prop_assert!(verified.is_err());
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = Unverified::parse(&bytes);
        }
    }
}
