//! A key in the token: made, found, and signing.

use std::sync::{Mutex, PoisonError};

use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use hati_formats::keys::{Algorithm, PublicKey, Signature};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::sessions::SessionError;
use super::{Reference, Token, TokenError};

/// "edwards25519" as a PrintableString (PKCS#11 3.0 section 2.3.3), which SoftHSM and most tokens take.
const EDWARDS25519: &[u8] = b"\x13\x0cedwards25519";

/// The OID of P-256, 1.2.840.10045.3.1.7, in DER (RFC 5480 section 2.1.1.1).
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

const ID_BYTES: usize = 16;

/// What a key signs to show that it is the one its file says. No statement of the profile begins so.
const TRIAL: &[u8] = b"hati-issuer: is this the key?";

/// A key in the token.
#[derive(Debug)]
pub(in crate::keys) struct TokenKey {
    token: Token,
    reference: Reference,
    /// The object, and the start of the module at which it was found.
    found: Mutex<Option<(u64, ObjectHandle)>>,
}

impl TokenKey {
    /// Makes a key that never leaves the token.
    pub(in crate::keys) fn generate(
        token: &Token,
        label: &str,
        algorithm: Algorithm,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, TokenError> {
        let mut id = vec![0; ID_BYTES];
        rng.fill_bytes(&mut id);
        let (mechanism, curve) = match algorithm {
            Algorithm::EdDsa => (Mechanism::EccEdwardsKeyPairGen, EDWARDS25519),
            Algorithm::Es256 => (Mechanism::EccKeyPairGen, P256),
        };
        let common = |class| {
            vec![
                Attribute::Class(class),
                Attribute::Token(true),
                Attribute::Id(id.clone()),
                Attribute::Label(label.into()),
            ]
        };
        let mut public = common(ObjectClass::PUBLIC_KEY);
        public.extend([
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::EcParams(curve.to_vec()),
        ]);
        let mut private = common(ObjectClass::PRIVATE_KEY);
        private.extend([
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
        ]);
        let point = token.0.with(|session, _| {
            let (public, _) = session.generate_key_pair(&mechanism, &public, &private)?;
            Ok(session.get_attributes(public, &[AttributeType::EcPoint])?)
        })?;
        let failed =
            |reason: &str| TokenError::Failed { token: token.0.token().into(), reason: reason.into() };
        let Some(Attribute::EcPoint(point)) = point.first() else {
            return Err(failed("it does not tell the public key"));
        };
        let public = read_point(algorithm, point).ok_or_else(|| failed("its public key is no point"))?;
        Self::open(token, Reference { public, id })
    }

    /// Finds a key, and has it sign once.
    pub(in crate::keys) fn open(token: &Token, reference: Reference) -> Result<Self, TokenError> {
        let key = Self { token: token.clone(), reference, found: Mutex::new(None) };
        match key.public().verify(TRIAL, &key.sign(TRIAL)?) {
            Ok(()) => Ok(key),
            Err(_) => Err(TokenError::OtherKey { token: key.token_name().into(), id: key.id() }),
        }
    }

    /// Destroys both halves; nothing that is not there any more.
    pub(in crate::keys) fn destroy(token: &Token, reference: &Reference) -> Result<(), TokenError> {
        token.0.with(|session, _| {
            for object in session.find_objects(&[Attribute::Id(reference.id.clone())])? {
                session.destroy_object(object)?;
            }
            Ok(())
        })
    }

    pub(in crate::keys) const fn public(&self) -> &PublicKey {
        &self.reference.public
    }

    pub(in crate::keys) const fn reference(&self) -> &Reference {
        &self.reference
    }

    pub(in crate::keys) fn token_name(&self) -> &str {
        self.token.0.token()
    }

    pub(in crate::keys) fn sign(&self, message: &[u8]) -> Result<Signature, TokenError> {
        self.token.0.with(|session, start| {
            let object = self.object(session, start)?;
            self.sign_one(session, object, message)
        })
    }

    /// Signs messages in one session.
    pub(in crate::keys) fn sign_all<'m>(
        &self,
        messages: impl Iterator<Item = &'m [u8]>,
    ) -> Result<Vec<Signature>, TokenError> {
        // Those of the first try count no more where a second one is needed.
        let messages: Vec<_> = messages.collect();
        self.token.0.with(|session, start| {
            let object = self.object(session, start)?;
            messages.iter().map(|message| self.sign_one(session, object, message)).collect()
        })
    }

    fn sign_one(
        &self,
        session: &Session,
        object: ObjectHandle,
        message: &[u8],
    ) -> Result<Signature, SessionError> {
        let signature = match self.reference.public.algorithm() {
            Algorithm::EdDsa => {
                let pure = EddsaParams::new(EddsaSignatureScheme::Pure);
                session.sign(&Mechanism::Eddsa(pure), object, message)?
            }
            Algorithm::Es256 => session.sign(&Mechanism::Ecdsa, object, &Sha256::digest(message))?,
        };
        // Both are 64 bytes: R || S, and r || s (PKCS#11 3.0 sections 2.3.1 and 2.3.12).
        Signature::from_slice(&signature).ok_or_else(|| Error::InvalidValue.into())
    }

    fn object(&self, session: &Session, start: u64) -> Result<ObjectHandle, SessionError> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, object)) = found.filter(|(then, _)| *then == start) {
            return Ok(object);
        }
        let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(self.reference.id.clone())];
        let objects = session.find_objects(&template)?;
        let object = objects.first().copied();
        *found = object.map(|object| (start, object));
        let missing = || TokenError::NoKey { token: self.token_name().into(), id: self.id() };
        object.ok_or_else(|| missing().into())
    }

    fn id(&self) -> String {
        self.reference.id.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// CKA_EC_POINT is a DER OCTET STRING around the point; some tokens leave the wrapping out.
fn read_point(algorithm: Algorithm, bytes: &[u8]) -> Option<PublicKey> {
    let wrapped = match bytes {
        [0x04, length, point @ ..] if usize::from(*length) == point.len() => Some(point),
        _ => None,
    };
    wrapped.into_iter().chain([bytes]).find_map(|point| PublicKey::from_bytes(algorithm, point).ok())
}

#[cfg(test)]
mod tests {
    use hati_formats::keys::SoftwareKey;

    use super::*;

    #[test]
    fn a_point_is_read_with_and_without_its_wrapping() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let key = SoftwareKey::from_secret_bytes(algorithm, &[7; 32]).unwrap();
            let bytes = key.public().to_bytes();
            let wrapped = [&[0x04, bytes.len() as u8], &bytes[..]].concat();
            assert_eq!(read_point(algorithm, &bytes).as_ref(), Some(key.public()));
            assert_eq!(read_point(algorithm, &wrapped).as_ref(), Some(key.public()));
            assert_eq!(read_point(algorithm, &wrapped[1..]), None);
            assert_eq!(read_point(algorithm, &[]), None);
        }
    }
}
