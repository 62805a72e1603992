//! Published vectors, read from where they lie beside the project; skipped in plain words where they do not.

use std::path::PathBuf;

use super::*;
use crate::keys::PublicKey;
use crate::time::Timestamp;

fn file(name: &str) -> Option<String> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors"));
    let folder = std::env::var_os("HATI_VECTORS").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(folder.join(name)).ok();
    if text.is_none() {
        eprintln!("SKIPPED {name}: not found (set HATI_VECTORS)");
    }
    text
}

/// The issuer's key and every text with whether it has key binding.
fn published(name: &str) -> Option<(PublicKey, Vec<(String, bool)>)> {
    let document: Value = serde_json::from_str(&file(name)?).unwrap();
    let vectors = document["vectors"].as_array().unwrap().iter();
    let texts = vectors.map(|vector| {
        (vector["sd_jwt"].as_str().unwrap().to_owned(), vector["key_binding"].as_bool().unwrap())
    });
    Some((PublicKey::from_jwk(&document["issuer_key"]).unwrap(), texts.collect()))
}

fn holds_no_digests(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().all(|(name, value)| {
            !["_sd", "...", "_sd_alg"].contains(&name.as_str()) && holds_no_digests(value)
        }),
        Value::Array(items) => items.iter().all(holds_no_digests),
        _ => true,
    }
}

fn verify_all(name: &str, audience: &str, now: i64) -> usize {
    let Some((key, texts)) = published(name) else { return 0 };
    for (text, has_key_binding) in &texts {
        let mut text = text.clone();
        if !text.contains('~') {
            // One sample is the issuer's JWT alone, which is no SD-JWT until its tilde is there.
            assert_eq!(Unverified::parse(&text).unwrap_err(), SdJwtError::NoTilde);
            text.push('~');
        } else {
            assert_eq!(Parts::split(&text).unwrap().key_binding.is_some(), *has_key_binding);
        }
        let verified = Unverified::parse(&text).unwrap().verify_issuer(&key).unwrap();
        assert_eq!(verified.disclosed().len(), verified.parts().disclosures.len());
        assert!(verified.claims().values().all(holds_no_digests) && !verified.claims().contains_key("_sd"));
        for path in verified.disclosed() {
            assert_eq!(path.find(verified.claims()).len(), 1, "{path}");
        }
        let now = Timestamp::from_seconds(now);
        let expected = KeyBindingExpectation {
            audience,
            nonce: "1234567890",
            freshness: Freshness { now, max_age: 0, max_ahead: 0 },
        };
        match verified.parts().key_binding {
            Some(_) => drop(verified.verify_key_binding(&expected).unwrap()),
            None => {
                assert_eq!(
                    verified.verify_key_binding(&expected).unwrap_err(),
                    SdJwtError::KeyBindingMissing
                );
                let held = Held::parse(&text).unwrap();
                assert_eq!(held.select(&[ClaimPath::default()]).unwrap().as_str(), text);
            }
        }
    }
    texts.len()
}

#[test]
fn samples_of_rfc_9901() {
    let count = verify_all("sd-jwt/sd-jwt.json", "https://verifier.example.org", 1_748_537_243);
    assert!(count == 0 || count == 9);
}

#[test]
fn samples_of_sd_jwt_vc() {
    let count = verify_all("sd-jwt/sd-jwt-vc.json", "https://example.com/verifier", 1_785_785_053);
    assert!(count == 0 || count == 5);
}

#[test]
fn the_presentation_of_rfc_9901_section_5_2() {
    let Some((key, texts)) = published("sd-jwt/sd-jwt.json") else { return };
    let verified = Unverified::parse(&texts[2].0).unwrap().verify_issuer(&key).unwrap();
    let mut claims = verified.claims().clone();
    assert!(verified.is_holder_bound() && claims.remove("cnf").is_some());
    let expected = json!({
        "iss": "https://issuer.example.com", "iat": 1683000000, "exp": 1883000000, "sub": "user_42",
        "nationalities": ["US"], "family_name": "Doe", "given_name": "John",
        "address": {
            "street_address": "123 Main St", "locality": "Anytown", "region": "Anystate", "country": "US",
        },
    });
    assert_eq!(Value::Object(claims), expected);
    assert!(verified.disclosed().contains(&path("nationalities.0")));
}

#[test]
fn the_sample_of_openid4vp() {
    let folder = "openid4vp/sd_jwt_vcld/01";
    let Some(text) = file(&format!("{folder}/sd_jwt_presentation.txt")) else { return };
    let Some((key, _)) = published("sd-jwt/sd-jwt.json") else { return };
    let text: String = text.split_whitespace().collect();
    let verified = Unverified::parse(&text).unwrap().verify_issuer(&key).unwrap();
    let expected: Value =
        serde_json::from_str(&file(&format!("{folder}/verified_contents.json")).unwrap()).unwrap();
    assert_eq!(Value::Object(verified.claims().clone()), expected);
    let binding = verified.key_binding().unwrap();
    binding.verify_signature(&verified.confirmation_key().unwrap()).unwrap().check_sd_hash().unwrap();

    let issued: String = file(&format!("{folder}/sd_jwt_issuance.txt")).unwrap().split_whitespace().collect();
    let held = Held::parse(&issued).unwrap();
    let selected = held.select(&[path("ld.credentialSubject.givenName")]).unwrap();
    assert_eq!(selected.as_str(), verified.parts().sd_jwt);
}

#[test]
fn the_sample_of_openid4vci() {
    let Some(text) = file("openid4vci/credential_response_sd_jwt_vc.txt") else { return };
    let start = text.find('{').unwrap();
    let body: String = text[start..].split_whitespace().collect();
    let body: Value = serde_json::from_str(&body).unwrap();
    let held = body["credentials"][0]["credential"].as_str().unwrap().to_owned();
    assert_eq!(Held::parse(&held).unwrap().disclosable().len(), 9);
}

/// The texts of RFC 9901 sections 4.2.1 and 4.2.3.
#[test]
fn disclosures_of_rfc_9901() {
    let spaced = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
    let variants = [
        spaced,
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNXHUwMGY2Yml1cyJd",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd",
        "WwoiXzI2YmM0TFQtYWM2cTJLSTZjQlc1ZXMiLAoiZmFtaWx5X25hbWUiLAoiTcO2Yml1cyIKXQ",
    ];
    for text in variants {
        let read = Disclosure::parse(text, 0).unwrap();
        assert_eq!(read.as_str(), text);
        assert_eq!(read.salt(), "_26bc4LT-ac6q2KI6cBW5es");
        assert_eq!((read.name(), read.value()), (Some("family_name"), &json!("Möbius")));
    }
    let digest = Disclosure::parse(spaced, 0).unwrap().digest();
    assert_eq!(digest.as_str(), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
    let salt = "_26bc4LT-ac6q2KI6cBW5es".to_owned();
    let written = Disclosure::with_salt(salt, Some("family_name".to_owned()), json!("Möbius"));
    assert_eq!(written.as_str(), variants[2]);

    let element = Disclosure::parse("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0", 0).unwrap();
    assert_eq!((element.name(), element.value()), (None, &json!("FR")));
    assert_eq!(element.digest().as_str(), "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs");
}
