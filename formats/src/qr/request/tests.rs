use proptest::prelude::*;

use super::content::{Claimant, Payload};
use super::*;
use crate::cose;
use crate::keys::{Algorithm, SoftwareKey};
use crate::names::ClaimPath;
use crate::qr::text;
use crate::time::Timestamp;
use crate::trust::{
    Names, Registrar, RegistrarKey, Registration, RegistrationContent, RegistrationError, TrustList,
    TrustListContent, Validity, Withdrawn, audience, wire,
};

const DAY: i64 = 86_400;
const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn key(algorithm: Algorithm, seed: u8) -> SoftwareKey {
    SoftwareKey::from_secret_bytes(algorithm, &[seed; 32]).unwrap()
}

fn verifier() -> SoftwareKey {
    key(Algorithm::EdDsa, 3)
}

fn validity() -> Validity {
    Validity { from: NOW.plus_seconds(-DAY), until: NOW.plus_seconds(365 * DAY) }
}

fn trust() -> TrustList {
    let registrar = RegistrarKey { key: key(Algorithm::EdDsa, 2).public().clone(), validity: validity() };
    let names =
        Names::new("Office of the Data Protection Commissioner", "Ofisi ya Kamishna wa Ulinzi wa Data");
    let root = key(Algorithm::EdDsa, 1);
    let unsigned = TrustListContent {
        version: 1,
        issued_at: NOW.plus_seconds(-DAY),
        next_update: NOW.plus_seconds(DAY),
        issuers: vec![],
        registrars: vec![Registrar {
            id: "https://registrar.example.go.ke".into(),
            names,
            keys: vec![registrar],
        }],
    }
    .prepare(root.public(), vec![])
    .unwrap();
    let signature = root.sign(unsigned.to_be_signed());
    TrustList::verify(&unsigned.finish(&signature), root.public()).unwrap()
}

fn paths(claims: &[&str]) -> Vec<ClaimPath> {
    claims.iter().map(|claim| ClaimPath::parse(claim).unwrap()).collect()
}

fn registration_content() -> RegistrationContent {
    RegistrationContent {
        key: verifier().public().clone(),
        names: Names::new("Huduma Centre, Nyeri", "Kituo cha Huduma, Nyeri"),
        place: Some("Nyeri".into()),
        claims: paths(&["given_name", "family_name", "birthdate", "sex", "id_number", "age_equal_or_over"]),
        purposes: vec![],
        validity: validity(),
    }
}

fn registered(content: RegistrationContent, registrar: &SoftwareKey) -> Vec<u8> {
    let unsigned = content.prepare(registrar.public()).unwrap();
    let signature = registrar.sign(unsigned.to_be_signed());
    unsigned.finish(&signature)
}

fn registration() -> Vec<u8> {
    registered(registration_content(), &key(Algorithm::EdDsa, 2))
}

fn content(kind: &str, claims: &[&str]) -> RequestContent {
    RequestContent {
        nonce: Nonce::from_bytes([9; 16]),
        issued_at: NOW,
        purpose: Purpose::Known(KnownPurpose::IdentityCheck),
        credential_type: TypeId::parse(kind).unwrap(),
        claims: paths(claims),
        place: Some("Counter 4".into()),
    }
}

fn identity() -> RequestContent {
    content(TypeId::MAISHA_ID, &["given_name", "family_name", "birthdate", "sex", "id_number"])
}

fn age() -> RequestContent {
    RequestContent {
        purpose: Purpose::Known(KnownPurpose::AgeCheck),
        place: None,
        ..content(TypeId::PROOF_OF_AGE, &["age_equal_or_over.18"])
    }
}

fn signed(content: RequestContent, key: &SoftwareKey, registration: Option<&[u8]>) -> Vec<u8> {
    let unsigned = content.prepare(key.public(), registration).unwrap();
    let signature = key.sign(unsigned.to_be_signed());
    unsigned.finish(&signature)
}

fn check(bytes: &[u8], now: Timestamp) -> Result<Request, RequestError> {
    Unverified::parse(bytes)?.verify(&trust(), &Withdrawn::default(), now)
}

fn from_registered(content: RequestContent) -> Result<Request, RequestError> {
    check(&signed(content, &verifier(), Some(&registration())), NOW)
}

fn from_unregistered(content: RequestContent) -> Result<Request, RequestError> {
    check(&signed(content, &verifier(), None), NOW)
}

#[test]
fn a_registered_verifier_is_named() {
    let request = from_registered(identity()).unwrap();
    assert_eq!(request.content(), &identity());
    assert_eq!(request.audience(), audience(verifier().public()));
    let Requester::Registered(registration) = request.requester() else { panic!("it is registered") };
    assert_eq!(registration.content().names.sw(), "Kituo cha Huduma, Nyeri");
    assert_eq!(registration.audience(), request.audience());
}

#[test]
fn an_unregistered_verifier_may_ask_for_proof_of_age() {
    let request = from_unregistered(age()).unwrap();
    assert_eq!(request.requester(), &Requester::Unregistered(verifier().public().clone()));
    assert_eq!(request.audience(), audience(verifier().public()));
}

#[test]
fn an_unregistered_verifier_may_ask_for_nothing_else() {
    for (kind, claims, beyond) in [
        (TypeId::MAISHA_ID, &["age_equal_or_over.18"][..], &["age_equal_or_over.18"][..]),
        (TypeId::PROOF_OF_AGE, &["age_equal_or_over.18", "given_name"], &["given_name"]),
        (TypeId::PROOF_OF_AGE, &["age_equal_or_over"], &["age_equal_or_over"]),
        (TypeId::PROOF_OF_AGE, &["age_equal_or_over.18.x"], &["age_equal_or_over.18.x"]),
        (TypeId::PROOF_OF_AGE, &["age_equal_or_over.upi"], &["age_equal_or_over.upi"]),
        (TypeId::PROOF_OF_AGE, &["age_equal_or_overx.18"], &["age_equal_or_overx.18"]),
    ] {
        let asks = RequestContent { purpose: age().purpose, place: None, ..content(kind, claims) };
        let refused = from_unregistered(asks).unwrap_err();
        let RequestError::UnregisteredBeyondAge { claims, .. } = &refused else { panic!("{refused}") };
        assert_eq!(*claims, paths(beyond));
    }
}

#[test]
fn nothing_in_an_unregistered_verifiers_words_is_shown() {
    let refused = from_unregistered(RequestContent { place: Some("Police".into()), ..age() });
    assert!(matches!(refused, Err(RequestError::UnregisteredWording { what: "place", .. })));
    for purpose in [Purpose::Text("Police".into()), Purpose::Known(KnownPurpose::Border)] {
        let refused = from_unregistered(RequestContent { purpose, ..age() });
        assert!(matches!(refused, Err(RequestError::UnregisteredWording { what: "purpose", .. })));
    }
}

#[test]
fn a_registered_verifier_may_not_go_beyond_its_registration() {
    let asks =
        content(TypeId::MAISHA_ID, &["given_name", "portrait", "age_equal_or_over.21", "identifiers.upi"]);
    let refused = from_registered(asks).unwrap_err();
    assert!(refused.to_string().contains("portrait, identifiers.upi;"), "{refused}");
    assert!(
        matches!(refused, RequestError::BeyondRegistration { claims } if claims == paths(&["portrait", "identifiers.upi"]))
    );
}

#[test]
fn a_registered_verifier_names_only_registered_purposes() {
    let purposes = vec!["identity-check".to_owned(), "Library card".to_owned()];
    let bytes =
        registered(RegistrationContent { purposes, ..registration_content() }, &key(Algorithm::EdDsa, 2));
    let with = |purpose| {
        let asks = RequestContent { purpose, ..identity() };
        check(&signed(asks, &verifier(), Some(&bytes)), NOW)
    };
    assert!(with(Purpose::Known(KnownPurpose::IdentityCheck)).is_ok());
    assert!(with(Purpose::Text("Library card".into())).is_ok());
    let refused = with(Purpose::Known(KnownPurpose::Border));
    assert!(matches!(refused, Err(RequestError::PurposeNotRegistered { purpose }) if purpose == "border"));
}

#[test]
fn a_request_lives_two_minutes() {
    let bytes = signed(age(), &verifier(), None);
    assert!(check(&bytes, NOW.plus_seconds(LIFETIME_SECONDS)).is_ok());
    let late = check(&bytes, NOW.plus_seconds(LIFETIME_SECONDS + 1));
    assert!(matches!(late, Err(RequestError::TooOld { limit: 120, .. })));
    assert!(check(&bytes, NOW.plus_seconds(-MAX_SKEW_SECONDS)).is_ok());
    let early = check(&bytes, NOW.plus_seconds(-MAX_SKEW_SECONDS - 1));
    assert!(matches!(early, Err(RequestError::FromTheFuture { limit: 60, .. })));
}

#[test]
fn a_request_by_another_key_is_refused() {
    let other = key(Algorithm::EdDsa, 7);
    // Somebody else's registration, copied from its code.
    let stolen = check(&signed(identity(), &other, Some(&registration())), NOW);
    assert!(matches!(stolen, Err(RequestError::Signature(cose::CoseError::Signature(_)))));
    let unsigned = age().prepare(verifier().public(), None).unwrap();
    let signature = other.sign(unsigned.to_be_signed());
    let refused = check(&unsigned.finish(&signature), NOW);
    assert!(matches!(refused, Err(RequestError::Signature(cose::CoseError::Signature(_)))));
    // Nor does a statement of another kind pass, whoever signed it.
    let refused = check(&registration(), NOW);
    assert!(matches!(refused, Err(RequestError::Payload(_))));
}

#[test]
fn every_fault_of_the_registration_has_its_own_error() {
    let ask = |registration: &[u8], withdrawn: Withdrawn, now: Timestamp| {
        let asks = RequestContent { issued_at: now, ..identity() };
        let bytes = signed(asks, &verifier(), Some(registration));
        match Unverified::parse(&bytes).unwrap().verify(&trust(), &withdrawn, now).unwrap_err() {
            RequestError::Registration(error) => error,
            other => panic!("{other}"),
        }
    };
    let good = registration();
    let none = Withdrawn::default;
    let serial = Registration::verify(&good, &trust(), &none(), NOW).unwrap().serial();
    let withdrawn = ask(&good, Withdrawn::from_iter([serial]), NOW);
    assert!(matches!(withdrawn, RegistrationError::Withdrawn { serial: got } if got == serial));
    assert!(matches!(ask(&good, none(), NOW.plus_seconds(365 * DAY)), RegistrationError::NotNow(_)));
    let unknown = registered(registration_content(), &key(Algorithm::EdDsa, 8));
    assert!(matches!(ask(&unknown, none(), NOW), RegistrationError::UnknownRegistrar { .. }));
    let mut altered = good.clone();
    *altered.last_mut().unwrap() ^= 1;
    assert!(matches!(ask(&altered, none(), NOW), RegistrationError::Signature(_)));
}

#[test]
fn bounds_and_texts_are_checked_when_made_and_when_read() {
    let make = |content: RequestContent| {
        let payload =
            Payload { content: content.clone(), by: Claimant::Unregistered(verifier().public().clone()) };
        let read = Payload::read(&wire::to_vec(&payload)).unwrap_err();
        let made = content.prepare(verifier().public(), None).unwrap_err();
        assert_eq!(made.to_string(), read.to_string());
        made
    };
    assert!(matches!(make(RequestContent { claims: vec![], ..age() }), RequestError::NoClaims));
    let twice = paths(&["sex", "given_name", "sex"]);
    assert!(matches!(make(RequestContent { claims: twice, ..age() }), RequestError::ClaimTwice { .. }));
    let many = (0..=MAX_CLAIMS).map(|at| ClaimPath::parse(&format!("c{at}")).unwrap()).collect();
    assert!(matches!(make(RequestContent { claims: many, ..age() }), RequestError::Payload(_)));
    for words in ["", "a\u{202e}b", &"x".repeat(97)] {
        let purpose = Purpose::Text(words.to_owned());
        assert!(matches!(make(RequestContent { purpose, ..age() }), RequestError::Payload(_)));
        let place = Some(words.to_owned());
        assert!(matches!(make(RequestContent { place, ..age() }), RequestError::Payload(_)));
    }
}

#[test]
fn other_encodings_numbers_and_versions_are_refused() {
    let payload = Payload { content: age(), by: Claimant::Registered(vec![1]) };
    let good = wire::to_vec(&payload);
    assert_eq!(Payload::read(&good).unwrap(), payload);
    let newer = [&[0x82, 2][..], &good[2..]].concat();
    assert!(Payload::read(&newer).unwrap_err().to_string().contains("install a newer app"));
    let with = |purpose: &[u8], kind: &[u8]| {
        // The members before and after purpose (2) and type (3) as they are.
        let at = good.windows(4).position(|four| four == [2, 0, 3, 1]).unwrap();
        let bytes = [&good[..at], &[2], purpose, &[3], kind, &good[at + 4..]].concat();
        Payload::read(&bytes)
    };
    assert!(with(&[0], &[1]).is_ok());
    for (purpose, kind, why) in [
        (&[10][..], &[1][..], "an unknown purpose"),
        (&[0], &[2], "an unknown type"),
        (&[0x18, 0], &[1], "a longer number"),
        (&[0], b"\x6cproof-of-age", "a known type as text"),
        (&[0], b"\x61A", "an upper-case type id"),
        (&[0x20], &[1], "a negative number"),
    ] {
        assert!(with(purpose, kind).is_err(), "{why}");
    }
    assert!(
        Unverified::parse(&vec![0; MAX_BYTES + 1]).is_err_and(|e| matches!(e, RequestError::TooLong { .. }))
    );
}

#[test]
fn known_purposes_have_their_ids_and_texts() {
    for purpose in KnownPurpose::ALL {
        assert_eq!(KnownPurpose::from_id(purpose.id()), Some(purpose));
        assert!(
            KnownPurpose::ALL[purpose as usize] == purpose
                && !purpose.en().is_empty()
                && !purpose.sw().is_empty()
        );
        let cddl = include_str!("../../../../spec/request.cddl");
        assert!(cddl.contains(&format!(" {}: {}", purpose as u8, purpose.id())), "{}", purpose.id());
    }
    for id in ["", "Maisha", "a b", "a/b", &"x".repeat(65)] {
        assert!(TypeId::parse(id).is_err(), "{id}");
    }
}

/// The goal of `spec/qr.md`: a typical request, registration and all, in under 900 characters.
#[test]
fn a_request_with_a_typical_registration_fits_its_code() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let (verifier, registrar) = (key(algorithm, 3), key(Algorithm::EdDsa, 2));
        let with = RegistrationContent { key: verifier.public().clone(), ..registration_content() };
        let bytes = signed(identity(), &verifier, Some(&registered(with, &registrar)));
        assert!(check(&bytes, NOW).is_ok());
        let text = text::encode(text::Kind::Request, &bytes);
        let alone = text::encode(text::Kind::Request, &signed(age(), &verifier, None));
        println!("{algorithm}: registered {} characters, unregistered {}", text.len(), alone.len());
        assert!(text.len() < 900, "{algorithm}: {}", text.len());
        assert!(alone.len() < 300, "{algorithm}: {}", alone.len());
    }
}

fn purpose() -> impl Strategy<Value = Purpose> {
    prop_oneof![
        prop::sample::select(&KnownPurpose::ALL).prop_map(Purpose::Known),
        "[a-zA-Z][a-z ]{0,20}[a-z]".prop_map(Purpose::Text),
    ]
}

prop_compose! {
    fn any_content()(
        nonce in any::<[u8; 16]>(),
        issued_at in any::<i64>(),
        purpose in purpose(),
        kind in prop_oneof![Just("maisha-id".to_owned()), Just("proof-of-age".to_owned()), "[a-z0-9-]{1,64}"],
        claims in prop::collection::btree_set("[a-z_0-9]{1,20}(\\.[a-z_0-9]{1,20}){0,5}", 1..=MAX_CLAIMS),
        place in proptest::option::of("[A-Z][a-z]{0,40}"),
    ) -> RequestContent {
        RequestContent {
            nonce: Nonce::from_bytes(nonce),
            issued_at: Timestamp::from_seconds(issued_at),
            purpose,
            credential_type: TypeId::parse(&kind).unwrap(),
            claims: claims.iter().map(|claim| ClaimPath::parse(claim).unwrap()).collect(),
            place,
        }
    }
}

proptest! {
    #[test]
    fn every_content_survives(content in any_content(), registration in any::<Option<Vec<u8>>>()) {
        let public = || verifier().public().clone();
        let by = registration.map_or_else(|| Claimant::Unregistered(public()), Claimant::Registered);
        let payload = Payload { content, by };
        prop_assert_eq!(Payload::read(&wire::to_vec(&payload)).unwrap(), payload);
    }

    #[test]
    fn one_flipped_bit_is_refused(at in 0..1_000_usize, bit in 0..8_u8, with in any::<bool>()) {
        let registration = registration();
        let (content, registration) = if with { (identity(), Some(&registration[..])) } else { (age(), None) };
        let mut bytes = signed(content, &verifier(), registration);
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(check(&bytes, NOW).is_err());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Unverified::parse(&bytes);
        let _ = Payload::read(&bytes);
    }

    #[test]
    fn truncated_requests_are_refused(keep in 0.0..1.0) {
        let bytes = signed(identity(), &verifier(), Some(&registration()));
        let keep = (bytes.len() as f64 * keep) as usize;
        prop_assert!(Unverified::parse(&bytes[..keep]).is_err());
    }
}
