//! Whatever is issued, a verifier takes, and it says what the register says.

use hati_formats::credential::{Credential, Format, multikey_kid, short_kid};
use hati_formats::data_integrity::{self, Controller, Cryptosuite, Expected};
use hati_formats::did::{VerificationMethod, did_key};
use hati_formats::json;
use hati_formats::keys::Algorithm;
use hati_formats::sd_jwt::Unverified;
use hati_formats::time::{Date, Timestamp};
use hati_formats::vcdm::{self, MediaType};
use hati_issuer::issuance::claims::subject;
use hati_store::{Ledger, Person, Portrait, Sex, Slot, Status};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{NOW, Office, UPI, holder_keys, person};

const DID: &str = "did:web:id.example.go.ke";

type Form = (Format, Cryptosuite);

/// Every way in which a credential is secured.
const FORMS: [Form; 4] = [
    (Format::VcSdJwt, Cryptosuite::EddsaJcs2022),
    (Format::DcSdJwt, Cryptosuite::EddsaJcs2022),
    (Format::LdpVc, Cryptosuite::EddsaJcs2022),
    (Format::LdpVc, Cryptosuite::EddsaRdfc2022),
];

/// The claims of the first copy, checked as a verifier checks them.
fn verified(office: &mut Office, type_id: &str, form: Form) -> Map<String, Value> {
    let (keys, (format, cryptosuite)) = (holder_keys(1), form);
    let issued = office.issue_at(NOW, type_id, form, &keys).unwrap();
    assert_eq!((issued.format, issued.credential_type.as_str()), (format, type_id));
    assert_eq!(issued.issuer, super::URL);
    let text = &issued.credentials[0];
    let claims = if format == Format::LdpVc {
        of_ldp(office, text, cryptosuite)
    } else {
        of_sd_jwt(office, format, text)
    };

    let holder = &keys.as_slice()[0].key;
    let kind = office.types.get(type_id).unwrap();
    let mut subject = {
        let credential = Credential::read(format, &claims).unwrap();
        assert_eq!(credential.issuer_url().as_deref(), Some(super::URL));
        assert!(kind.is_named(credential.type_name));
        let day =
            |days: i64| Timestamp::parse_rfc3339("2026-11-22T00:00:00Z").unwrap().plus_seconds(days * 86_400);
        assert_eq!(credential.valid_from, Some(day(0)));
        assert_eq!(credential.valid_until, Some(day(kind.validity_days.into())));
        check_ledger(office, type_id, &claims, holder.thumbprint());
        credential.subject.clone()
    };
    match format {
        Format::LdpVc => assert_eq!(subject.remove("id"), Some(did_key(holder).into())),
        _ => assert_eq!(claims["cnf"]["jwk"], holder.to_jwk()),
    }
    for member in ["iss", "vct", "nbf", "exp", "status", "cnf"] {
        assert_eq!(subject.remove(member).is_some(), format == Format::DcSdJwt, "{member}");
    }
    subject
}

fn of_sd_jwt(office: &Office, format: Format, text: &str) -> Map<String, Value> {
    let key = office.keys.issuer.public();
    let verified = Unverified::parse(text).unwrap().verify_issuer(key).unwrap();
    let kid = verified.header().kid.clone().unwrap();
    if format == Format::VcSdJwt {
        assert_eq!(kid, format!("{DID}#{}", short_kid(key)));
        vcdm::validate_payload(MediaType::VcSdJwt, &verified.header().members, verified.claims()).unwrap();
    } else {
        assert_eq!(kid, short_kid(key));
    }
    verified.into_claims()
}

fn of_ldp(office: &Office, text: &str, cryptosuite: Cryptosuite) -> Map<String, Value> {
    let secured = json::parse_object(text.as_bytes()).unwrap();
    vcdm::validate(&secured).unwrap();
    let key = office.keys.issuer.public();
    let method = VerificationMethod::new(format!("{DID}#{}", multikey_kid(key)), DID, key.clone());
    let expected = Expected::assertion(Controller::Issuer, Timestamp::parse_rfc3339(NOW).unwrap());
    let unverified = data_integrity::Unverified::parse(&secured).unwrap();
    let verified = unverified.verify(&method, &expected).unwrap();
    assert_eq!(verified.proof().options().cryptosuite, cryptosuite);
    verified.document().clone()
}

/// The ledger knows the copy under the index it carries.
fn check_ledger(office: &Office, type_id: &str, claims: &Map<String, Value>, holder_key: [u8; 32]) {
    let index = match claims.get("credentialStatus") {
        Some(entries) => entries[0]["statusListIndex"].as_str().unwrap().parse().unwrap(),
        None => claims["status"]["status_list"]["idx"].as_u64().unwrap(),
    };
    let slot = Slot { list: 0, index: index.try_into().unwrap() };
    let entry = office.store.entries_of(UPI).unwrap().into_iter().find(|entry| entry.slot == slot).unwrap();
    assert_eq!((entry.upi.as_str(), entry.credential_type.as_str()), (UPI, type_id));
    assert_eq!((entry.holder_key, entry.status), (holder_key, Status::Valid));
}

#[test]
fn every_type_and_format_is_taken_with_either_key_of_an_issuer() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let mut office = Office::with(algorithm, &person());
        for form in FORMS {
            if (form.0, algorithm) == (Format::LdpVc, Algorithm::Es256) {
                continue;
            }
            let age = verified(&mut office, "proof-of-age", form);
            assert_eq!(Value::Object(age), serde_json::json!({"age_equal_or_over": {"18": true}}));
            assert_eq!(verified(&mut office, "maisha-id", form).len(), 9);
        }
    }
}

fn people() -> impl Strategy<Value = Person> {
    let name = "[A-Za-zĩũéŋ'\" \\\\-]{1,40}";
    let portrait = proptest::option::of(proptest::collection::vec(any::<u8>(), 1..1000));
    let sex = prop_oneof![Just(Sex::Female), Just(Sex::Male), Just(Sex::Intersex)];
    let words = (name, name, name, name);
    (words, -25_000..20_000_i32, sex, proptest::option::of("[0-9]{8}"), portrait).prop_map(
        |((given_name, family_name, county, locality), birthdate, sex, id_number, portrait)| Person {
            given_name,
            family_name,
            county,
            locality,
            birthdate,
            sex,
            id_number,
            portrait: portrait.map(|bytes| Portrait {
                media_type: "image/webp".into(),
                bytes,
                source_digest: [0; 32],
            }),
            ..person()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_verifier_reads_what_the_register_says(person in people(), form in prop::sample::select(&FORMS)) {
        let mut office = Office::with(Algorithm::EdDsa, &person);
        let claims = verified(&mut office, "maisha-id", form);
        let day = Date::parse("2026-11-22").unwrap();
        let kind = office.types.get("maisha-id").unwrap();
        let said = subject(kind, &person, day, &office.keys.sectors).unwrap();
        // Disclosed claims stand in the order of their digests.
        prop_assert_eq!(sorted(&Value::Object(claims)), sorted(&Value::Object(said)));
    }
}

/// The text of a value with the members of objects in order.
fn sorted(value: &Value) -> String {
    data_integrity::jcs::canonicalize_value(value).unwrap()
}
