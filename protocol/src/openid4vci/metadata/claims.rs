use std::collections::BTreeMap;

use hati_formats::sd_jwt::{ClaimPath, PathSegment};
use serde::{Deserialize, Serialize};

use super::display::check_locales;
use super::{Display, MESSAGE};
use crate::message::{MessageError, non_empty, refused};

/// A claim of a credential and what to call it (appendix B.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDescription {
    /// Where it stands in the credential.
    pub path: ClaimPath,
    /// Whether the credential always has it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub mandatory: bool,
    /// What to call it, by language.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<Display>,
}

/// What a segment says about the value that it selects from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Object,
    ElementOfArray,
    WholeArray,
}

/// Refuses descriptions that repeat or contradict each other (appendix B.3).
///
/// # Errors
/// [`MessageError::Value`].
pub fn check_claims(claims: &[ClaimDescription]) -> Result<(), MessageError> {
    let mut containers: BTreeMap<&[PathSegment], Container> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for ClaimDescription { path: ClaimPath(segments), display, .. } in claims {
        let refused = |expected| Err(refused(MESSAGE, "claims", expected, shown(segments)));
        if !matches!(segments.first(), Some(PathSegment::Name(_))) {
            return refused("described by paths that begin with a name");
        }
        if !seen.insert(segments) {
            return refused("described once each");
        }
        for (depth, segment) in segments.iter().enumerate() {
            let container = container(segment);
            let prefix = segments.get(..depth).unwrap_or_default();
            if *containers.entry(prefix).or_insert(container) != container {
                return refused("described without contradiction");
            }
        }
        check_locales(MESSAGE, display)?;
    }
    Ok(())
}

const fn container(segment: &PathSegment) -> Container {
    match segment {
        PathSegment::Name(_) => Container::Object,
        PathSegment::Index(_) => Container::ElementOfArray,
        PathSegment::All => Container::WholeArray,
    }
}

fn shown(segments: &[PathSegment]) -> String {
    ClaimPath(segments.to_vec()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(paths: Value) -> Result<(), String> {
        let read = |path: &Value| serde_json::from_value(json!({"path": path})).unwrap();
        let claims: Vec<ClaimDescription> = paths.as_array().unwrap().iter().map(read).collect();
        check_claims(&claims).map_err(|error| error.to_string())
    }

    #[test]
    fn claims_are_described_once_and_without_contradiction() {
        assert_eq!(
            check(json!([
                ["a"],
                ["a", "b"],
                ["a", "c"],
                ["l", null, "x"],
                ["l", null, "y"],
                ["m", 0],
                ["m", 1]
            ])),
            Ok(())
        );
        assert!(check(json!([["a"], ["b"], ["a"]])).unwrap_err().contains("once each"));
        for contradiction in [
            json!([["a", null], ["a", 0]]),
            json!([["a", 0], ["a", "b"]]),
            json!([["a", null], ["a", "b"]]),
            json!([["a", null, "x", 0], ["a", null, "x", "y"]]),
        ] {
            assert!(
                check(contradiction.clone()).unwrap_err().contains("without contradiction"),
                "{contradiction}"
            );
        }
        for path in [json!([[]]), json!([[null]]), json!([[0]])] {
            assert!(check(path).unwrap_err().contains("begin with a name"));
        }
    }
}
