//! The JSON-LD contexts of an `ldp_vc`: what its terms mean.

use std::sync::LazyLock;

use serde_json::Value;

use super::{CONTEXTS, CredentialType};

/// The context that defines the types that ship and their claims (`spec/contexts/README.md`). An issuer publishes it at
/// its [`context_url`].
pub const HATI_CONTEXT: &str = include_str!("../../../spec/contexts/hati-v1.jsonld");

/// Where the context stands below an issuer's URL.
pub const CONTEXT_PATH: &str = "contexts/hati-v1";

/// The URL of the context at an issuer.
#[must_use]
pub fn context_url(issuer: &str) -> String {
    format!("{issuer}/{CONTEXT_PATH}")
}

static TERMS: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(HATI_CONTEXT).unwrap_or_default());

impl CredentialType {
    /// The contexts of an `ldp_vc` of this type by the issuer at a URL. The profile's own has to define all of it; a type
    /// of the issuer's own takes the W3C's vocabulary for terms without a definition (VCDM 2.0, B.2.4).
    #[must_use]
    pub fn contexts(&self, issuer: &str) -> [String; 2] {
        let [credentials, undefined_terms] = CONTEXTS;
        let own = if self.is_defined() { context_url(issuer) } else { undefined_terms.to_owned() };
        [credentials.to_owned(), own]
    }

    fn is_defined(&self) -> bool {
        let Some(terms) = TERMS.get("@context") else { return false };
        let is_type = terms.get(&self.vc_type).is_some_and(|iri| *iri == self.vct);
        is_type && self.claims.iter().all(|claim| defines(terms, &claim.path))
    }
}

/// Whether the terms define a claim: each name of its path in the context of the one before (JSON-LD 1.1, 4.1.8).
fn defines(terms: &Value, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    let inner = |term: &Value| term.get("@context").is_some_and(|terms| defines(terms, rest));
    terms.get(first).is_some_and(|term| rest.is_empty() || inner(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example";

    #[test]
    fn the_types_that_ship_are_defined() {
        for kind in CredentialType::shipped().unwrap() {
            assert_eq!(kind.contexts(ISSUER), [CONTEXTS[0], "https://id.example/contexts/hati-v1"]);
        }
    }

    #[test]
    fn other_types_take_the_w3cs_vocabulary() {
        let shipped = CredentialType::shipped().unwrap().remove(0);
        let changes: [fn(&mut CredentialType); 4] = [
            |kind| kind.vc_type = "LibraryCard".to_owned(),
            |kind| kind.vct = "urn:example:maisha-id:1".to_owned(),
            |kind| kind.claims[0].path = vec!["nickname".to_owned()],
            |kind| kind.claims[7].path = vec!["age_equal_or_over".to_owned(), "40".to_owned()],
        ];
        for change in changes {
            let mut kind = shipped.clone();
            change(&mut kind);
            assert_eq!(kind.contexts(ISSUER), CONTEXTS);
        }
    }
}
