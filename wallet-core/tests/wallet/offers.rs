use hati_formats::credential::Format;
use hati_formats::keys::Algorithm;
use hati_protocol::issued::IssuedCredentials;
use hati_wallet_core::pool::MAX_WAITING_KEYS;

use crate::country::{Country, DAY};
use crate::{Device, now};

fn refused(device: &mut Device, issued: &IssuedCredentials) -> &'static str {
    let waiting = device.wallet.pool().waiting().len();
    let error = device.wallet.take_in(issued, now(), &mut device.rng).unwrap_err();
    // All or nothing.
    assert_eq!(device.wallet.pool().waiting().len(), waiting, "{error}");
    assert!(device.wallet.pool().copies().is_empty(), "{error}");
    error.code()
}

/// Two copies issued to keys of this device.
fn offer(device: &mut Device, format: Format) -> IssuedCredentials {
    let keys = device.new_keys(Algorithm::EdDsa, 2);
    device.country.issue("maisha-id", format, &keys)
}

/// A text with another character behind the `nth` place of `at`.
fn altered(text: &str, at: &str, nth: usize) -> String {
    let position = text.match_indices(at).nth(nth).unwrap().0 + at.len();
    let mut bytes = text.as_bytes().to_vec();
    bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_format_is_taken_in_and_survives_the_vault() {
    for format in Format::ALL {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let mut device = Device::trusting();
            let numbers = device.add("maisha-id", format, algorithm, 3);
            device.reopen();
            let pool = device.wallet.pool();
            assert_eq!((pool.copies().len(), pool.waiting().len()), (3, 0));
            let copy = pool.copy(numbers[1]).unwrap();
            assert_eq!((copy.format(), copy.issuer()), (format, crate::country::ISSUER));
            assert!(copy.is_valid(now()) && !copy.is_used());
            let claims = copy.claims(device.wallet.credential_type("maisha-id")).unwrap();
            assert_eq!(
                (claims[0].name().as_str(), claims[0].label("en"), claims[0].label("sw")),
                ("given_name", "Given names", "Majina ya kwanza")
            );
            assert_eq!(claims.len(), 22, "{format}");
            assert_eq!(
                pool.sign(copy.number(), b"x").map(|s| copy.public_key().verify(b"x", &s)),
                Ok(Ok(()))
            );
        }
    }
}

/// A wallet that proved its key by `did:jwk` gets a credential that says so.
#[test]
fn a_holder_is_known_by_either_did_of_its_key() {
    for did in [hati_formats::did::did_key, hati_formats::did::did_jwk] {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let mut device = Device::trusting();
            device.country.holder_did = did;
            assert_eq!(device.add("maisha-id", Format::LdpVc, algorithm, 2).len(), 2);
        }
    }
    let mut device = Device::trusting();
    device.country.holder_did = |_| "did:web:wallet.example".to_owned();
    let issued = offer(&mut device, Format::LdpVc);
    assert_eq!(refused(&mut device, &issued), "key_foreign");
}

#[test]
fn one_bad_copy_refuses_all() {
    for format in Format::ALL {
        let mut device = Device::trusting();
        let mut issued = offer(&mut device, format);
        issued.credentials[1] = match format {
            Format::LdpVc => altered(&issued.credentials[1], "Otien", 0),
            _ => altered(&issued.credentials[1], ".", 1),
        };
        assert_eq!(refused(&mut device, &issued), "issuer_signature_invalid", "{format}");
    }
}

#[test]
fn an_altered_disclosure_is_refused() {
    let mut device = Device::trusting();
    let mut issued = offer(&mut device, Format::VcSdJwt);
    issued.credentials[0] = altered(&issued.credentials[0], "~", 0);
    assert_eq!(refused(&mut device, &issued), "credential_malformed");
}

#[test]
fn a_foreign_or_repeated_key_is_refused() {
    for format in Format::ALL {
        let mut device = Device::trusting();
        let foreign = Device::trusting().new_keys(Algorithm::Es256, 1);
        let issued = device.country.issue("maisha-id", format, &foreign);
        assert_eq!(refused(&mut device, &issued), "key_foreign", "{format}");
        let mut issued = offer(&mut device, format);
        issued.credentials[1] = issued.credentials[0].clone();
        assert_eq!(refused(&mut device, &issued), "key_twice", "{format}");
    }
}

#[test]
fn a_copy_is_taken_in_once() {
    let mut device = Device::trusting();
    let issued = offer(&mut device, Format::VcSdJwt);
    let (numbers, _) = device.wallet.take_in(&issued, now(), &mut device.rng).unwrap();
    assert_eq!(numbers.len(), 2);
    let again = device.wallet.take_in(&issued, now(), &mut device.rng).unwrap_err();
    assert_eq!(again.code(), "key_foreign");
}

#[test]
fn a_type_the_issuer_may_not_issue_is_refused() {
    let mut device = Device::new();
    device.country.types = vec!["proof-of-age".to_owned()];
    let root = device.country.root().public().clone();
    let _ = device.wallet.pin_root(root, &mut device.rng).unwrap();
    let bundle = device.country.bundle(1, false);
    let _ = device.wallet.take_bundle(&bundle, &mut device.rng).unwrap();
    let issued = offer(&mut device, Format::VcSdJwt);
    assert_eq!(refused(&mut device, &issued), "type_not_allowed");
}

#[test]
fn a_file_that_contradicts_its_credentials_is_refused() {
    let mut device = Device::trusting();
    let issued = offer(&mut device, Format::VcSdJwt);
    let changed = |change: &dyn Fn(&mut IssuedCredentials)| {
        let mut issued = issued.clone();
        change(&mut issued);
        issued
    };
    let proof_of_age = hati_formats::qr::request::TypeId::parse("proof-of-age").unwrap();
    let unknown = hati_formats::qr::request::TypeId::parse("library-card").unwrap();
    for (issued, code) in [
        (changed(&|issued| issued.format = Format::DcSdJwt), "file_contradicts"),
        (changed(&|issued| issued.issuer = "https://other.example".to_owned()), "file_contradicts"),
        (changed(&|issued| issued.credential_type = proof_of_age.clone()), "file_contradicts"),
        (changed(&|issued| issued.credential_type = unknown.clone()), "type_unknown"),
        (changed(&|issued| issued.credentials[0] = "e30.e30.AA~".to_owned()), "credential_malformed"),
        (changed(&|issued| issued.format = Format::LdpVc), "credential_malformed"),
    ] {
        assert_eq!(refused(&mut device, &issued), code);
    }
}

#[test]
fn an_issuer_or_a_key_that_is_not_in_the_trust_list_is_refused() {
    // The same country in a time when its keys did not count yet.
    let mut device = Device::trusting();
    let issued = offer(&mut device, Format::VcSdJwt);
    let late = now().plus_seconds(1000 * DAY);
    let error = device.wallet.take_in(&issued, late, &mut device.rng).unwrap_err();
    assert_eq!(error.code(), "issuer_key_unknown");

    let forged = issued.credentials[0].replacen(
        issued.credentials[0].split('.').nth(1).unwrap(),
        &hati_formats::encoding::b64url(br#"{"issuer":"did:web:elsewhere.example"}"#),
        1,
    );
    let issued = IssuedCredentials { credentials: vec![forged], ..issued };
    assert_eq!(refused(&mut device, &issued), "issuer_unknown");
}

#[test]
fn an_expired_copy_is_refused() {
    for format in Format::ALL {
        let mut device = Device::trusting();
        let keys = device.new_keys(Algorithm::EdDsa, 1);
        let mut past = Country::new(now().plus_seconds(-50 * DAY));
        past.validity_days = 49;
        let issued = past.issue("proof-of-age", format, &keys);
        assert_eq!(refused(&mut device, &issued), "expired", "{format}");
    }
}

#[test]
fn a_vault_is_one_persons() {
    for format in Format::ALL {
        let mut device = Device::holding("maisha-id", format, 1);
        let keys = device.new_keys(Algorithm::EdDsa, 1);
        let amina = device.country.person.clone();
        device.country.person["identifiers"]["upi"] = "20480163920018".into();
        for other in Format::ALL {
            let issued = device.country.issue("maisha-id", other, &keys);
            let refused = device.wallet.take_in(&issued, now(), &mut device.rng).unwrap_err();
            assert_eq!(refused.code(), "person_other", "{format} {other}");
        }
        // One whose name was written in another way, and one that names nobody.
        device.country.person = amina;
        device.country.person["given_name"] = "Aminah Wanjiru".into();
        let issued = device.country.issue("maisha-id", format, &keys);
        assert!(device.wallet.take_in(&issued, now(), &mut device.rng).is_ok(), "{format}");
        device.add("proof-of-age", format, Algorithm::EdDsa, 1);
    }
}

#[test]
fn two_people_in_one_file_are_refused() {
    let mut device = Device::trusting();
    let keys = device.new_keys(Algorithm::EdDsa, 2);
    let mut issued = device.country.issue("maisha-id", Format::VcSdJwt, &keys[..1]);
    device.country.person["identifiers"]["upi"] = "20480163920018".into();
    let other = device.country.issue("maisha-id", Format::VcSdJwt, &keys[1..]);
    issued.credentials.extend(other.credentials);
    assert_eq!(refused(&mut device, &issued), "person_other");
}

#[test]
fn nothing_is_taken_in_without_a_bundle() {
    let mut device = Device::new();
    let issued = offer(&mut device, Format::VcSdJwt);
    assert_eq!(refused(&mut device, &issued), "bundle_missing");
}

#[test]
fn keys_wait_in_bounded_number() {
    let mut device = Device::new();
    for (count, code) in [(0, "no_keys"), (MAX_WAITING_KEYS + 1, "too_many_keys")] {
        let refused = device.wallet.new_keys(count, Algorithm::EdDsa, now(), &mut device.rng).unwrap_err();
        assert_eq!(refused.code(), code);
    }
    device.new_keys(Algorithm::EdDsa, 2);
    device.reopen();
    assert_eq!(device.wallet.pool().waiting().len(), 2);
    assert!(format!("{:?}", device.wallet.pool()).contains("secret of"), "keys are named, never shown");
}
