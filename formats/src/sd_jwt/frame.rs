//! Which claims of a credential can be withheld.

use std::collections::BTreeMap;

use super::{ClaimPath, PathSegment, SdJwtError};

/// Claims that decide whether a credential is valid, so nothing in them may be withheld (RFC 9901 section 9.7).
const ALWAYS_VISIBLE: [&str; 4] = ["iss", "exp", "nbf", "cnf"];

/// Always visible as a whole, though single entries may be withheld (RFC 9901 section 9.7).
const AUDIENCE: &str = "aud";

/// Says which claims become disclosures and how many decoys stand beside them. Built once for a credential
/// type, used for every credential of it.
///
/// A path below another one makes a recursive disclosure (RFC 9901 section 4.2.6). A path the claims do not have
/// conceals nothing, because a claim may be optional.
///
/// ```
/// use hati_formats::sd_jwt::{ClaimPath, Frame, PathSegment};
///
/// let mut frame = Frame::default();
/// frame.conceal(&ClaimPath::names(["age_equal_or_over"]));
/// frame.conceal(&ClaimPath::names(["age_equal_or_over", "18"]));
/// frame.conceal(&ClaimPath(vec!["nationalities".into(), PathSegment::All]));
/// frame.decoys(&ClaimPath::default(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub(super) root: Node,
}

/// One object, array or value of the claims.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) concealed: bool,
    pub(super) decoys: usize,
    pub(super) children: BTreeMap<PathSegment, Node>,
}

impl Frame {
    /// Makes the claim at `path` selectively disclosable.
    pub fn conceal(&mut self, path: &ClaimPath) {
        self.node(path).concealed = true;
    }

    /// Puts `count` decoy digests into the object or array at `path`.
    pub fn decoys(&mut self, path: &ClaimPath, count: usize) {
        self.node(path).decoys = count;
    }

    /// Refuses to conceal the credential itself, or what decides on its validity.
    pub(super) fn check(&self) -> Result<(), SdJwtError> {
        if self.root.concealed {
            return Err(SdJwtError::AlwaysVisible { path: ClaimPath::default() });
        }
        for (segment, node) in &self.root.children {
            let PathSegment::Name(name) = segment else { continue };
            let hidden = match name.as_str() {
                AUDIENCE => node.concealed,
                name => ALWAYS_VISIBLE.contains(&name) && node.conceals(),
            };
            if hidden {
                return Err(SdJwtError::AlwaysVisible { path: ClaimPath(vec![segment.clone()]) });
            }
        }
        Ok(())
    }

    fn node(&mut self, path: &ClaimPath) -> &mut Node {
        path.0.iter().fold(&mut self.root, Node::child)
    }
}

impl Node {
    /// What holds for the element at `index`: what was said of it alone, or else of all.
    pub(super) fn element(&self, index: usize) -> Option<&Node> {
        self.children.get(&PathSegment::Index(index)).or_else(|| self.children.get(&PathSegment::All))
    }

    /// Whether it conceals this value or anything in it.
    fn conceals(&self) -> bool {
        self.concealed || self.children.values().any(Node::conceals)
    }

    fn child(&mut self, segment: &PathSegment) -> &mut Node {
        self.children.entry(segment.clone()).or_default()
    }
}
