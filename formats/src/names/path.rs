//! Claim paths without an envelope: `given_name`, `age_equal_or_over.18`, `identifiers.upi`.

use std::fmt;
use std::str::FromStr;

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde_json::{Map, Value};

use super::{Label, MAX_NAME_BYTES};

/// The deepest path. The deepest claim of the profile has three names (`identifiers.sector_ids.health`).
pub const MAX_SEGMENTS: usize = 6;

/// The longest path in text.
pub const MAX_PATH_BYTES: usize = MAX_SEGMENTS * (MAX_NAME_BYTES + 1) - 1;

/// The path of a claim without its envelope, as profiles, registrations and requests write it.
///
/// `claim-path = label / [2*6 label]`: one name alone, several in an array.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimPath(String);

impl ClaimPath {
    /// Reads a path written with dots.
    ///
    /// # Errors
    /// If the path is too deep, or a name in it is empty, too long, or has a control character.
    pub fn parse(text: &str) -> Result<Self, ClaimPathError> {
        let depth = text.split('.').count();
        if depth > MAX_SEGMENTS {
            return Err(ClaimPathError::TooDeep { expected: MAX_SEGMENTS, got: depth });
        }
        text.split('.').try_for_each(check_segment)?;
        Ok(Self(text.to_owned()))
    }

    /// The path with dots.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names from the outermost to the innermost.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// The claim in a subject, if it is there.
    #[must_use]
    pub fn find<'v>(&self, subject: &'v Map<String, Value>) -> Option<&'v Value> {
        let mut names = self.segments();
        let first = subject.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }

    /// Whether `other` is this claim or lies inside it: `age_equal_or_over` covers `age_equal_or_over.18`.
    #[must_use]
    pub fn covers(&self, other: &ClaimPath) -> bool {
        other.0.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

fn check_segment(segment: &str) -> Result<(), ClaimPathError> {
    if segment.is_empty() {
        return Err(ClaimPathError::EmptyName);
    }
    if segment.len() > MAX_NAME_BYTES {
        return Err(ClaimPathError::NameTooLong { expected: MAX_NAME_BYTES, got: segment.len() });
    }
    if segment.chars().any(char::is_control) {
        return Err(ClaimPathError::ControlCharacter { got: segment.to_owned() });
    }
    Ok(())
}

impl FromStr for ClaimPath {
    type Err = ClaimPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C> Encode<C> for ClaimPath {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let depth = self.segments().count();
        if depth > 1 {
            e.array(depth as u64)?;
        }
        self.segments().try_for_each(|segment| Label(segment.into()).encode(e, ctx))
    }
}

impl<'b, C> Decode<'b, C> for ClaimPath {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        if d.datatype()? != Type::Array {
            let Label(name) = Label::decode(d, ctx)?;
            return from_segments(&[&name]);
        }
        let depth = d.array()?.and_then(|depth| usize::try_from(depth).ok());
        let depth = depth
            .filter(|depth| (2..=MAX_SEGMENTS).contains(depth))
            .ok_or_else(|| decode::Error::message("claim path must have two to six names in an array"))?;
        let labels = (0..depth).map(|_| Label::decode(d, ctx)).collect::<Result<Vec<_>, _>>()?;
        from_segments(&labels.iter().map(|Label(name)| name.as_ref()).collect::<Vec<_>>())
    }
}

fn from_segments(segments: &[&str]) -> Result<ClaimPath, decode::Error> {
    if segments.iter().any(|segment| segment.contains('.')) {
        return Err(decode::Error::message("a name in a claim path must not have a dot"));
    }
    ClaimPath::parse(&segments.join(".")).map_err(decode::Error::message)
}

/// Why a claim path was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimPathError {
    /// More names than [`MAX_SEGMENTS`].
    #[error("claim path has {got} names; use at most {expected}")]
    TooDeep {
        /// The most that is allowed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Two dots in a row, or a dot at an end.
    #[error("claim path has an empty name; write it like `age_equal_or_over.18`")]
    EmptyName,
    /// A name longer than [`MAX_NAME_BYTES`].
    #[error("a name in the claim path has {got} bytes; use at most {expected}")]
    NameTooLong {
        /// The most that is allowed.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A name that cannot be shown.
    #[error("claim name {got:?} has a control character; remove it")]
    ControlCharacter {
        /// The name.
        got: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> ClaimPath {
        ClaimPath::parse(text).unwrap()
    }

    #[test]
    fn known_paths_are_small() {
        for (text, bytes) in [("given_name", 1), ("age_equal_or_over.18", 3), ("identifiers.upi", 3)] {
            assert_eq!(minicbor::to_vec(path(text)).unwrap().len(), bytes, "{text}");
        }
    }

    #[test]
    fn a_path_covers_itself_and_what_lies_inside_it() {
        assert!(path("age_equal_or_over").covers(&path("age_equal_or_over.18")));
        assert!(path("sex").covers(&path("sex")));
        assert!(!path("age_equal_or_over.18").covers(&path("age_equal_or_over")));
        assert!(!path("age_equal_or_over.1").covers(&path("age_equal_or_over.18")));
        assert!(!path("sex").covers(&path("origin")));
    }

    #[test]
    fn refuses_what_is_not_a_path() {
        let too_deep = ["a"; MAX_SEGMENTS + 1].join(".");
        assert_eq!(ClaimPath::parse(&too_deep), Err(ClaimPathError::TooDeep { expected: 6, got: 7 }));
        for text in ["", ".", "a.", ".a", "a..b", "..."] {
            assert_eq!(ClaimPath::parse(text), Err(ClaimPathError::EmptyName), "{text}");
        }
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        assert_eq!(ClaimPath::parse(&long), Err(ClaimPathError::NameTooLong { expected: 64, got: 65 }));
        assert_eq!(ClaimPath::parse("a\n"), Err(ClaimPathError::ControlCharacter { got: "a\n".to_owned() }));
    }

    #[test]
    fn refuses_another_encoding_of_the_same_path() {
        for (bytes, why) in [
            (vec![0x81, 0x00], "an array of one name"),
            (vec![0x80], "an empty array"),
            (vec![0x87, 0, 0, 0, 0, 0, 0, 0], "seven names"),
            (vec![0x9f, 0x00, 0x01, 0xff], "an array without a length"),
            (b"\x63a.b".to_vec(), "a dot in a name"),
            (vec![0x17], "`...`, which is no claim"),
        ] {
            assert!(minicbor::decode::<ClaimPath>(&bytes).is_err(), "{why}");
        }
    }

    proptest! {
        #[test]
        fn every_path_survives(names in proptest::collection::vec("[a-z_0-9]{1,64}", 1..=MAX_SEGMENTS)) {
            let path = path(&names.join("."));
            let bytes = minicbor::to_vec(&path).unwrap();
            prop_assert_eq!(minicbor::decode::<ClaimPath>(&bytes).unwrap(), path);
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = minicbor::decode::<ClaimPath>(&bytes);
        }
    }
}
