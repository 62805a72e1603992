//! From JSON-LD to canonical N-Quads (Data Integrity EdDSA Cryptosuites 1.0, 3.2.3; RDFC-1.0).
//!
//! JSON-LD leaves out of the RDF whatever it does not understand, and many texts have one RDF. Here nothing is left
//! out, and next to nothing can be written in two ways:
//!
//! 1. `contexts` finds every context among those that are bundled; nothing is fetched.
//! 2. `shape` refuses what JSON-LD drops or lets be written otherwise, and counts what the document states.
//! 3. The JSON-LD processor expands it; what no context defines lands under [`UNDEFINED`] and is refused by name.
//! 4. The statements are counted: as many as the document has.
//! 5. `ambiguity` refuses a dataset whose canonical form takes exponential time.
//! 6. RDFC-1.0 labels the blank nodes, and the lines are sorted.

mod ambiguity;
mod contexts;
mod error;
mod shape;

use oxjsonld::JsonLdParser;
use oxrdf::dataset::{CanonicalizationAlgorithm, CanonicalizationHashAlgorithm};
use oxrdf::{Dataset, GraphNameRef, NamedNodeRef, NamedOrBlankNodeRef, QuadRef, TermRef};
use serde_json::{Map, Value, json};

pub(super) use self::contexts::Contexts;
pub use self::error::RdfcError;

/// Where terms and references go that nothing defines. Top-level domain and scheme are nobody's (RFC 2606).
const UNDEFINED: &str = "undefined.invalid:";

/// The canonical N-Quads of an object whose terms `contexts` define.
///
/// # Errors
/// [`RdfcError`].
pub(super) fn canonicalize(object: &Map<String, Value>, contexts: &Contexts) -> Result<String, RdfcError> {
    let expected = shape::statements(object)?;
    let mut dataset = to_rdf(object, contexts)?;
    if dataset.len() != expected {
        return Err(RdfcError::Statements { expected, got: dataset.len() });
    }
    ambiguity::check(&dataset)?;
    dataset.canonicalize(CanonicalizationAlgorithm::Rdfc10 {
        hash_algorithm: CanonicalizationHashAlgorithm::Sha256,
    });
    // RDFC-1.0, 4.4.3, step 7: sorted in the order of code points, which in UTF-8 is that of bytes.
    let mut lines: Vec<String> = dataset.iter().map(|quad| format!("{quad} .\n")).collect();
    lines.sort_unstable();
    Ok(lines.concat())
}

/// JSON-LD 1.1 API, 8.2, "Deserialize JSON-LD to RDF".
fn to_rdf(object: &Map<String, Value>, contexts: &Contexts) -> Result<Dataset, RdfcError> {
    // Before the document's own contexts, so that one with a vocabulary of its own still has its say.
    let mut all = vec![json!({ "@vocab": UNDEFINED.to_owned() + "/" })];
    all.extend(contexts.urls().map(Value::from));
    let mut members = Map::from_iter([("@context".to_owned(), Value::Array(all))]);
    members
        .extend(object.iter().filter(|(name, _)| *name != "@context").map(|(n, v)| (n.clone(), v.clone())));
    let text = Value::Object(members).to_string();

    let refused = |reason: String| RdfcError::JsonLd { reason };
    let parser = JsonLdParser::new()
        .with_base_iri(UNDEFINED.to_owned() + "/")
        .map_err(|source| refused(source.to_string()))?
        .for_slice(&text)
        .with_load_document_callback(contexts.loader());
    let mut dataset = Dataset::new();
    for quad in parser {
        let quad = quad.map_err(|source| refused(source.to_string()))?;
        check_defined(quad.as_ref())?;
        dataset.insert(&quad);
    }
    Ok(dataset)
}

/// Refuses a statement with a term that no context defines, or with a relative reference.
fn check_defined(quad: QuadRef<'_>) -> Result<(), RdfcError> {
    let check = |node: NamedNodeRef<'_>| match node.as_str().strip_prefix(UNDEFINED) {
        Some(term) => Err(RdfcError::Undefined { got: error::shown(term.trim_start_matches('/')) }),
        None => Ok(()),
    };
    check(quad.predicate)?;
    if let NamedOrBlankNodeRef::NamedNode(node) = quad.subject {
        check(node)?;
    }
    match quad.object {
        TermRef::NamedNode(node) => check(node)?,
        TermRef::Literal(literal) => check(literal.datatype())?,
        TermRef::BlankNode(_) => {}
    }
    match quad.graph_name {
        GraphNameRef::NamedNode(node) => check(node),
        GraphNameRef::BlankNode(_) | GraphNameRef::DefaultGraph => Ok(()),
    }
}

#[cfg(test)]
mod tests;
