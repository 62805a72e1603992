//! RFC 8785's author's pairs of input and canonical form.

use hati_formats::{data_integrity::jcs, json};

use crate::vectors;

#[test]
fn every_input_becomes_its_output() {
    for name in ["arrays", "french", "structures", "unicode", "values", "weird"] {
        let Some(input) = vectors::text(&format!("jcs/input/{name}.json"), 1) else { continue };
        let output = vectors::text(&format!("jcs/output/{name}.json"), 1).unwrap();
        let value = json::parse(input.as_bytes()).unwrap();
        assert_eq!(jcs::canonicalize_value(&value).as_deref(), Ok(output.as_str()), "{name}");
    }
}
