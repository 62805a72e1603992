//! Ed25519 (RFC 8032), checked strictly, by ed25519-dalek. Signed natively by AWS-LC, which takes about half of the
//! time; wasm32 has no AWS-LC and signs with ed25519-dalek. A key and a message have one signature, whoever makes it.

use std::sync::LazyLock;

use curve25519_dalek::constants::EIGHT_TORSION;
use ed25519_dalek::{Signer as _, Verifier, VerifyingKey};

use super::Signature;

/// The encodings of the points of small order; they are known beforehand, so they are compared as bytes.
static SMALL_ORDER: LazyLock<[[u8; 32]; 8]> =
    LazyLock::new(|| EIGHT_TORSION.map(|p| p.compress().to_bytes()));

/// Reads a public key, and refuses one that would accept signatures nobody made (RFC 8725 section 3.4).
///
/// The library takes y beyond the field's prime and the x = 0 that is called negative, which RFC 8032 section 5.1.3 refuses; so
/// what is left of the points of small order are their known encodings, and no multiple has to be computed.
pub(super) fn public_key(bytes: &[u8; 32]) -> Result<VerifyingKey, &'static str> {
    let mut y = *bytes;
    let [rest @ .., last] = &mut y;
    *last &= 0x7f;
    let is_beyond = *last == 0x7f
        && matches!(rest, [first, middle @ ..] if *first >= 0xed && middle.iter().all(|byte| *byte == 0xff));
    if is_beyond {
        return Err("not the encoding of a point (RFC 8032 section 5.1.3)");
    }
    // With either sign of x, so the negative zeros are among them.
    if SMALL_ORDER.iter().any(|[point @ .., end]| point == rest && end & 0x7f == *last) {
        return Err("a point of small order");
    }
    VerifyingKey::from_bytes(bytes).map_err(|_| "not a point of the curve")
}

/// What `ed25519_dalek::VerifyingKey::verify_strict` decides, in four fifths of its time.
///
/// 1. No key of small order: `PublicKey` has refused it before.
/// 2. No R of small order. The library decompresses R to see that. Its check compares R by bytes with a point it
///    compresses itself, so an R of small order that could pass is one of eight texts.
/// 3. S below the group's order, and the equation: by the library.
pub(super) fn verify_strict(key: &VerifyingKey, message: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    !SMALL_ORDER.contains(signature.r_bytes()) && key.verify(message, &signature).is_ok()
}

/// A private key. Both libraries wipe what they keep of it.
pub(super) struct SigningKey {
    key: ed25519_dalek::SigningKey,
    /// For who signs more than once; `None` inside if AWS-LC has no memory for it.
    #[cfg(not(target_arch = "wasm32"))]
    fast: std::sync::OnceLock<Option<aws_lc_rs::signature::Ed25519KeyPair>>,
}

impl SigningKey {
    /// The key of a seed (RFC 8032 section 5.1.5).
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        Self {
            key: ed25519_dalek::SigningKey::from_bytes(seed),
            #[cfg(not(target_arch = "wasm32"))]
            fast: std::sync::OnceLock::new(),
        }
    }

    pub(super) fn seed(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    pub(super) fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        let fast = self.fast.get_or_init(|| {
            let public = self.key.verifying_key();
            aws_lc_rs::signature::Ed25519KeyPair::from_seed_and_public_key(
                zeroize::Zeroizing::new(self.seed()).as_ref(),
                public.as_bytes(),
            )
            .ok()
        });
        let signed =
            fast.as_ref().and_then(|key| Signature::from_slice(key.try_sign(message).ok()?.as_ref()));
        signed.unwrap_or_else(|| self.sign_by_dalek(message))
    }

    #[cfg(target_arch = "wasm32")]
    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        self.sign_by_dalek(message)
    }

    fn sign_by_dalek(&self, message: &[u8]) -> Signature {
        Signature(self.key.sign(message).to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::Scalar;
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;
    use sha2::{Digest, Sha512};

    use super::*;

    const MESSAGE: &[u8] = b"message";

    fn library_strict(key: &SigningKey, signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verifying_key().verify_strict(MESSAGE, &signature).is_ok()
    }

    /// The signature with R = `r` that satisfies the equation if `r` is the identity.
    fn with_r(key: &SigningKey, r: [u8; 32]) -> Signature {
        let hash = Sha512::new().chain_update(r).chain_update(key.verifying_key()).chain_update(MESSAGE);
        let s = Scalar::from_bytes_mod_order_wide(&hash.finalize().into()) * key.to_scalar();
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&r);
        bytes[32..].copy_from_slice(&s.to_bytes());
        Signature(bytes)
    }

    #[test]
    fn an_r_of_small_order_is_refused() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let mut identity = [0; 32];
        identity[0] = 1;
        let forged = with_r(&key, identity);
        let lenient = key.verifying_key().verify(MESSAGE, &ed25519_dalek::Signature::from_bytes(&forged.0));
        assert!(lenient.is_ok(), "a check that is not strict takes it");
        assert!(!library_strict(&key, &forged));
        assert!(!verify_strict(&key.verifying_key(), MESSAGE, &forged));
    }

    #[test]
    fn the_eight_points_of_small_order_are_known() {
        let mut known = SMALL_ORDER.to_vec();
        assert!(known.iter().all(|point| VerifyingKey::from_bytes(point).unwrap().is_weak()));
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), 8);
    }

    /// Every encoding that the library takes for a point of small order, those of RFC 8032 and others.
    #[test]
    fn no_encoding_of_a_weak_key_is_taken() {
        let near_zero = (0..=2).map(|low| [&[low][..], &[0; 31]].concat());
        let near_prime = (0xe9..=0xff).map(|low| [&[low][..], &[0xff; 30], &[0x7f]].concat());
        let known = SMALL_ORDER.iter().map(|point| point.to_vec());
        let mut weak = 0;
        for text in near_zero.chain(near_prime).chain(known) {
            for sign in [0, 0x80] {
                let mut bytes: [u8; 32] = text.as_slice().try_into().unwrap();
                bytes[31] ^= sign;
                let Ok(key) = VerifyingKey::from_bytes(&bytes) else { continue };
                let is_canonical = key.to_edwards().compress().to_bytes() == bytes;
                assert_eq!(public_key(&bytes).is_ok(), is_canonical && !key.is_weak(), "{bytes:x?}");
                weak += usize::from(key.is_weak());
            }
        }
        assert!(weak > 8 * 2, "{weak}");
    }

    proptest! {
        #[test]
        fn other_keys_are_taken_as_the_library_takes_them(bytes: [u8; 32]) {
            prop_assert_eq!(public_key(&bytes).ok(), VerifyingKey::from_bytes(&bytes).ok());
        }

        #[test]
        fn both_libraries_sign_alike(seed: [u8; 32], message: Vec<u8>) {
            let key = super::SigningKey::from_seed(&seed);
            prop_assert_eq!(key.sign(&message), key.sign_by_dalek(&message));
            prop_assert!(key.fast.get().unwrap().is_some());
        }

        #[test]
        fn it_decides_as_the_library_does(seed: [u8; 32], at in 0_usize..64, mask: u8, point in 0_usize..9) {
            let key = SigningKey::from_bytes(&seed);
            let mut signature = match SMALL_ORDER.get(point) {
                Some(r) => with_r(&key, *r),
                None => Signature(key.sign(MESSAGE).to_bytes()),
            };
            signature.0[at] ^= mask;
            prop_assert_eq!(verify_strict(&key.verifying_key(), MESSAGE, &signature), library_strict(&key, &signature));
        }
    }
}
