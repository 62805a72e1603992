//! RDFC-1.0, 7.1, "Dataset poisoning": blank nodes that look alike are told apart by trying their orders, which takes
//! time in the factorial of their number.

use std::collections::{BTreeMap, HashMap};

use oxrdf::{BlankNodeRef, Dataset, GraphNameRef, NamedOrBlankNodeRef, QuadRef, TermRef};

use super::RdfcError;

/// Six nodes that all know each other take 40 ms, each one more takes ten times as long. A credential of ours has none
/// that look alike.
const MAX_ALIKE: usize = 6;

/// Refuses a dataset with more blank nodes that look alike than can be put in order in a moment.
pub(super) fn check(dataset: &Dataset) -> Result<(), RdfcError> {
    let mut first_degree: HashMap<BlankNodeRef<'_>, Vec<String>> = HashMap::new();
    for quad in dataset {
        for node in blank_nodes(quad) {
            first_degree.entry(node).or_default().push(seen_from(node, quad));
        }
    }
    let mut groups: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for mut lines in first_degree.into_values() {
        lines.sort_unstable();
        lines.dedup();
        *groups.entry(lines).or_default() += 1;
    }
    let alike = groups.into_values().filter(|&nodes| nodes > 1).sum();
    if alike > MAX_ALIKE {
        return Err(RdfcError::TooMany { what: "nodes that look alike", got: alike, limit: MAX_ALIKE });
    }
    Ok(())
}

fn blank_nodes(quad: QuadRef<'_>) -> impl Iterator<Item = BlankNodeRef<'_>> {
    let subject = match quad.subject {
        NamedOrBlankNodeRef::BlankNode(node) => Some(node),
        NamedOrBlankNodeRef::NamedNode(_) => None,
    };
    let object = match quad.object {
        TermRef::BlankNode(node) => Some(node),
        TermRef::NamedNode(_) | TermRef::Literal(_) => None,
    };
    let graph = match quad.graph_name {
        GraphNameRef::BlankNode(node) => Some(node),
        GraphNameRef::NamedNode(_) | GraphNameRef::DefaultGraph => None,
    };
    [subject, object, graph].into_iter().flatten()
}

/// RDFC-1.0, 4.6.3, step 3: the node is `a`, every other blank node `z`.
fn seen_from(node: BlankNodeRef<'_>, quad: QuadRef<'_>) -> String {
    let label = |other| BlankNodeRef::new_unchecked(if other == node { "a" } else { "z" });
    let subject = match quad.subject {
        NamedOrBlankNodeRef::BlankNode(other) => label(other).into(),
        named => named,
    };
    let object = match quad.object {
        TermRef::BlankNode(other) => label(other).into(),
        other => other,
    };
    let graph = match quad.graph_name {
        GraphNameRef::BlankNode(other) => label(other).into(),
        other => other,
    };
    QuadRef::new(subject, quad.predicate, object, graph).to_string()
}

#[cfg(test)]
mod tests {
    use oxrdf::{BlankNode, NamedNodeRef, Quad};

    use super::*;

    /// Every node knows every other one: the graph that takes RDFC-1.0 longest.
    fn clique(nodes: usize) -> Dataset {
        let node = |number| BlankNode::new_unchecked(format!("n{number}"));
        let knows = NamedNodeRef::new_unchecked("urn:example:knows");
        let pairs = (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))).filter(|(a, b)| a != b);
        pairs.map(|(a, b)| Quad::new(node(a), knows, node(b), GraphNameRef::DefaultGraph)).collect()
    }

    #[test]
    fn a_poison_graph_is_refused_before_it_is_worked_on() {
        assert_eq!(check(&clique(MAX_ALIKE)), Ok(()));
        for nodes in [MAX_ALIKE + 1, 30] {
            let refused = RdfcError::TooMany { what: "nodes that look alike", got: nodes, limit: MAX_ALIKE };
            assert_eq!(check(&clique(nodes)), Err(refused));
        }
    }
}
