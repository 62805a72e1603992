use super::{DidError, Document, KeyForm, Relationship, multikey};
use crate::keys::PublicKey;

/// The `did:key` of a public key.
#[must_use]
pub fn did_key(key: &PublicKey) -> String {
    format!("did:key:{}", multikey::encode(key))
}

/// did:key 0.9, 3.1: the key is its own document's only signing method, named by its own Multikey.
pub(super) fn expand(did: &str, multikey: &str) -> Result<Document, DidError> {
    let key = multikey::decode(multikey)?;
    Ok(Document::new(did).with_key(multikey, &key, KeyForm::Multikey, &Relationship::ALL))
}

#[cfg(test)]
mod tests {
    use super::super::expand;
    use super::*;
    use crate::{
        keys::{Algorithm, SoftwareKey},
        time::Timestamp,
    };
    use proptest::prelude::*;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    proptest! {
        #[test]
        fn round_trip(seed: u64, es256: bool) {
            let algorithm = if es256 { Algorithm::Es256 } else { Algorithm::EdDsa };
            let key = SoftwareKey::generate(algorithm, &mut ChaCha20Rng::seed_from_u64(seed));
            let did = did_key(key.public());
            let id = format!("{did}#{}", multikey::encode(key.public()));
            for relationship in Relationship::ALL {
                let document = expand(&did).unwrap();
                let method = document.method(&id, relationship, Timestamp::from_seconds(0)).unwrap();
                prop_assert_eq!(method.key(), key.public());
                prop_assert_eq!(method.controller(), &did);
            }
        }
    }
}
