//! Claims path pointers: OpenID4VP 1.0 section 7.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SdJwtError;

/// How deep claims may be nested once every disclosure is in its place. The JSON parser bounds each
/// disclosure by itself, but disclosures inside disclosures add up. The deepest published sample (the
/// eIDAS one of RFC 9901, appendix A.2) needs 5.
pub const MAX_DEPTH: usize = 32;

/// Points at claims, as DCQL does: `["address", "locality"]`, `["nationalities", 0]`, `["degrees", null, "type"]`.
///
/// Positions in an array count the elements that are there, so decoys and elements that are not disclosed
/// have none. The empty path is the whole credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimPath(pub Vec<PathSegment>);

/// One step of a [`ClaimPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathSegment {
    /// A string: the member of an object with this name.
    Name(String),
    /// A number: the element of an array at this position.
    Index(usize),
    /// `null`: every element of an array.
    All,
}

impl ClaimPath {
    /// The path through objects only.
    pub fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self(names.into_iter().map(PathSegment::from).collect())
    }

    /// Every value the path points at, in the order of the claims; none if the claims have no such value.
    ///
    /// Where the path takes a name of something that is not an object, or a position of something that is
    /// not an array, the whole path points at nothing (OpenID4VP 1.0 section 7.1).
    #[must_use]
    pub fn find<'v>(&self, claims: &'v Map<String, Value>) -> Vec<&'v Value> {
        self.matches(claims).into_iter().map(|found| found.value).collect()
    }

    /// The path without `null`: one for each value, in the order of [`find`](Self::find).
    #[must_use]
    pub fn resolve(&self, claims: &Map<String, Value>) -> Vec<ClaimPath> {
        self.matches(claims).into_iter().map(|found| self.with_indices(&found.indices)).collect()
    }

    fn matches<'v>(&self, claims: &'v Map<String, Value>) -> Vec<Match<'v>> {
        let Some((PathSegment::Name(first), rest)) = self.0.split_first() else { return Vec::new() };
        let whole = claims.get(first).map(|value| Match { value, indices: Vec::new() });
        let mut selected = Vec::from_iter(whole);
        for segment in rest {
            let mut next = Vec::with_capacity(selected.len());
            for Match { value, indices } in selected {
                match (segment, value) {
                    (PathSegment::Name(name), Value::Object(members)) => {
                        next.extend(members.get(name).map(|value| Match { value, indices }));
                    }
                    (PathSegment::Index(index), Value::Array(items)) => {
                        next.extend(items.get(*index).map(|value| Match { value, indices }));
                    }
                    (PathSegment::All, Value::Array(items)) => {
                        next.extend(items.iter().enumerate().map(|(index, value)| Match {
                            value,
                            indices: [indices.as_slice(), &[index]].concat(),
                        }));
                    }
                    _ => return Vec::new(),
                }
            }
            selected = next;
        }
        selected
    }

    fn with_indices(&self, indices: &[usize]) -> ClaimPath {
        let mut indices = indices.iter();
        let segments = self.0.iter().map(|segment| match segment {
            PathSegment::All => indices.next().map_or(PathSegment::All, |index| PathSegment::Index(*index)),
            other => other.clone(),
        });
        ClaimPath(segments.collect())
    }

    /// Whether `other` lies at or below this path.
    #[must_use]
    pub fn covers(&self, other: &ClaimPath) -> bool {
        self.0.len() <= other.0.len() && self.meets(other)
    }

    /// Whether one of the two paths lies at or below the other.
    pub(super) fn meets(&self, other: &ClaimPath) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, theirs)| mine.matches(theirs))
    }
}

/// A value a path points at, and the positions that `null` stood for on the way.
struct Match<'v> {
    value: &'v Value,
    indices: Vec<usize>,
}

impl PathSegment {
    fn matches(&self, other: &PathSegment) -> bool {
        match (self, other) {
            (Self::All, Self::Index(_)) | (Self::Index(_), Self::All) => true,
            (mine, theirs) => mine == theirs,
        }
    }
}

impl From<&str> for PathSegment {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// `address.locality`, `nationalities.0`, `degrees.*.type`: for people, not for parsing.
impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(".")?;
            }
            match segment {
                PathSegment::Name(name) => f.write_str(name)?,
                PathSegment::Index(index) => write!(f, "{index}")?,
                PathSegment::All => f.write_str("*")?,
            }
        }
        Ok(())
    }
}

/// Where a walk through claims stands, kept on the stack: it becomes a [`ClaimPath`] only when one is needed.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    before: Option<&'a Trail<'a>>,
    step: Step<'a>,
    depth: usize,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Name(&'a str),
    Index(usize),
}

impl<'a> Trail<'a> {
    /// The top of the payload.
    pub(super) const ROOT: Trail<'static> = Trail { before: None, step: Step::Root, depth: 0 };

    pub(super) fn name(&'a self, name: &'a str) -> Result<Trail<'a>, SdJwtError> {
        self.step(Step::Name(name))
    }

    pub(super) fn index(&'a self, index: usize) -> Result<Trail<'a>, SdJwtError> {
        self.step(Step::Index(index))
    }

    pub(super) fn path(&self) -> ClaimPath {
        let mut segments = Vec::with_capacity(self.depth);
        let mut here = Some(self);
        while let Some(trail) = here {
            match trail.step {
                Step::Root => {}
                Step::Name(name) => segments.push(PathSegment::from(name)),
                Step::Index(index) => segments.push(PathSegment::Index(index)),
            }
            here = trail.before;
        }
        segments.reverse();
        ClaimPath(segments)
    }

    fn step(&'a self, step: Step<'a>) -> Result<Trail<'a>, SdJwtError> {
        if self.depth >= MAX_DEPTH {
            return Err(SdJwtError::TooDeep { limit: MAX_DEPTH, path: self.path() });
        }
        Ok(Trail { before: Some(self), step, depth: self.depth + 1 })
    }
}
