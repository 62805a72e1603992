//! P-256: parsed by the `p256` crate everywhere, verified natively by AWS-LC, which takes about a quarter
//! of the time; wasm32 has no AWS-LC and keeps `p256`.

use p256::ecdsa::VerifyingKey;

use super::Signature;

/// A point of P-256, checked to lie on the curve.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct P256Key {
    key: VerifyingKey,
    /// SEC 1 uncompressed: 0x04 || x || y.
    uncompressed: [u8; 65],
}

impl P256Key {
    pub(super) fn from_sec1(bytes: &[u8]) -> Result<Self, String> {
        match bytes {
            [4, xy @ ..] if xy.len() == 64 => Self::read(bytes),
            [2 | 3, x @ ..] if x.len() == 32 => Self::from_compressed(bytes),
            // `p256` reads further forms, by which one key would have several texts.
            [prefix, rest @ ..] if rest.len() == 32 || rest.len() == 64 => {
                Err(format!("expected 2 or 3 and 32 bytes of x, got {prefix} and {}", rest.len()))
            }
            _ => Err(format!("expected 33 bytes, got {}", bytes.len())),
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn from_compressed(bytes: &[u8]) -> Result<Self, String> {
        Self::read(super::p256_field::uncompressed(bytes).as_ref().map_or(bytes, <[u8; 65]>::as_slice))
    }

    /// fiat-crypto's field is for 64-bit processors; `p256` has another one here.
    #[cfg(target_arch = "wasm32")]
    fn from_compressed(bytes: &[u8]) -> Result<Self, String> {
        Self::read(bytes)
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        VerifyingKey::from_sec1_bytes(bytes)
            .map_err(|_| "not a point of the curve".to_owned())
            .and_then(Self::new)
    }

    pub(super) fn new(key: VerifyingKey) -> Result<Self, String> {
        let point = key.to_sec1_point(false);
        let uncompressed =
            <[u8; 65]>::try_from(point.as_bytes()).map_err(|_| "the point at infinity".to_owned())?;
        Ok(Self { key, uncompressed })
    }

    pub(super) fn x(&self) -> &[u8] {
        self.uncompressed.get(1..33).unwrap_or_default()
    }

    pub(super) fn y(&self) -> &[u8] {
        self.uncompressed.get(33..).unwrap_or_default()
    }

    pub(super) fn compressed(&self) -> [u8; 33] {
        let mut out = [0; 33];
        // SEC 1 section 2.3.3: the prefix is 2 for an even y and 3 for an odd one.
        let odd = self.uncompressed.last().is_some_and(|b| b & 1 == 1);
        let (prefix, x) = out.split_at_mut(1);
        prefix.fill(if odd { 3 } else { 2 });
        x.copy_from_slice(self.x());
        out
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.uncompressed)
            .verify(message, &signature.0)
            .is_ok()
    }

    #[cfg(target_arch = "wasm32")]
    pub(super) fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        use p256::ecdsa::signature::Verifier;
        p256::ecdsa::Signature::from_slice(&signature.0).is_ok_and(|s| self.key.verify(message, &s).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::signature::{Signer, Verifier};

    /// The native check and the one the wasm build uses must agree.
    #[test]
    fn aws_lc_and_p256_agree() {
        for seed in 1..40u8 {
            let secret = p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap();
            let key = P256Key::new(*secret.verifying_key()).unwrap();
            let signature: p256::ecdsa::Signature = secret.sign(&[seed]);
            let mut bytes = Signature(signature.to_bytes().into());
            assert!(key.verify(&[seed], &bytes) && key.key.verify(&[seed], &signature).is_ok());
            bytes.0[usize::from(seed)] ^= 0x10;
            let altered = p256::ecdsa::Signature::from_slice(&bytes.0);
            assert!(!key.verify(&[seed], &bytes));
            assert!(!altered.is_ok_and(|s| key.key.verify(&[seed], &s).is_ok()));
        }
    }
}
