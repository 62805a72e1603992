use serde_json::Value;

use super::{DidError, Document, KeyForm, Relationship};
use crate::{encoding, json, keys::PublicKey};

/// The name did:jwk gives its only verification method.
const FRAGMENT: &str = "0";

/// The `did:jwk` of a public key.
#[must_use]
pub fn did_jwk(key: &PublicKey) -> String {
    format!("did:jwk:{}", encoding::b64url(key.to_jwk().to_string().as_bytes()))
}

/// did:jwk, "Read": the identifier is the base64url of the JWK's JSON.
pub(super) fn expand(did: &str, encoded: &str) -> Result<Document, DidError> {
    let jwk = json::parse_object(&encoding::b64url_decode(encoded)?)?;
    // did:jwk, "Read": a key for encryption gets no signing relationship.
    if let Some(usage) = jwk.get("use").filter(|usage| *usage != "sig") {
        return Err(DidError::NotForSignatures { got: super::error::shown(&usage.to_string()) });
    }
    let key = PublicKey::from_jwk(&Value::Object(jwk))?;
    Ok(Document::new(did).with_key(FRAGMENT, &key, KeyForm::JsonWebKey, &Relationship::ALL))
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

    /// The example of the did:jwk specification.
    const EXAMPLE: &str = "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9";

    fn of(jwk: &str) -> String {
        format!("did:jwk:{}", encoding::b64url(jwk.as_bytes()))
    }

    proptest! {
        #[test]
        fn round_trip(seed: u64, es256: bool) {
            let algorithm = if es256 { Algorithm::Es256 } else { Algorithm::EdDsa };
            let key = SoftwareKey::generate(algorithm, &mut ChaCha20Rng::seed_from_u64(seed));
            let did = did_jwk(key.public());
            let document = expand(&did).unwrap();
            let method = document
                .method(&format!("{did}#0"), Relationship::AssertionMethod, Timestamp::from_seconds(0))
                .unwrap();
            prop_assert_eq!(method.key(), key.public());
        }
    }

    #[test]
    fn the_example_of_the_specification() {
        let document = expand(EXAMPLE).unwrap();
        let method = document.method("#0", Relationship::Authentication, Timestamp::from_seconds(0)).unwrap();
        assert_eq!(method.id(), format!("{EXAMPLE}#0"));
        assert_eq!(method.key().to_jwk()["x"], "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0");
    }

    #[test]
    fn a_key_for_encryption_is_refused() {
        let did = of(
            r#"{"kty":"OKP","crv":"Ed25519","use":"enc","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        );
        assert_eq!(expand(&did), Err(DidError::NotForSignatures { got: "\"enc\"".to_owned() }));
    }

    #[test]
    fn what_holds_no_jwk_is_refused() {
        assert!(matches!(expand("did:jwk:a.b"), Err(DidError::Encoding(_))));
        assert!(matches!(expand(&of("[]")), Err(DidError::Json(_))));
        assert!(matches!(expand(&of("{}")), Err(DidError::Key(_))));
        assert!(matches!(
            expand(&of(r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#)),
            Err(DidError::Key(_))
        ));
    }

    #[test]
    fn a_private_key_is_refused() {
        let did = of(
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#,
        );
        assert!(matches!(expand(&did), Err(DidError::Key(_))));
    }
}
