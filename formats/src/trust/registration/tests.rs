use proptest::prelude::*;

use super::super::samples::{
    DAY, at, ed25519, forged, list_content, p256, registrar, root, shop, signed, signed_list, trust,
};
use super::super::wire;
use super::super::{Names, PayloadError, TrustList, Validity, ValidityError, audience};
use super::*;
use crate::cose::{CoseError, Kind};
use crate::names::ClaimPath;
use crate::time::Timestamp;

fn verify_at(bytes: &[u8], now: Timestamp) -> Result<Registration, RegistrationError> {
    Registration::verify(bytes, &trust(), &Withdrawn::default(), now)
}

fn verify(bytes: &[u8]) -> Result<Registration, RegistrationError> {
    verify_at(bytes, at(0))
}

fn signed_shop() -> Vec<u8> {
    signed(shop().prepare(registrar().public()).unwrap(), &registrar())
}

fn refused_content(change: impl FnOnce(&mut RegistrationContent)) -> PayloadError {
    let mut content = shop();
    content.claims.sort();
    change(&mut content);
    match verify(&forged(Kind::Registration, &registrar(), wire::to_vec(&content))) {
        Err(RegistrationError::Payload(error)) => error,
        other => panic!("expected a refused payload, got {other:?}"),
    }
}

#[test]
fn says_who_asks_and_for_what() {
    let registration = verify(&signed_shop()).unwrap();
    assert_eq!(registration.content().names.sw(), "Duka la Kona Kibra");
    assert_eq!(registration.key(), ed25519(4).public());
    assert_eq!(registration.audience(), audience(ed25519(4).public()));
    assert_eq!(registration.registrar(), "https://registrar.example.go.ke");
    assert_eq!((registration.audience().len(), &registration.audience()[..5]), (27, "hati:"));
    let allows = |path: &str| registration.allows(&path.parse().unwrap());
    assert!(allows("given_name") && allows("age_equal_or_over.18"));
    assert!(!allows("portrait") && !allows("age_equal_or_over") && !allows("age_equal_or_over.21"));
    assert!(registration.allows_purpose("anything"));
}

#[test]
fn names_its_verifiers_key_before_it_is_checked() {
    let stranger = signed(shop().prepare(ed25519(66).public()).unwrap(), &ed25519(66));
    for bytes in [signed_shop(), stranger] {
        assert_eq!(&Registration::key_unverified(&bytes).unwrap(), ed25519(4).public());
    }
    let no_registration = forged(Kind::Registration, &registrar(), vec![0x80]);
    let refused = Registration::key_unverified(&no_registration);
    assert!(matches!(refused, Err(RegistrationError::Payload(PayloadError::Malformed { .. }))));
}

#[test]
fn a_typical_registration_takes_less_than_200_bytes() {
    assert!(signed_shop().len() < 200, "{} bytes", signed_shop().len());
    let mobile = RegistrationContent { key: p256(4).public().clone(), ..shop() };
    let bytes = signed(mobile.prepare(registrar().public()).unwrap(), &registrar());
    assert!(bytes.len() < 200, "{} bytes with a P-256 key", bytes.len());
}

#[test]
fn allows_only_the_purposes_it_names() {
    let content = RegistrationContent { purposes: vec!["Opening an account".to_owned()], ..shop() };
    let bytes = signed(content.prepare(registrar().public()).unwrap(), &registrar());
    let registration = verify(&bytes).unwrap();
    assert!(registration.allows_purpose("Opening an account") && !registration.allows_purpose("Marketing"));
}

#[test]
fn counts_only_in_its_time() {
    let bytes = signed_shop();
    assert!(verify_at(&bytes, at(-DAY)).is_ok());
    let early = verify_at(&bytes, at(-DAY - 1));
    assert!(matches!(early, Err(RegistrationError::NotNow(ValidityError::NotYet { .. }))));
    let late = verify_at(&bytes, at(200 * DAY));
    assert!(matches!(late, Err(RegistrationError::NotNow(ValidityError::Over { .. }))));
}

#[test]
fn counts_only_while_the_registrars_key_does() {
    for validity in [
        Validity { from: at(-DAY + 1), until: at(DAY) }, // not yet valid when it signed
        Validity { from: at(-2 * DAY), until: at(0) },   // over now
    ] {
        let mut content = list_content();
        content.registrars[0].keys[0].validity = validity;
        let list = signed_list(content, &root(), Vec::new());
        let trust = TrustList::verify(&list, root().public()).unwrap();
        let refused = Registration::verify(&signed_shop(), &trust, &Withdrawn::default(), at(0));
        assert!(matches!(refused, Err(RegistrationError::RegistrarKey(_))), "{refused:?}");
    }
}

#[test]
fn refuses_a_withdrawn_one() {
    let serial = verify(&signed_shop()).unwrap().serial();
    let others = [[9; 8], [0; 8], [1; 8]].map(Serial::from_bytes);
    let withdrawn: Withdrawn = others.into_iter().chain([serial, serial]).collect();
    assert_eq!(withdrawn.serials().len(), 4);
    let refused = Registration::verify(&signed_shop(), &trust(), &withdrawn, at(0));
    assert!(matches!(refused, Err(RegistrationError::Withdrawn { serial: got }) if got == serial));
    let withdrawn: Withdrawn = others.into_iter().collect();
    assert!(Registration::verify(&signed_shop(), &trust(), &withdrawn, at(0)).is_ok());
}

#[test]
fn refuses_another_registrar_a_bad_signature_and_another_kind() {
    let payload = wire::to_vec(&shop());
    let stranger = forged(Kind::Registration, &ed25519(66), payload.clone());
    assert!(matches!(verify(&stranger), Err(RegistrationError::UnknownRegistrar { .. })));
    let unsigned = shop().prepare(registrar().public()).unwrap();
    let signature = ed25519(66).sign(unsigned.to_be_signed());
    assert!(matches!(
        verify(&unsigned.finish(&signature)),
        Err(RegistrationError::Signature(CoseError::Signature(_)))
    ));
    let request = forged(Kind::Request, &registrar(), payload);
    assert!(matches!(verify(&request), Err(RegistrationError::Signature(CoseError::Signature(_)))));
}

#[test]
fn refuses_content_that_breaks_a_rule() {
    use PayloadError::{EmptyInterval, NotAscending, Text, TooMany};
    assert!(matches!(refused_content(|c| c.names = Names::new("Shop\u{202e}", "Duka")), Text { .. }));
    assert!(matches!(refused_content(|c| c.place = Some(String::new())), Text { .. }));
    assert!(matches!(refused_content(|c| c.claims.reverse()), NotAscending { .. }));
    assert!(matches!(refused_content(|c| c.purposes = vec!["a".into(), "a".into()]), NotAscending { .. }));
    assert!(matches!(refused_content(|c| c.validity.until = c.validity.from), EmptyInterval { .. }));
    let claims = || (10..43).map(|n| ClaimPath::parse(&format!("c{n}")).unwrap()).collect();
    assert!(matches!(refused_content(|c| c.claims = claims()), TooMany { expected: 32, got: 33, .. }));
    let purposes = || ('a'..='i').map(String::from).collect();
    assert!(matches!(refused_content(|c| c.purposes = purposes()), TooMany { expected: 8, got: 9, .. }));
    let content = RegistrationContent { claims: claims(), ..shop() };
    assert!(content.prepare(registrar().public()).is_err());
}

#[test]
fn refuses_a_newer_format_by_asking_for_a_newer_app() {
    let newer = forged(Kind::Registration, &registrar(), crate::cbor::to_vec(&(2_u64, "anything")));
    let refused = verify(&newer);
    assert!(matches!(
        refused,
        Err(RegistrationError::Payload(PayloadError::UnknownVersion { expected: 1, got: 2, .. }))
    ));
}

#[test]
fn refuses_an_over_long_one() {
    let refused = verify(&[0; 601]);
    assert!(matches!(refused, Err(RegistrationError::TooLong { expected: 600, got: 601 })));
}

proptest! {
    #[test]
    fn every_registration_survives(
        en in "[A-Za-z][A-Za-z' ]{0,20}[a-z]",
        sw in "[A-Za-z][A-Za-zŋũ]{0,20}",
        place in proptest::option::of("[a-z]{1,20}"),
        claims in proptest::collection::btree_set("[a-z_]{1,10}(\\.[a-z0-9]{1,4}){0,2}", 0..12),
        purposes in proptest::collection::btree_set("[a-z]{1,12}", 0..4),
        length in 1_i64..1_000_000,
    ) {
        let content = RegistrationContent {
            names: Names::new(&en, &sw),
            place,
            claims: claims.iter().map(|path| path.parse().unwrap()).collect(),
            purposes: purposes.into_iter().collect(),
            validity: Validity { from: at(0), until: at(length) },
            ..shop()
        };
        let bytes = signed(content.clone().prepare(registrar().public()).unwrap(), &registrar());
        let registration = verify(&bytes).unwrap();
        prop_assert_eq!(registration.content(), &content);
    }

    #[test]
    fn refuses_one_with_one_bit_flipped(at: prop::sample::Index, bit in 0_u8..8) {
        let mut bytes = signed_shop();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(verify(&bytes).is_err());
    }

    #[test]
    fn refuses_a_truncated_one(at: prop::sample::Index) {
        let bytes = signed_shop();
        prop_assert!(verify(&bytes[..at.index(bytes.len())]).is_err());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>) {
        let _ = verify(&bytes);
        let _ = verify(&forged(Kind::Registration, &registrar(), bytes));
    }
}

#[test]
fn a_serial_is_read_as_it_is_shown_and_no_other_way() {
    let serial = Serial::from_bytes([0, 1, 2, 0xab, 0xcd, 0xef, 8, 9]);
    assert_eq!(serial.to_string().parse(), Ok(serial));
    let refused = |text: &str| text.parse::<Serial>().unwrap_err().got;
    for text in [
        "",
        "000102abcdef080",
        "000102abcdef08090",
        "000102ABCDEF0809",
        "+00102abcdef0809",
        "0x0102abcdef0809",
    ] {
        assert_eq!(refused(text), text);
    }
}
