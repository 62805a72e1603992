//! The y of a compressed point of P-256, by the fiat-crypto project's field, which is faster than the
//! `p256` crate's.
//!
//! Nothing is decided here: what comes out is a guess, and `p256` checks that it is a point of the curve.

use fiat_crypto::p256_64 as fiat;

/// b of SP 800-186 section 3.2.1.3.
const B: [u8; 32] = [
    0x5a, 0xc6, 0x35, 0xd8, 0xaa, 0x3a, 0x93, 0xe7, 0xb3, 0xeb, 0xbd, 0x55, 0x76, 0x98, 0x86, 0xbc, 0x65,
    0x1d, 0x06, 0xb0, 0xcc, 0x53, 0xb0, 0xf6, 0x3b, 0xce, 0x3c, 0x3e, 0x27, 0xd2, 0x60, 0x4b,
];

/// SEC 1's 65 bytes from its 33 (section 2.3.4), with the only y there can be; `None` for other lengths or prefixes.
pub(super) fn uncompressed(compressed: &[u8]) -> Option<[u8; 65]> {
    let (prefix, x) = compressed.split_first()?;
    let odd = match prefix {
        2 => false,
        3 => true,
        _ => return None,
    };
    let y = y_of(x.try_into().ok()?, odd);
    let mut point = [4; 65];
    for (to, from) in point.iter_mut().skip(1).zip(x.iter().chain(&y)) {
        *to = *from;
    }
    Some(point)
}

/// y = ±√(x³ - 3x + b). Where there is no root, some other number.
fn y_of(x: &[u8; 32], odd: bool) -> [u8; 32] {
    let x = Element::from_bytes(x);
    let three_x = x.plus(x).plus(x);
    let y = x.squared(1).times(x).minus(three_x).plus(Element::from_bytes(&B)).root();
    let bytes = y.to_bytes();
    let is_odd = bytes.last().is_some_and(|byte| byte & 1 == 1);
    if is_odd == odd { bytes } else { y.negative().to_bytes() }
}

/// A number modulo the prime, in Montgomery's form.
#[derive(Clone, Copy)]
struct Element(fiat::fiat_p256_montgomery_domain_field_element);

impl Element {
    const ZERO: Self = Self(fiat::fiat_p256_montgomery_domain_field_element([0; 4]));

    fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut bytes = *bytes;
        bytes.reverse();
        let mut number = fiat::fiat_p256_non_montgomery_domain_field_element([0; 4]);
        fiat::fiat_p256_from_bytes(&mut number.0, &bytes);
        let mut out = Self::ZERO;
        fiat::fiat_p256_to_montgomery(&mut out.0, &number);
        out
    }

    fn to_bytes(self) -> [u8; 32] {
        let mut number = fiat::fiat_p256_non_montgomery_domain_field_element([0; 4]);
        fiat::fiat_p256_from_montgomery(&mut number, &self.0);
        let mut bytes = [0; 32];
        fiat::fiat_p256_to_bytes(&mut bytes, &number.0);
        bytes.reverse();
        bytes
    }

    fn plus(self, other: Self) -> Self {
        let mut out = Self::ZERO;
        fiat::fiat_p256_add(&mut out.0, &self.0, &other.0);
        out
    }

    fn minus(self, other: Self) -> Self {
        let mut out = Self::ZERO;
        fiat::fiat_p256_sub(&mut out.0, &self.0, &other.0);
        out
    }

    fn negative(self) -> Self {
        let mut out = Self::ZERO;
        fiat::fiat_p256_opp(&mut out.0, &self.0);
        out
    }

    fn times(self, other: Self) -> Self {
        let mut out = Self::ZERO;
        fiat::fiat_p256_mul(&mut out.0, &self.0, &other.0);
        out
    }

    /// Squared so many times.
    fn squared(mut self, times: u32) -> Self {
        for _ in 0..times {
            let one = self;
            fiat::fiat_p256_square(&mut self.0, &one.0);
        }
        self
    }

    /// The power (p + 1) / 4 = 2^254 - 2^222 + 2^190 + 2^94, a root because p leaves 3 when divided by 4.
    fn root(self) -> Self {
        let ones_2 = self.squared(1).times(self);
        let ones_4 = ones_2.squared(2).times(ones_2);
        let ones_8 = ones_4.squared(4).times(ones_4);
        let ones_16 = ones_8.squared(8).times(ones_8);
        let ones_32 = ones_16.squared(16).times(ones_16);
        ones_32.squared(32).times(self).squared(96).times(self).squared(94)
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::VerifyingKey;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_the_y_that_p256_finds(x: [u8; 32], prefix in 2_u8..4) {
            let compressed = [&[prefix], &x[..]].concat();
            let found = uncompressed(&compressed).and_then(|point| VerifyingKey::from_sec1_bytes(&point).ok());
            prop_assert_eq!(found, VerifyingKey::from_sec1_bytes(&compressed).ok());
        }
    }

    #[test]
    fn numbers_from_the_prime_upwards_are_no_coordinates() {
        for x in [[0xff; 32], [0; 32]] {
            let point = uncompressed(&[&[2], &x[..]].concat()).unwrap();
            assert_eq!(VerifyingKey::from_sec1_bytes(&point).is_ok(), x == [0; 32]);
        }
        assert_eq!(uncompressed(&[2; 32]), None);
        assert_eq!(uncompressed(&[]), None);
    }
}
