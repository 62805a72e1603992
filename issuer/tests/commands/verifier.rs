//! `register-verifier` and `withdraw-verifier`.

use hati_formats::json;
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, Registration, RegistrationError, Withdrawn};
use serde_json::Value;
use tempfile::TempDir;

use super::{NOW, error_of, json_of, office, run};

const CLAIMS: &str = "given_name,family_name,age_equal_or_over.18,identifiers.sector_ids";

/// An office with a verifier's key in `key.jwk`.
fn with_key() -> TempDir {
    let folder = office();
    let key = SoftwareKey::from_secret_bytes(Algorithm::Es256, &[5; 32]).unwrap();
    std::fs::write(folder.path().join("key.jwk"), key.public().to_jwk().to_string()).unwrap();
    std::fs::write(folder.path().join("private.jwk"), key.to_jwk().as_str()).unwrap();
    folder
}

fn register(folder: &TempDir, options: &[&str]) -> std::process::Output {
    let command = ["register-verifier", "--dir", "issuer", "--out", "shop.registration", "--now", NOW];
    let given = |option: &str| options.contains(&option);
    let name = if given("--name") { &[][..] } else { &["--name", "Kibra Corner Shop"][..] };
    let key = if given("--key") { &[][..] } else { &["--key", "key.jwk"][..] };
    let claims = if given("--claims") { &[][..] } else { &["--claims", CLAIMS][..] };
    run(folder, &[&command[..], name, key, claims, options].concat())
}

fn bundle(folder: &TempDir) -> Bundle {
    json_of(&run(folder, &["bundle", "--dir", "issuer", "--out", "b", "--now", NOW]));
    let root = std::fs::read(folder.path().join("issuer/root.jwk")).unwrap();
    let root = PublicKey::from_jwk(&json::parse(&root).unwrap()).unwrap();
    Bundle::verify(&std::fs::read(folder.path().join("b")).unwrap(), &root, None).unwrap()
}

fn verify(folder: &TempDir, bundle: &Bundle) -> Result<Registration, RegistrationError> {
    let statement = std::fs::read(folder.path().join("shop.registration")).unwrap();
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    Registration::verify(&statement, bundle.trust(), &bundle.content().withdrawn, now)
}

#[test]
fn a_wallet_takes_the_registration_until_it_is_withdrawn() {
    let folder = with_key();
    let options =
        ["--name-sw", "Duka la Kona Kibra", "--place", "Nairobi", "--purposes", "age-check,delivery"];
    let answer = json_of(&register(&folder, &options));
    let registration = verify(&folder, &bundle(&folder)).unwrap();
    assert_eq!(answer["serial"], Value::from(registration.serial().to_string()));
    assert_eq!(answer["audience"], registration.audience());
    assert_eq!(answer["until"], "2027-11-22T00:00:00Z");
    let content = registration.content();
    assert_eq!((content.names.en(), content.names.sw()), ("Kibra Corner Shop", "Duka la Kona Kibra"));
    assert_eq!(content.place.as_deref(), Some("Nairobi"));
    assert!(registration.allows(&"age_equal_or_over.18".parse().unwrap()));
    assert!(registration.allows(&"identifiers.sector_ids.health".parse().unwrap()));
    assert!(!registration.allows(&"identifiers.upi".parse().unwrap()));
    assert!(registration.allows_purpose("delivery") && !registration.allows_purpose("border"));

    let withdraw = ["withdraw-verifier", "--dir", "issuer", "--serial", answer["serial"].as_str().unwrap()];
    json_of(&run(&folder, &withdraw));
    let refused = verify(&folder, &bundle(&folder));
    assert!(matches!(refused, Err(RegistrationError::Withdrawn { .. })), "{refused:?}");
    let error = error_of(&run(&folder, &withdraw));
    assert!(error.contains("expected the serial of a registration in force"), "{error}");
}

#[test]
fn a_second_registration_of_a_key_does_not_bring_back_the_first() {
    let folder = with_key();
    let first = json_of(&register(&folder, &["--days", "30"]));
    let serial = first["serial"].as_str().unwrap();
    json_of(&run(&folder, &["withdraw-verifier", "--dir", "issuer", "--serial", serial, "--now", NOW]));
    let second = json_of(&register(&folder, &["--claims", "given_name"]));
    assert_ne!(first["serial"], second["serial"]);
    assert_eq!(first["audience"], second["audience"]);
    let withdrawn: Vec<_> =
        bundle(&folder).content().withdrawn.serials().iter().map(ToString::to_string).collect();
    assert_eq!(withdrawn, [serial]);

    assert_ne!(bundle(&folder).content().withdrawn, Withdrawn::default());
    // Once it has ended by itself, the bundle need not say so any more.
    let late = ["bundle", "--dir", "issuer", "--out", "b", "--now", "2026-12-23T09:00:00Z"];
    assert_eq!(json_of(&run(&folder, &late))["withdrawn"], 0);
}

#[test]
fn refusals_say_what_to_correct() {
    let folder = with_key();
    for (options, expected) in [
        (vec!["--claims", "given_nam"], "maisha-id, proof-of-age, as in given_name"),
        (vec!["--key", "private.jwk"], "it holds a private key"),
        (vec!["--key", "people.csv"], "Name the file of an Ed25519 or P-256 public JWK"),
        (vec!["--key", "nothing.jwk"], "Name a file that is there"),
        (vec!["--name", "Shop\u{202e}"], "direction or invisible characters"),
        (vec!["--place", &"x".repeat(97)], "1 to 96 bytes"),
    ] {
        let error = error_of(&register(&folder, &options));
        assert!(error.contains(expected), "{error}");
    }
    assert!(!folder.path().join("shop.registration").exists());
    assert_eq!(bundle(&folder).content().withdrawn, Withdrawn::default());
}
