use serde_json::{Map, Value};

use super::DataIntegrityError;

/// 3.3.2, step 4: the document's contexts start with the proof's. What was signed is the document with
/// the proof's, so what someone appended later is dropped rather than trusted.
pub(super) fn restore_signed(
    document: &mut Map<String, Value>,
    proof_config: &Map<String, Value>,
) -> Result<(), DataIntegrityError> {
    let Some(signed) = proof_config.get("@context") else { return Ok(()) };
    let received = document.get("@context").ok_or(DataIntegrityError::Context)?;
    if !list(received).starts_with(list(signed)) {
        return Err(DataIntegrityError::Context);
    }
    document.insert("@context".to_owned(), signed.clone());
    Ok(())
}

/// JSON-LD 1.1, 9.15: one context may stand without its list.
fn list(context: &Value) -> &[Value] {
    context.as_array().map_or(std::slice::from_ref(context), Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn restored(document: Value, proof: Value) -> Result<Value, DataIntegrityError> {
        let with = |context: Value| match context {
            Value::Null => Map::new(),
            context => Map::from_iter([("@context".to_owned(), context)]),
        };
        let mut document = with(document);
        restore_signed(&mut document, &with(proof))?;
        Ok(document.remove("@context").unwrap_or_default())
    }

    #[test]
    fn the_signed_contexts_are_restored() {
        assert_eq!(restored(json!(["a", "b", {"c": 1}]), json!(["a", "b"])), Ok(json!(["a", "b"])));
        assert_eq!(restored(json!(["a", "b"]), json!("a")), Ok(json!("a")));
        assert_eq!(restored(json!("a"), json!(["a"])), Ok(json!(["a"])));
        assert_eq!(restored(json!("a"), Value::Null), Ok(json!("a")));
    }

    #[test]
    fn other_contexts_are_refused() {
        for (document, proof) in [
            (json!(["a"]), json!(["a", "b"])),
            (json!(["b", "a"]), json!(["a", "b"])),
            (json!(["x", "a"]), json!("a")),
            (json!([{"a": 2}]), json!([{"a": 1}])),
            (Value::Null, json!("a")),
        ] {
            assert_eq!(restored(document, proof), Err(DataIntegrityError::Context));
        }
    }
}
