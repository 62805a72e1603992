//! JSON Canonicalization Scheme (RFC 8785): one text for one JSON value.

use serde_json::{Map, Number, Value};

use super::DataIntegrityError;

/// The largest integer below which a double holds each one exactly (RFC 7493, 2.2).
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
/// From here on JCS writes a power of ten (RFC 8785, 3.2.2.3), which nobody reads as an integer.
const EXPONENT_FROM: f64 = 1e21;

/// The canonical text of an object.
///
/// # Errors
/// [`DataIntegrityError::Number`] for an integer from 2^53 to 10^21: JCS writes numbers as doubles, so that
/// several such integers would share one text, and with it one signature.
pub fn canonicalize(object: &Map<String, Value>) -> Result<String, DataIntegrityError> {
    object.values().try_for_each(check_numbers)?;
    text(object)
}

/// The canonical text of any value.
///
/// # Errors
/// [`DataIntegrityError::Number`], as [`canonicalize`].
pub fn canonicalize_value(value: &Value) -> Result<String, DataIntegrityError> {
    check_numbers(value)?;
    text(value)
}

fn text(value: &impl serde::Serialize) -> Result<String, DataIntegrityError> {
    serde_json_canonicalizer::to_string(value)
        .map_err(|source| DataIntegrityError::Canonicalization { reason: source.to_string() })
}

fn check_numbers(value: &Value) -> Result<(), DataIntegrityError> {
    match value {
        Value::Array(values) => values.iter().try_for_each(check_numbers),
        Value::Object(members) => members.values().try_for_each(check_numbers),
        Value::Number(number) => check_number(number),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

pub(super) fn check_number(number: &Number) -> Result<(), DataIntegrityError> {
    let magnitude = number.as_f64().unwrap_or(f64::INFINITY).abs();
    if magnitude > MAX_SAFE_INTEGER && magnitude < EXPONENT_FROM {
        return Err(DataIntegrityError::Number { got: number.to_string() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use proptest::prelude::*;
    use serde_json::json;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
            any::<f64>()
                .prop_filter("refused", |n| n.abs() <= MAX_SAFE_INTEGER || n.abs() >= EXPONENT_FROM)
                .prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn canonical_text_is_its_own_canonical_text(value in value()) {
            let once = canonicalize_value(&value).unwrap();
            let read = json::parse(once.as_bytes()).unwrap();
            prop_assert_eq!(canonicalize_value(&read).unwrap(), once);
        }

        #[test]
        fn the_order_of_members_does_not_matter(members in proptest::collection::hash_map("[a-z\u{e9}\u{1f600}]{0,3}", any::<u32>(), 0..8)) {
            let forward: Map<String, Value> = members.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
            let backward: Map<String, Value> = forward.clone().into_iter().rev().collect();
            prop_assert_eq!(canonicalize(&forward).unwrap(), canonicalize(&backward).unwrap());
        }
    }

    #[test]
    fn integers_that_would_share_a_text_are_refused() {
        for number in [
            json!(9_007_199_254_740_993_u64),
            json!(-9_007_199_254_740_992_i64),
            json!(u64::MAX),
            json!(9.9e20),
        ] {
            let nested = json!({"a": [{"b": number}]});
            let got = nested["a"][0]["b"].to_string();
            let refused = DataIntegrityError::Number { got };
            assert_eq!(canonicalize(nested.as_object().unwrap()), Err(refused.clone()));
            assert_eq!(canonicalize_value(&nested), Err(refused));
        }
        assert_eq!(canonicalize_value(&json!(9_007_199_254_740_991_i64)).as_deref(), Ok("9007199254740991"));
        assert_eq!(canonicalize_value(&json!(1e30)).as_deref(), Ok("1e+30"));
    }
}
