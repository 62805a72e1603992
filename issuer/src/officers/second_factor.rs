//! The second factor: a code of the moment (TOTP, RFC 6238), its secret sealed at rest.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE32_NOPAD;
use hati_formats::time::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand_core::CryptoRng;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::AccountError;

/// RFC 4226 section 4, R6: 160 bits are recommended.
const SECRET_BYTES: usize = 20;

const NONCE_BYTES: usize = 24;

/// The secret of a second factor.
pub(super) struct SecondFactor(Zeroizing<[u8; SECRET_BYTES]>);

impl SecondFactor {
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        rng.fill_bytes(secret.as_mut());
        Self(secret)
    }

    /// The secret as an account keeps it: a random nonce, then the sealed bytes, which open for this name alone.
    pub(super) fn seal(
        &self,
        name: &str,
        key: &[u8; 32],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, AccountError> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let plain = Payload { msg: self.0.as_ref(), aad: name.as_bytes() };
        let sealed = XChaCha20Poly1305::new(key.into()).encrypt(&XNonce::from(nonce), plain);
        let sealed = sealed
            .map_err(|error| AccountError::Unkept { what: "second factor", reason: error.to_string() })?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// `None` if another key sealed it, or it was sealed for another name.
    pub(super) fn unseal(sealed: &[u8], name: &str, key: &[u8; 32]) -> Option<Self> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let sealed = Payload { msg: sealed, aad: name.as_bytes() };
        let plain = XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), sealed).ok()?;
        Some(Self(Zeroizing::new(Zeroizing::new(plain).as_slice().try_into().ok()?)))
    }

    /// The time step whose code this is: the present one, or one before or after for a clock that is a little off
    /// (RFC 6238 section 5.2).
    pub(super) fn step(&self, code: &str, now: Timestamp) -> Option<u64> {
        self.totp()?.check(code, u64::try_from(now.seconds()).ok()?)
    }

    /// For an authenticator app, as their common key URI format has it.
    pub(super) fn uri(&self, issuer: &str, name: &str) -> Zeroizing<String> {
        let issuer = utf8_percent_encode(issuer, NON_ALPHANUMERIC);
        let secret = Zeroizing::new(BASE32_NOPAD.encode(self.0.as_ref()));
        let secret = secret.as_str();
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        ))
    }

    /// Six digits of HMAC-SHA-1 every 30 seconds: what every authenticator app does.
    fn totp(&self) -> Option<Totp> {
        Builder::new().with_secret(Secret::new_stack(*self.0)).build().ok()
    }

    #[cfg(test)]
    pub(super) fn code(&self, now: Timestamp) -> String {
        self.totp().unwrap().generate(now.seconds().unsigned_abs()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    /// RFC 6238 appendix B, SHA-1; the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let factor = SecondFactor(Zeroizing::new(*b"12345678901234567890"));
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = u64::try_from(seconds / 30).unwrap();
            assert_eq!(factor.code(at(seconds)), code);
            for now in [seconds - 30, seconds, seconds + 30] {
                assert_eq!(factor.step(code, at(now)), Some(step));
            }
            assert_eq!(factor.step(code, at(seconds - 60)), None);
            assert_eq!(factor.step(code, at(seconds + 60)), None);
        }
        for wrong in ["", "28708", "2870820", "28708a", "２８７０８２", "000000"] {
            assert_eq!(factor.step(wrong, at(59)), None, "{wrong}");
        }
        assert_eq!(factor.step("287082", at(-59)), None);
    }

    #[test]
    fn a_secret_is_sealed_for_one_name_under_one_key() {
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let factor = SecondFactor::generate(rng);
        let sealed = factor.seal("wanjiku", &[1; 32], rng).unwrap();
        assert!(!sealed.windows(8).any(|part| part == &factor.0[..8]));
        assert_ne!(sealed, factor.seal("wanjiku", &[1; 32], rng).unwrap());
        assert_eq!(*SecondFactor::unseal(&sealed, "wanjiku", &[1; 32]).unwrap().0, *factor.0);
        assert!(SecondFactor::unseal(&sealed, "kamau", &[1; 32]).is_none());
        assert!(SecondFactor::unseal(&sealed, "wanjiku", &[2; 32]).is_none());
        for cut in [0, 23, 24, sealed.len() - 1] {
            assert!(SecondFactor::unseal(&sealed[..cut], "wanjiku", &[1; 32]).is_none());
        }
    }

    #[test]
    fn an_app_is_told_everything() {
        let factor = SecondFactor(Zeroizing::new(*b"12345678901234567890"));
        assert_eq!(
            factor.uri("Idara ya Usajili", "wanjiku").as_str(),
            "otpauth://totp/Idara%20ya%20Usajili:wanjiku?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Idara%20ya%20Usajili&algorithm=SHA1&digits=6&period=30"
        );
    }
}
