//! Claims become digests and disclosures: RFC 9901 section 4.2.4.
//!
//! What is the same in every copy of a person's credential, all text but salts and digests, is written once, in a
//! [`Template`]. A copy is then salts drawn, hashed and put in their places.

use std::ops::Range;

use rand_core::CryptoRng;
use serde_json::{Map, Value};

use super::frame::Node;
use super::path::Trail;
use super::{Digest, Frame, HASH_NAME, PathSegment, SALT_BYTES, SD, SD_ALG, SD_ELEMENT, SdJwtError};
use crate::encoding::{b64url, b64url_append, b64url_to_slice};

/// What an issuer signs, and what it hands to the holder beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concealed {
    /// The JSON of the claims, with digests in place of what can be withheld.
    pub payload: String,
    /// What stands behind the issuer-signed JWT.
    pub disclosures: Disclosures,
}

/// Disclosures as an issuer hands them out: one for each claim that can be withheld, children before their
/// parents, each with a tilde behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disclosures(String);

impl Disclosures {
    /// `<Disclosure 1>~...~<Disclosure N>~`, or nothing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Claims, and which of them can be withheld: for any number of copies that share no salt and no digest.
#[derive(Clone, Debug)]
pub struct Template {
    /// What is drawn, in its order.
    steps: Vec<Step>,
    payload: Vec<Piece>,
    digests: usize,
    /// Characters that a copy has.
    payload_room: usize,
    disclosures_room: usize,
}

/// One thing to draw. A digest's place is its number among all of the copy's.
#[derive(Clone, Debug)]
enum Step {
    /// A disclosure: `["salt` and `rest`, which is `","name",value]` for a member (section 4.2.1) and `",value]` for an
    /// element (section 4.2.2).
    Disclose { rest: Rest, digest: usize },
    /// A digest that belongs to nothing.
    Decoy { digest: usize },
    /// The same in an array of so many places, where it stands anywhere, because a decoy that always stands last
    /// would be known for one.
    ArrayDecoy { digest: usize, places: usize },
    /// The digests of an object are sorted, which says nothing of the claims because digests are random
    /// (section 4.2.4.1).
    Sort(Range<usize>),
}

/// What stands behind the salt of a disclosure.
#[derive(Clone, Debug)]
enum Rest {
    /// Base64url, because it is the same in every copy.
    Encoded(String),
    /// JSON with digests in it.
    Json(Vec<Piece>),
}

/// A part of a JSON text.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    /// Digests as strings, with commas between them.
    Digests(Range<usize>),
    /// The elements of an array, among which decoys stand.
    Items {
        items: Vec<Vec<Piece>>,
        decoys: Range<usize>,
    },
}

/// Characters of a salt.
const SALT_CHARS: usize = (SALT_BYTES * 4).div_ceil(3);

/// What a disclosure begins with: `["` and the salt. It is whole groups of three bytes, so that its base64url and that of
/// what follows are the disclosure's.
const BEGINNING: usize = 2 + SALT_CHARS;
const _: () = assert!(BEGINNING.is_multiple_of(3));

/// A digest of a copy and, for a decoy in an array, where it stands.
#[derive(Clone, Copy)]
struct Drawn {
    digest: Digest,
    place: usize,
}

impl Template {
    /// Conceals the claims that `frame` names.
    ///
    /// Visible claims keep their order. `_sd_alg` is set where there is a digest.
    ///
    /// # Errors
    /// If the frame conceals what decides on validity or has another shape than the claims, or if a claim is named
    /// `_sd`, `...` or `_sd_alg`.
    pub fn new(claims: &Map<String, Value>, frame: &Frame) -> Result<Self, SdJwtError> {
        Self::write(claims, frame, &[(SD_ALG, HASH_NAME)])
    }

    /// The same without `_sd_alg`, for claims around which an envelope is written that sets it.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_subject(claims: &Map<String, Value>, frame: &Frame) -> Result<Self, SdJwtError> {
        Self::write(claims, frame, &[])
    }

    fn write(
        claims: &Map<String, Value>,
        frame: &Frame,
        at_the_end: &[(&str, &str)],
    ) -> Result<Self, SdJwtError> {
        frame.check()?;
        refuse_reserved_in_object(claims, &Trail::ROOT)?;
        let mut writer = Writer { steps: Vec::new(), digests: 0 };
        let payload = writer.object(claims, &frame.root, &Trail::ROOT, at_the_end)?;
        let Writer { steps, digests } = writer;
        let disclosures_room = steps.iter().map(Step::room).sum();
        Ok(Self { payload_room: room(&payload), disclosures_room, steps, payload, digests })
    }

    /// Makes a copy, with salts and decoys of its own.
    #[must_use]
    pub fn conceal(&self, rng: &mut impl CryptoRng) -> Concealed {
        let mut drawn = vec![Drawn { digest: Digest::EMPTY, place: 0 }; self.digests];
        let mut disclosures = String::with_capacity(self.disclosures_room);
        let mut json = String::new();
        for step in &self.steps {
            step.take(&mut drawn, &mut disclosures, &mut json, rng);
        }
        let mut payload = String::with_capacity(self.payload_room);
        push_pieces(&self.payload, &drawn, &mut payload);
        Concealed { payload, disclosures: Disclosures(disclosures) }
    }
}

impl Step {
    fn take(
        &self,
        drawn: &mut [Drawn],
        disclosures: &mut String,
        json: &mut String,
        rng: &mut impl CryptoRng,
    ) {
        match self {
            Self::Disclose { rest, digest } => {
                let start = disclosures.len();
                b64url_append(&beginning(rng), disclosures);
                match rest {
                    Rest::Encoded(text) => disclosures.push_str(text),
                    Rest::Json(pieces) => {
                        json.clear();
                        push_pieces(pieces, drawn, json);
                        b64url_append(json.as_bytes(), disclosures);
                    }
                }
                let own = Digest::of(disclosures.get(start..).unwrap_or_default());
                disclosures.push('~');
                put(drawn, *digest, own, 0);
            }
            Self::Decoy { digest } => put(drawn, *digest, Digest::decoy(rng), 0),
            Self::ArrayDecoy { digest, places } => {
                let own = Digest::decoy(rng);
                put(drawn, *digest, own, below(*places, rng));
            }
            Self::Sort(range) => {
                let range = drawn.get_mut(range.clone()).unwrap_or_default();
                range.sort_unstable_by_key(|drawn| drawn.digest);
            }
        }
    }

    /// Characters of the disclosure, with its tilde.
    fn room(&self) -> usize {
        match self {
            Self::Disclose { rest, .. } => {
                let rest = match rest {
                    Rest::Encoded(text) => text.len(),
                    Rest::Json(pieces) => (room(pieces) * 4).div_ceil(3),
                };
                BEGINNING / 3 * 4 + rest + 1
            }
            _ => 0,
        }
    }
}

impl Rest {
    fn new(before: &str, value: Vec<Piece>) -> Self {
        let mut json = JsonText::new();
        json.push(before);
        json.append(value);
        json.push("]");
        match json.pieces.as_slice() {
            [Piece::Text(text)] => Self::Encoded(b64url(text.as_bytes())),
            _ => Self::Json(json.pieces),
        }
    }
}

/// The beginning of a disclosure, with a salt of its own.
fn beginning(rng: &mut impl CryptoRng) -> [u8; BEGINNING] {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let mut text = [0; BEGINNING];
    let [bracket, quote, room @ ..] = &mut text;
    (*bracket, *quote) = (b'[', b'"');
    let written = b64url_to_slice(&salt, room);
    debug_assert_eq!(written, Some(SALT_CHARS), "the room of a salt is its characters");
    text
}

/// What is being written.
struct Writer {
    steps: Vec<Step>,
    digests: usize,
}

impl Writer {
    /// Conceals inside a value before the value itself, so that its disclosure holds their digests
    /// (section 4.2.6).
    fn value(&mut self, value: &Value, node: &Node, trail: &Trail<'_>) -> Result<Vec<Piece>, SdJwtError> {
        match value {
            Value::Object(members) => self.object(members, node, trail, &[]),
            Value::Array(items) => self.array(items, node, trail),
            _ if node.children.is_empty() && node.decoys == 0 => Ok(vec![Piece::Text(value.to_string())]),
            _ => Err(SdJwtError::FrameMismatch { path: trail.path(), expected: "an object or an array" }),
        }
    }

    /// `at_the_end` is written only where there is a digest anywhere.
    fn object(
        &mut self,
        members: &Map<String, Value>,
        node: &Node,
        trail: &Trail<'_>,
        at_the_end: &[(&str, &str)],
    ) -> Result<Vec<Piece>, SdJwtError> {
        let mut children = Vec::new();
        for (segment, child) in &node.children {
            let PathSegment::Name(name) = segment else {
                return Err(SdJwtError::FrameMismatch { path: trail.path(), expected: "an array" });
            };
            children.extend(members.get(name).map(|value| (name.as_str(), value, child)));
        }
        let concealed = children.iter().filter(|(_, _, child)| child.concealed).count();
        let own = self.places(concealed + node.decoys);
        let mut next = own.clone();
        let mut visible = Vec::new();
        for (name, value, child) in children {
            let pieces = self.value(value, child, &trail.name(name)?)?;
            if !child.concealed {
                visible.push((name, pieces));
            } else if let Some(digest) = next.next() {
                let rest = Rest::new(&format!("\",{},", Value::from(name)), pieces);
                self.steps.push(Step::Disclose { rest, digest });
            }
        }
        self.steps.extend(next.map(|digest| Step::Decoy { digest }));

        let is_concealed =
            |name: &str| node.children.get(&PathSegment::from(name)).is_some_and(|child| child.concealed);
        let mut text = JsonText::new();
        let mut separator = "{";
        for (name, value) in members.iter().filter(|(name, _)| !is_concealed(name)) {
            text.push(&format!("{separator}{}:", Value::from(name.as_str())));
            match visible.iter().position(|(known, _)| known == name) {
                Some(at) => text.append(visible.swap_remove(at).1),
                None => text.push(&value.to_string()),
            }
            separator = ",";
        }
        if !own.is_empty() {
            self.steps.push(Step::Sort(own.clone()));
            text.push(&format!("{separator}\"{SD}\":["));
            text.append(vec![Piece::Digests(own)]);
            text.push("]");
            separator = ",";
        }
        for (name, value) in at_the_end.iter().filter(|_| self.digests > 0) {
            text.push(&format!("{separator}\"{name}\":\"{value}\""));
            separator = ",";
        }
        text.push(if separator == "{" { "{}" } else { "}" });
        Ok(text.pieces)
    }

    fn array(&mut self, items: &[Value], node: &Node, trail: &Trail<'_>) -> Result<Vec<Piece>, SdJwtError> {
        if node.children.keys().any(|segment| matches!(segment, PathSegment::Name(_))) {
            return Err(SdJwtError::FrameMismatch { path: trail.path(), expected: "an object" });
        }
        let mut written = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let Some(child) = node.element(index) else {
                written.push(vec![Piece::Text(item.to_string())]);
                continue;
            };
            let mut pieces = self.value(item, child, &trail.index(index)?)?;
            if child.concealed {
                let own = self.places(1);
                let value = std::mem::replace(&mut pieces, placeholder(own.clone()));
                self.steps.push(Step::Disclose { rest: Rest::new("\",", value), digest: own.start });
            }
            written.push(pieces);
        }
        let decoys = self.places(node.decoys);
        let steps = decoys.clone().enumerate();
        self.steps
            .extend(steps.map(|(more, digest)| Step::ArrayDecoy { digest, places: items.len() + more + 1 }));
        let mut text = JsonText::new();
        text.push("[");
        if decoys.is_empty() {
            for (at, pieces) in written.into_iter().enumerate() {
                text.push(if at == 0 { "" } else { "," });
                text.append(pieces);
            }
        } else {
            text.append(vec![Piece::Items { items: written, decoys }]);
        }
        text.push("]");
        Ok(text.pieces)
    }

    fn places(&mut self, count: usize) -> Range<usize> {
        let start = self.digests;
        self.digests += count;
        start..self.digests
    }
}

/// Pieces of one text, in which texts that meet are one.
struct JsonText {
    pieces: Vec<Piece>,
}

impl JsonText {
    const fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    fn push(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(before)) => before.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    fn append(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.push(&text),
                piece => self.pieces.push(piece),
            }
        }
    }
}

/// Stands where an element was (section 4.2.4.2).
fn placeholder(digest: Range<usize>) -> Vec<Piece> {
    let start = Piece::Text(format!("{{\"{SD_ELEMENT}\":"));
    vec![start, Piece::Digests(digest), Piece::Text("}".to_owned())]
}

fn push_pieces(pieces: &[Piece], drawn: &[Drawn], out: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Digests(range) => {
                let mut separator = "\"";
                for drawn in drawn.get(range.clone()).unwrap_or_default() {
                    out.push_str(separator);
                    out.push_str(drawn.digest.as_str());
                    separator = "\",\"";
                }
                out.push('"');
            }
            Piece::Items { items, decoys } => push_items(items, decoys.clone(), drawn, out),
        }
    }
}

fn push_items(items: &[Vec<Piece>], decoys: Range<usize>, drawn: &[Drawn], out: &mut String) {
    let mut order: Vec<_> = items.iter().map(Ok).collect();
    for digest in decoys {
        let place = drawn.get(digest).map_or(0, |drawn| drawn.place);
        order.insert(place.min(order.len()), Err(digest));
    }
    for (at, item) in order.into_iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        match item {
            Ok(pieces) => push_pieces(pieces, drawn, out),
            Err(digest) => push_pieces(&placeholder(digest..digest + 1), drawn, out),
        }
    }
}

/// Characters of a text.
fn room(pieces: &[Piece]) -> usize {
    let of = |piece: &Piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Digests(range) => range.len() * (Digest::EMPTY.as_bytes().len() + 3),
        Piece::Items { items, decoys } => {
            items.iter().map(|pieces| room(pieces) + 1).sum::<usize>() + decoys.len() * 64
        }
    };
    pieces.iter().map(of).sum()
}

fn put(drawn: &mut [Drawn], at: usize, digest: Digest, place: usize) {
    if let Some(drawn) = drawn.get_mut(at) {
        *drawn = Drawn { digest, place };
    }
}

/// A position below `bound`, with a bias below 2^-32 times `bound`.
fn below(bound: usize, rng: &mut impl CryptoRng) -> usize {
    let scaled = (u128::from(rng.next_u64()) * bound as u128) >> 64;
    usize::try_from(scaled).unwrap_or_default()
}

/// The names that convey digests may not be claims (section 4.1, rule 7, and section 4.1.1).
fn refuse_reserved_in_object(members: &Map<String, Value>, trail: &Trail<'_>) -> Result<(), SdJwtError> {
    for (name, value) in members {
        if [SD, SD_ELEMENT, SD_ALG].contains(&name.as_str()) {
            return Err(SdJwtError::ReservedName { name: name.clone(), path: trail.path() });
        }
        refuse_reserved(value, &trail.name(name)?)?;
    }
    Ok(())
}

fn refuse_reserved(value: &Value, trail: &Trail<'_>) -> Result<(), SdJwtError> {
    match value {
        Value::Object(members) => refuse_reserved_in_object(members, trail),
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| refuse_reserved(item, &trail.index(index)?))
        }
        _ => Ok(()),
    }
}
