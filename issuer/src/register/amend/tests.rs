//! Which credentials a change makes wrong.

use std::path::Path;

use hati_formats::time::{Date, Timestamp};
use hati_store::{Entry, Person, Sex, Slot, Status};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::made_wrong;
use crate::keys::{Keys, NewKeys};
use crate::types::Types;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn person(birthdate: &str) -> Person {
    Person {
        upi: "20480163920017".into(),
        id_number: None,
        given_name: "Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: day(birthdate).days(),
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: None,
        portrait: None,
    }
}

fn issued(credential_type: &str, on: &str, status: Status) -> Entry {
    Entry {
        upi: "20480163920017".into(),
        credential_type: credential_type.into(),
        holder_key: [0; 32],
        valid_from: day(on).start().seconds(),
        valid_until: i64::MAX,
        slot: Slot { list: 0, index: 0 },
        status,
    }
}

fn wrong(issued: &[Entry], before: &Person, after: &Person) -> Vec<String> {
    let sectors = Keys::from(NewKeys::generate(
        hati_formats::keys::Algorithm::EdDsa,
        &mut ChaCha20Rng::seed_from_u64(1),
    ))
    .sectors;
    let types = Types::load(Path::new("no such folder")).unwrap();
    let today = Timestamp::parse_rfc3339("2026-11-22T09:00:00Z").unwrap().date();
    made_wrong(&types, &sectors, issued, (before, after), today).unwrap()
}

#[test]
fn only_types_that_say_it_are_wrong() {
    let before = person("1997-01-01");
    assert!(wrong(&[], &before, &before).is_empty());
    assert!(
        wrong(&[], &before, &Person { phone: Some("+254712345678".into()), ..before.clone() }).is_empty()
    );
    assert_eq!(
        wrong(&[], &before, &Person { family_name: "Otieno".into(), ..before.clone() }),
        ["maisha-id"]
    );
    assert_eq!(wrong(&[], &before, &person("1997-01-02")), ["maisha-id"]);
    assert_eq!(wrong(&[], &before, &person("2010-01-01")), ["maisha-id", "proof-of-age"]);
}

/// 18 today either way; on the day of an earlier issuance, by the right birth date, not yet.
#[test]
fn an_age_is_compared_on_the_day_it_was_counted() {
    let (before, after) = (person("2008-01-01"), person("2008-06-01"));
    assert_eq!(wrong(&[], &before, &after), ["maisha-id"]);
    let early = issued("proof-of-age", "2026-03-01", Status::Valid);
    assert_eq!(wrong(&[early], &before, &after), ["maisha-id", "proof-of-age"]);
    let revoked = issued("proof-of-age", "2026-03-01", Status::Revoked);
    assert_eq!(wrong(&[revoked], &before, &after), ["maisha-id"]);
}

#[test]
fn a_type_that_is_gone_counts_as_wrong() {
    let before = person("1997-01-01");
    let after = Person { phone: Some("+254712345678".into()), ..before.clone() };
    let gone = || issued("library-card", "2026-03-01", Status::Valid);
    assert_eq!(wrong(&[gone()], &before, &after), ["library-card"]);
    assert!(wrong(&[gone()], &before, &before).is_empty());
}
