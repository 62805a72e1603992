//! Signed batches of changes: what is taken, in which order, and what is not.

use hati_formats::encoding::b64url;
use hati_formats::jws;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::Date;
use hati_issuer::register::Rules;
use hati_issuer::register::feed::{Batch, Change, Feed, FeedError, MAX_CHANGES, Position, Received, TYPE};
use hati_issuer::register::record::Unsaid;
use hati_store::{MemoryStore, Register};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{ACHIENG, import_rows, now};

fn key(algorithm: Algorithm) -> SoftwareKey {
    SoftwareKey::from_secret_bytes(algorithm, &[9; 32]).unwrap()
}

pub(crate) fn feed() -> Feed {
    Feed::new("births", key(Algorithm::EdDsa).public().clone()).unwrap()
}

pub(crate) fn put() -> Value {
    json!({
        "op": "put", "upi": "20480163920017", "id_number": "31415926", "given_name": "Grace Achieng",
        "family_name": "Odhiambo", "birthdate": "1997-01-01", "sex": "female", "nationalities": ["KE"],
        "county": "Kisumu", "place_of_birth": "Ahero", "country": "KE", "phone": "+254712345678",
    })
}

pub(crate) fn payload(sequence: u64, previous: Option<&Position>, changes: &[Value]) -> Value {
    let previous = previous.map(|position| b64url(&position.digest));
    json!({ "feed": "births", "sequence": sequence, "previous": previous, "changes": changes })
}

pub(crate) fn sign(payload: &Value) -> String {
    sign_with(&json!({ "alg": "EdDSA", "typ": TYPE }), payload.to_string().as_bytes(), &key(Algorithm::EdDsa))
}

fn sign_with(header: &Value, payload: &[u8], key: &SoftwareKey) -> String {
    let unsigned = jws::prepare(header.as_object().unwrap(), payload);
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn receive(token: &str, last: Option<&Position>) -> Result<Received, FeedError> {
    Batch::parse_and_verify(token, &feed(), last, Rules::kenya(now()))
}

fn next(token: &str, last: Option<&Position>) -> Batch {
    match receive(token, last).unwrap() {
        Received::Next(batch) => batch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn changes_are_what_an_import_would_have_read() {
    let death = json!({ "op": "death", "upi": "20480163920018", "date": "2026-06-30" });
    let batch = next(&sign(&payload(1, None, &[put(), death])), None);
    let store = MemoryStore::default();
    import_rows(&store, &[ACHIENG]);
    let person = store.person("20480163920017").unwrap().unwrap();
    let date = Date::parse("2026-06-30").unwrap();
    // The portrait alone is not in the change.
    let unsaid = Unsaid { portrait: true, ..Unsaid::default() };
    let expected = [
        Change::Put { person: Box::new(person), unsaid },
        Change::Death { upi: "20480163920018".into(), date },
    ];
    assert_eq!(batch.changes(), expected);
    assert_eq!(batch.position().sequence, 1);
    assert_eq!(batch.into_changes(), expected);
}

#[test]
fn es256_signs_too_and_the_algorithm_is_the_keys() {
    let es256 = key(Algorithm::Es256);
    let feed = Feed::new("births", es256.public().clone()).unwrap();
    let text = payload(1, None, &[put()]).to_string();
    let rules = Rules::kenya(now());
    let good = sign_with(&json!({ "alg": "ES256", "typ": TYPE }), text.as_bytes(), &es256);
    assert!(Batch::parse_and_verify(&good, &feed, None, rules).is_ok());
    let lying = sign_with(&json!({ "alg": "EdDSA", "typ": TYPE }), text.as_bytes(), &es256);
    let refused = Batch::parse_and_verify(&lying, &feed, None, rules).unwrap_err();
    assert_eq!(refused.code(), "feed_signature_invalid");
}

#[test]
fn batches_come_in_their_order() {
    let first = sign(&payload(1, None, &[put()]));
    let one = next(&first, None).position();
    let second = sign(&payload(2, Some(&one), &[put()]));
    let two = next(&second, Some(&one)).position();
    assert_eq!(two.sequence, 2);

    // The last one once more is acknowledged, by whatever signature.
    assert_eq!(receive(&second, Some(&two)), Ok(Received::Again(two)));
    let header = json!({ "alg": "EdDSA", "typ": TYPE, "kid": "k" });
    let again =
        sign_with(&header, payload(2, Some(&one), &[put()]).to_string().as_bytes(), &key(Algorithm::EdDsa));
    assert_eq!(receive(&again, Some(&two)), Ok(Received::Again(two)));

    let death = json!({ "op": "death", "upi": "20480163920017", "date": "2026-06-30" });
    for (token, last, expected) in [
        (&first, Some(&two), "has number 1, expected 3"),
        (&sign(&payload(4, Some(&two), &[put()])), Some(&two), "has number 4, expected 3"),
        (&second, None, "has number 2, expected 1"),
        (&sign(&payload(u64::MAX, None, &[put()])), None, "expected 1"),
        (&sign(&payload(2, Some(&one), &[death])), Some(&two), "batch 2 was taken with another content"),
        (&sign(&payload(3, Some(&one), &[put()])), Some(&two), "Look which batch went elsewhere"),
        (&sign(&payload(3, None, &[put()])), Some(&two), "follows null, expected"),
        (&sign(&payload(1, Some(&two), &[put()])), None, "expected null"),
    ] {
        let refused = receive(token, last).unwrap_err();
        assert_eq!(refused.code(), "feed_out_of_order");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
}

#[test]
fn whoever_is_not_the_feed_is_refused() {
    let text = payload(1, None, &[put()]).to_string();
    let ours = key(Algorithm::EdDsa);
    let stranger = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[8; 32]).unwrap();
    let typed = json!({ "alg": "EdDSA", "typ": TYPE });
    let other = payload(1, None, &[put()]).to_string().replace("births", "deaths");
    let good = sign_with(&typed, text.as_bytes(), &ours);
    let body = good.rsplit_once('.').unwrap().0;
    for (token, code) in [
        (sign_with(&typed, text.as_bytes(), &stranger), "feed_signature_invalid"),
        (sign_with(&json!({ "alg": "EdDSA" }), text.as_bytes(), &ours), "feed_malformed"),
        (sign_with(&json!({ "alg": "EdDSA", "typ": "JWT" }), text.as_bytes(), &ours), "feed_malformed"),
        (sign_with(&json!({ "alg": "none", "typ": TYPE }), text.as_bytes(), &ours), "feed_malformed"),
        (
            sign_with(&json!({ "alg": "EdDSA", "typ": TYPE, "crit": ["b64"] }), text.as_bytes(), &ours),
            "feed_malformed",
        ),
        (sign_with(&typed, other.as_bytes(), &ours), "feed_unknown"),
        (format!("{body}."), "feed_malformed"),
        (String::new(), "feed_malformed"),
        ("a".repeat(jws::MAX_BYTES + 1), "feed_malformed"),
    ] {
        assert_eq!(receive(&token, None).unwrap_err().code(), code, "{token:.60}");
    }
}

#[test]
fn a_payload_that_breaks_a_rule_is_refused() {
    let with = |member: &str, value: Value| {
        let mut payload = payload(1, None, &[put()]);
        payload[member] = value;
        receive(&sign(&payload), None).unwrap_err()
    };
    for (member, value) in [
        ("extra", json!(1)),
        ("feed", json!(1)),
        ("sequence", json!(0)),
        ("sequence", json!(-1)),
        ("sequence", json!("1")),
        ("sequence", json!(1.5)),
        ("previous", json!(1)),
        ("previous", json!("AAAA")),
        ("previous", json!("")),
        ("changes", json!({})),
        ("changes", json!([])),
        ("changes", Value::Array(vec![json!(1); MAX_CHANGES + 1])),
    ] {
        assert_eq!(with(member, value.clone()).code(), "feed_malformed", "{member}: {value}");
    }
    for member in ["feed", "sequence", "previous", "changes"] {
        let mut without = payload(1, None, &[put()]);
        without.as_object_mut().unwrap().remove(member);
        let refused = receive(&sign(&without), None).unwrap_err();
        assert!(refused.to_string().contains(member), "{refused}");
    }
    for text in [
        "[]",
        "{",
        "",
        &payload(1, None, &[put()]).to_string().replace("\"feed\"", "\"sequence\":1,\"feed\""),
    ] {
        let token =
            sign_with(&json!({ "alg": "EdDSA", "typ": TYPE }), text.as_bytes(), &key(Algorithm::EdDsa));
        assert!(matches!(receive(&token, None), Err(FeedError::Payload(_))), "{text}");
    }
    let many = vec![json!({ "op": "death", "upi": "20480163920017", "date": "2026-06-30" }); MAX_CHANGES];
    assert_eq!(next(&sign(&payload(1, None, &many)), None).changes().len(), MAX_CHANGES);
}

#[test]
fn one_bad_change_refuses_the_batch_and_all_of_them_are_told() {
    let with = |member: &str, value: Value| {
        let mut change = put();
        change[member] = value;
        change
    };
    let death = |upi: Value, date: Value| json!({ "op": "death", "upi": upi, "date": date });
    let bad = [
        (json!(1), "change"),
        (json!({}), "op"),
        (with("op", json!(1)), "op"),
        (with("op", json!("delete")), "op"),
        (json!({ "op": "alive", "upi": "1" }), "upi"),
        (json!({ "op": "alive", "upi": "20480163920017", "date": "2026-06-30" }), "row"),
        (with("upi", json!("1")), "upi"),
        (with("birthdate", json!("2026-07-02")), "birthdate"),
        (with("county", json!("Kampala")), "county"),
        (with("salary", json!(1)), "row"),
        (with("portrait", json!("face.png")), "portrait"),
        (with("portrait", json!({ "base64": "QUJD" })), "portrait"),
        (death(json!("1"), json!("2026-06-30")), "upi"),
        (death(json!("20480163920017"), json!("2026-07-02")), "date"),
        (death(json!("20480163920017"), Value::Null), "date"),
        (json!({ "op": "death", "upi": "20480163920017", "date": "2026-06-30", "phone": "" }), "row"),
    ];
    let mut changes = vec![put()];
    changes.extend(bad.iter().map(|(change, _)| change.clone()));
    let refused = receive(&sign(&payload(1, None, &changes)), None).unwrap_err();
    assert_eq!(refused.code(), "feed_changes_refused");
    assert!(
        refused.to_string().contains("16 changes are not valid, so none is made. Change 1: change:"),
        "{refused}"
    );
    let FeedError::Changes { refused } = refused else { panic!("{refused}") };
    let told: Vec<_> = refused.iter().map(|change| (change.place, change.errors[0].field)).collect();
    let expected: Vec<_> = bad.iter().enumerate().map(|(place, (_, field))| (place + 1, *field)).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_feed_has_a_plain_name() {
    for name in ["", "Births", "a b", "ü", &"a".repeat(65)] {
        let refused = Feed::new(name, key(Algorithm::EdDsa).public().clone()).unwrap_err();
        assert_eq!(refused.code(), "feed_refused", "{name}");
    }
}

proptest! {
    #[test]
    fn any_payload_is_read_or_refused(text: Vec<u8>, changes in proptest::collection::vec("[ -~]{0,40}", 0..4)) {
        let header = json!({ "alg": "EdDSA", "typ": TYPE });
        let _ = receive(&sign_with(&header, &text, &key(Algorithm::EdDsa)), None);
        let changes: Vec<_> = changes.into_iter().map(|text| json!({ "op": "put", "upi": text })).collect();
        prop_assert!(receive(&sign(&payload(1, None, &changes)), None).is_err());
    }
}
