//! Random claims under random frames.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use rand_core::Rng;

use super::*;
use crate::time::Timestamp;

const AUDIENCE: &str = "https://verifier.example";

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "\\PC{0,8}".prop_map(Value::from),
    ]
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    btree_map("[a-d]{1,2}|[18]{2}", value, 0..5)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

fn claims() -> impl Strategy<Value = Value> {
    let value = leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![members(inner.clone()), vec(inner, 0..4).prop_map(Value::from)]
    });
    members(value)
}

/// Every path in the claims, parents first.
fn paths(value: &Value, here: &ClaimPath, out: &mut Vec<ClaimPath>) {
    let below = |segment| ClaimPath([here.0.as_slice(), &[segment]].concat());
    let children: Vec<(ClaimPath, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, child)| (below(name.as_str().into()), child)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, child)| (below(PathSegment::Index(index)), child)).collect()
        }
        _ => Vec::new(),
    };
    for (path, child) in children {
        out.push(path.clone());
        paths(child, &path, out);
    }
}

/// A frame over the claims, about half of them concealed, and which those are.
fn random_frame(claims: &Value, rng: &mut impl Rng) -> (Frame, Vec<ClaimPath>) {
    let mut all = Vec::new();
    paths(claims, &ClaimPath::default(), &mut all);
    let mut frame = Frame::default();
    frame.decoys(&ClaimPath::default(), (rng.next_u32() % 3) as usize);
    let mut concealed = Vec::new();
    for path in all {
        let is_container =
            path.find(claims.as_object().unwrap()).iter().any(|value| value.is_object() || value.is_array());
        if is_container {
            frame.decoys(&path, (rng.next_u32() % 3) as usize);
        }
        if rng.next_u32().is_multiple_of(2) {
            frame.conceal(&path);
            concealed.push(path);
        }
    }
    (frame, concealed)
}

/// The claims without what is concealed and not shown. Positions are those of the whole claims.
fn keep(value: &Value, here: &ClaimPath, hidden: &[ClaimPath]) -> Option<Value> {
    if hidden.contains(here) {
        return None;
    }
    let below = |segment| ClaimPath([here.0.as_slice(), &[segment]].concat());
    Some(match value {
        Value::Object(members) => {
            let kept = members.iter().filter_map(|(name, child)| {
                Some((name.clone(), keep(child, &below(name.as_str().into()), hidden)?))
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => {
            let kept = items.iter().enumerate();
            kept.filter_map(|(index, child)| keep(child, &below(PathSegment::Index(index)), hidden)).collect()
        }
        other => other.clone(),
    })
}

fn starts_with(path: &ClaimPath, prefix: &ClaimPath) -> bool {
    path.0.starts_with(&prefix.0)
}

fn bound_presentation(seed: u64) -> String {
    let claims = json!({
        "name": "Amina", "n": ["KE", "UG"], "a": {"b": {"c": 1}}, "cnf": {"jwk": holder().public().to_jwk()},
    });
    let credential = issue(claims, &frame(&["name", "n.*", "a", "a.b", "a.b.c"]), seed);
    let selected =
        Held::parse(&credential).unwrap().select(&[path("name"), path("n.1"), path("a.b.c")]).unwrap();
    let unsigned = selected.prepare_key_binding(Algorithm::Es256, AUDIENCE, "n", Timestamp::from_seconds(0));
    let signature = holder().sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn check(text: &str) -> Result<(), SdJwtError> {
    let freshness = Freshness { now: Timestamp::from_seconds(0), max_age: 1, max_ahead: 1 };
    verify(text)?
        .verify_key_binding(&KeyBindingExpectation { audience: AUDIENCE, nonce: "n", freshness })
        .map(drop)
}

#[test]
fn every_prefix_is_refused() {
    let good = bound_presentation(1);
    assert_eq!(check(&good), Ok(()));
    for end in 0..good.len() {
        assert!(check(&good[..end]).is_err(), "{end}");
    }
}

proptest! {
    #[test]
    fn the_holder_gets_all_and_the_verifier_what_was_chosen(claims in claims(), seed: u64) {
        let mut rng = rng(seed);
        let (frame, concealed) = random_frame(&claims, &mut rng);
        let text = issue(claims.clone(), &frame, seed);
        let held = Held::parse(&text).unwrap();
        prop_assert_eq!(&Value::Object(held.claims().clone()), &claims);
        let mut disclosable = held.disclosable().to_vec();
        disclosable.sort();
        let mut expected = concealed.clone();
        expected.sort();
        prop_assert_eq!(disclosable, expected);

        let mut all = Vec::new();
        paths(&claims, &ClaimPath::default(), &mut all);
        let chosen: Vec<ClaimPath> = all.into_iter().filter(|_| rng.next_u32().is_multiple_of(5)).collect();
        let presentation = held.select(&chosen).unwrap();
        let (shown, hidden): (Vec<ClaimPath>, Vec<ClaimPath>) = concealed.into_iter().partition(|path| {
            chosen.iter().any(|chosen| starts_with(chosen, path) || starts_with(path, chosen))
        });
        let verified = verify(presentation.as_str()).unwrap();
        prop_assert_eq!(verified.disclosed().len(), shown.len());
        let expected = keep(&claims, &ClaimPath::default(), &hidden).unwrap();
        prop_assert_eq!(Value::Object(verified.into_claims()), expected);
    }

    #[test]
    fn one_altered_byte_is_refused(at: prop::sample::Index, to in "[A-Za-z0-9_.~ =-]") {
        let good = bound_presentation(2);
        let at = at.index(good.len());
        let mut bad = good.clone();
        bad.replace_range(at..=at, &to);
        prop_assert!(bad == good || check(&bad).is_err());
    }

    #[test]
    fn disclosures_round_trip(salt in "\\PC{0,8}", name in proptest::option::of("\\PC{0,8}"), value in claims()) {
        let written = Disclosure::with_salt(salt, name, value);
        prop_assert_eq!(Disclosure::parse(written.as_str(), 0).unwrap(), written);
    }

    #[test]
    fn no_text_panics(text in "[A-Za-z0-9_~.é-]{0,64}") {
        let _ = (check(&text), Held::parse(&text).map(drop), Disclosure::parse(&text, 0));
    }

    #[test]
    fn no_signed_payload_panics(payload in hostile()) {
        let (member, _) = disclosure(r#"["s","a",{"_sd":["x"]}]"#);
        let _ = verify(&sign(&payload, &[&member]));
    }
}

/// Payloads in which digests stand in every wrong place.
fn hostile() -> impl Strategy<Value = Value> {
    let (_, digest) = disclosure(r#"["s","a",{"_sd":["x"]}]"#);
    let scalar = prop_oneof![Just(json!("x")), Just(json!("sha-256")), Just(json!(digest)), Just(json!(1))];
    let value = scalar.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof![Just("_sd"), Just("..."), Just("_sd_alg"), Just("a"), Just("b")];
        let members = btree_map(name, inner.clone(), 0..4);
        let members = members
            .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        prop_oneof![members.prop_map(Value::Object), vec(inner, 0..4).prop_map(Value::from)]
    });
    value.prop_map(|value| if value.is_object() { value } else { json!({"a": value}) })
}
