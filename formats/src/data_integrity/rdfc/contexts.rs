//! The contexts there are. `spec/contexts/README.md` says where each comes from.

use std::error::Error;
use std::panic::{RefUnwindSafe, UnwindSafe};

use oxjsonld::{JsonLdLoadDocumentOptions, JsonLdRemoteDocument};
use serde_json::{Map, Value};

use super::error::{RdfcError, shown};
use crate::credential::{HATI_CONTEXT, context_url, issuer_url};
use crate::{data_integrity::issuer_of, json};

/// VCDM 2.0, 4.3: the context that comes first. It defines the members of a credential and of its proof.
const CREDENTIALS: &str = "https://www.w3.org/ns/credentials/v2";

/// The W3C's contexts, as published.
const BUNDLED: [(&str, &str); 3] = [
    (CREDENTIALS, include_str!("../../../../spec/contexts/credentials-v2.jsonld")),
    (
        "https://www.w3.org/ns/credentials/undefined-terms/v2",
        include_str!("../../../../spec/contexts/undefined-terms-v2.jsonld"),
    ),
    (
        "https://www.w3.org/ns/credentials/examples/v2",
        include_str!("../../../../spec/contexts/examples-v2.jsonld"),
    ),
];

/// A document may name each of them, and some twice.
const MAX_CONTEXTS: usize = 8;

/// The contexts that a document names, each found among those that are bundled.
#[derive(Clone, Debug)]
pub(crate) struct Contexts(Vec<(String, &'static str)>);

impl Contexts {
    /// Data Integrity 1.0, 2.4.2: contexts are known beforehand, or the document is not processed.
    pub(crate) fn of(document: &Map<String, Value>) -> Result<Self, RdfcError> {
        let named = document.get("@context").unwrap_or(&Value::Null);
        let named = named.as_array().map_or(std::slice::from_ref(named), Vec::as_slice);
        if named.len() > MAX_CONTEXTS {
            return Err(RdfcError::TooMany { what: "contexts", got: named.len(), limit: MAX_CONTEXTS });
        }
        match named.first() {
            Some(Value::String(first)) if first == CREDENTIALS => {}
            other => {
                let got = shown(other.and_then(Value::as_str).unwrap_or_default());
                return Err(RdfcError::FirstContext { expected: CREDENTIALS, got });
            }
        }
        let own = issuer_of(document).and_then(issuer_url).map(|url| context_url(&url));
        named.iter().map(|context| find(context, own.as_deref())).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn urls(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(url, _)| url.as_str())
    }

    /// Gives the JSON-LD processor what was found, and nothing else.
    pub(super) fn loader(
        &self,
    ) -> impl Fn(
        &str,
        &JsonLdLoadDocumentOptions,
    ) -> Result<JsonLdRemoteDocument, Box<dyn Error + Send + Sync>>
    + Send
    + Sync
    + UnwindSafe
    + RefUnwindSafe
    + 'static {
        let known = self.0.clone();
        move |url, _| {
            let (url, text) = known.iter().find(|(known, _)| known == url).ok_or("no context is fetched")?;
            Ok(JsonLdRemoteDocument { document: text.as_bytes().to_vec(), document_url: url.clone() })
        }
    }
}

fn find(context: &Value, own: Option<&str>) -> Result<(String, &'static str), RdfcError> {
    let url = context.as_str().ok_or(RdfcError::InlineContext { got: json::kind(context) })?;
    let bundled = BUNDLED.iter().find(|(known, _)| *known == url).map(|(_, text)| *text);
    let text = bundled.or_else(|| own.is_some_and(|own| own == url).then_some(HATI_CONTEXT));
    text.map(|text| (url.to_owned(), text)).ok_or_else(|| RdfcError::UnknownContext { got: shown(url) })
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_contexts_are_those_of_the_profile() {
        let stated = include_str!("../../../../spec/contexts/README.md");
        for (url, text) in BUNDLED.into_iter().chain([("URL/contexts/hati-v1", HATI_CONTEXT)]) {
            let digest: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
            let line = stated.lines().find(|line| line.contains(&format!("`{url}`"))).expect(url);
            assert!(line.ends_with(&format!("| `{digest}` |")), "{url}: {digest}");
        }
    }
}
