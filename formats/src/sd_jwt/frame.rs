//! Which claims of a credential can be withheld.

use std::collections::BTreeMap;

use super::{ClaimPath, PathSegment};

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

    fn node(&mut self, path: &ClaimPath) -> &mut Node {
        path.0.iter().fold(&mut self.root, Node::child)
    }
}

impl Node {
    /// What holds for the element at `index`: what was said of it alone, or else of all.
    pub(super) fn element(&self, index: usize) -> Option<&Node> {
        self.children.get(&PathSegment::Index(index)).or_else(|| self.children.get(&PathSegment::All))
    }

    fn child(&mut self, segment: &PathSegment) -> &mut Node {
        self.children.entry(segment.clone()).or_default()
    }
}
