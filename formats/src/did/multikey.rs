//! Multikey (CID 1.0, 2.2.2): a public key as one short text, `publicKeyMultibase`.

use super::DidError;
use crate::keys::{Algorithm, KeyError, PublicKey};

/// The longest Multikey that is read. RSA-4096, which is refused by name, takes 720 characters; base58
/// takes time in the square of the length.
pub const MAX_MULTIKEY: usize = 1024;

/// `ed25519-pub` (0xed) as an unsigned varint.
const ED25519: [u8; 2] = [0xed, 0x01];
/// `p256-pub` (0x1200) as an unsigned varint.
const P256: [u8; 2] = [0x80, 0x24];

/// Key types of the multicodec table that peers use and this profile does not, so that a refusal names them.
const REFUSED: [([u8; 2], &str); 9] = [
    ([0xe7, 0x01], "secp256k1"),
    ([0xea, 0x01], "BLS12-381 G1"),
    ([0xeb, 0x01], "BLS12-381 G2"),
    ([0xec, 0x01], "X25519"),
    ([0x81, 0x24], "P-384"),
    ([0x82, 0x24], "P-521"),
    ([0x83, 0x24], "Ed448"),
    ([0x85, 0x24], "RSA"),
    ([0x80, 0x26], "Ed25519 private"),
];

/// The Multikey of a public key.
#[must_use]
pub fn encode(key: &PublicKey) -> String {
    let codec = match key.algorithm() {
        Algorithm::EdDsa => ED25519,
        Algorithm::Es256 => P256,
    };
    let bytes = [codec.as_slice(), &key.to_bytes()].concat();
    format!("z{}", bs58::encode(bytes).into_string())
}

/// The public key of a Multikey.
///
/// # Errors
/// [`DidError`].
pub fn decode(multikey: &str) -> Result<PublicKey, DidError> {
    if multikey.len() > MAX_MULTIKEY {
        return Err(DidError::TooLong { what: "Multikey", limit: MAX_MULTIKEY, got: multikey.len() });
    }
    let base58 =
        multikey.strip_prefix('z').ok_or_else(|| DidError::Multibase { got: multikey.chars().next() })?;
    let bytes = bs58::decode(base58).into_vec().map_err(|reason| DidError::Base58 { reason })?;
    match bytes.split_first_chunk::<2>() {
        Some((&ED25519, key)) => Ok(PublicKey::from_bytes(Algorithm::EdDsa, key)?),
        Some((&P256, key)) => compressed(key),
        other => Err(DidError::UnsupportedKeyType { got: name(other.map(|(codec, _)| *codec)) }),
    }
}

/// CID 1.0, 2.2.2: a P-256 key is compressed, 33 bytes, and nothing else.
fn compressed(key: &[u8]) -> Result<PublicKey, DidError> {
    const COMPRESSED: usize = 33;
    let algorithm = Algorithm::Es256;
    if key.len() != COMPRESSED {
        let reason = format!("expected {COMPRESSED} bytes, got {}", key.len());
        return Err(KeyError::Invalid { algorithm, reason }.into());
    }
    Ok(PublicKey::from_bytes(algorithm, key)?)
}

fn name(codec: Option<[u8; 2]>) -> String {
    let Some(codec) = codec else { return "truncated".to_owned() };
    REFUSED.iter().find(|(refused, _)| *refused == codec).map_or_else(
        || format!("multicodec {:02x}{:02x}", codec[0], codec[1]),
        |(_, name)| (*name).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SoftwareKey;
    use proptest::prelude::*;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    proptest! {
        #[test]
        fn round_trip(seed: u64, es256: bool) {
            let algorithm = if es256 { Algorithm::Es256 } else { Algorithm::EdDsa };
            let key = SoftwareKey::generate(algorithm, &mut ChaCha20Rng::seed_from_u64(seed));
            let text = encode(key.public());
            let prefix = if es256 { "zDn" } else { "z6Mk" };
            prop_assert!(text.starts_with(prefix));
            prop_assert_eq!(&decode(&text).unwrap(), key.public());
        }

        #[test]
        fn hostile_text_never_panics(text in "z?[1-9A-Za-z]{0,80}|.{0,80}") {
            if let Ok(key) = decode(&text) {
                prop_assert_eq!(encode(&key), text);
            }
        }
    }

    #[test]
    fn another_multibase_is_refused() {
        for (text, got) in [("", None), ("uAbc", Some('u')), ("Z6Mk", Some('Z'))] {
            assert_eq!(decode(text), Err(DidError::Multibase { got }));
        }
    }

    #[test]
    fn what_is_not_base58_is_refused() {
        assert!(matches!(decode("z6Mk0"), Err(DidError::Base58 { .. })));
    }

    #[test]
    fn other_key_types_are_refused_by_name() {
        for (codec, expected) in REFUSED {
            let text = format!("z{}", bs58::encode([codec.as_slice(), &[7; 32]].concat()).into_string());
            assert_eq!(decode(&text), Err(DidError::UnsupportedKeyType { got: expected.to_owned() }));
        }
        let unknown = format!("z{}", bs58::encode([0x01, 0x02, 0x03]).into_string());
        assert_eq!(decode(&unknown), Err(DidError::UnsupportedKeyType { got: "multicodec 0102".to_owned() }));
        assert_eq!(decode("z2"), Err(DidError::UnsupportedKeyType { got: "truncated".to_owned() }));
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for (codec, length) in [(ED25519, 31), (ED25519, 33), (P256, 32), (P256, 65)] {
            let text =
                format!("z{}", bs58::encode([codec.as_slice(), &vec![4; length]].concat()).into_string());
            assert!(matches!(decode(&text), Err(DidError::Key(_))), "{length}");
        }
    }

    #[test]
    fn a_multikey_that_is_too_long_is_refused() {
        let text = format!("z{}", "1".repeat(MAX_MULTIKEY));
        assert!(matches!(decode(&text), Err(DidError::TooLong { got, .. }) if got == MAX_MULTIKEY + 1));
    }
}
