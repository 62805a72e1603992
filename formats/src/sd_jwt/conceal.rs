//! Claims become digests and disclosures: RFC 9901 section 4.2.4.

use rand_core::CryptoRng;
use serde_json::{Map, Value};

use super::frame::Node;
use super::path::Trail;
use super::{Digest, Disclosure, Frame, HASH_NAME, PathSegment, SD, SD_ALG, SD_ELEMENT, SdJwtError};

/// What an issuer signs, and what it hands to the holder beside it.
#[derive(Clone, Debug)]
pub struct Concealed {
    /// The claims with digests in place of what can be withheld.
    pub payload: Map<String, Value>,
    /// One disclosure for each claim that can be withheld, children before their parents.
    pub disclosures: Vec<Disclosure>,
}

/// Conceals the claims that `frame` names.
///
/// Visible claims keep their order. Digests are sorted, which says nothing of the claims because digests are
/// random (section 4.2.4.1). `_sd_alg` is set where there is a digest.
///
/// # Errors
/// If the frame conceals what decides on validity or has another shape than the claims, or if a claim is named
/// `_sd`, `...` or `_sd_alg`.
pub fn conceal(
    mut claims: Map<String, Value>,
    frame: &Frame,
    rng: &mut impl CryptoRng,
) -> Result<Concealed, SdJwtError> {
    frame.check()?;
    refuse_reserved_in_object(&claims, &Trail::ROOT)?;
    let mut concealer = Concealer { disclosures: Vec::new(), digests: 0, scratch: Vec::new(), rng };
    concealer.object(&mut claims, &frame.root, &Trail::ROOT)?;
    if concealer.digests > 0 {
        claims.insert(SD_ALG.to_owned(), Value::from(HASH_NAME));
    }
    Ok(Concealed { payload: claims, disclosures: concealer.disclosures })
}

struct Concealer<'r, R> {
    disclosures: Vec<Disclosure>,
    digests: usize,
    /// The JSON of the disclosure at hand.
    scratch: Vec<u8>,
    rng: &'r mut R,
}

impl<R: CryptoRng> Concealer<'_, R> {
    /// Conceals inside a value before the value itself, so that its disclosure holds their digests
    /// (section 4.2.6).
    fn value(&mut self, value: &mut Value, node: &Node, trail: &Trail<'_>) -> Result<(), SdJwtError> {
        match value {
            Value::Object(members) => self.object(members, node, trail),
            Value::Array(items) => self.array(items, node, trail),
            _ if node.children.is_empty() && node.decoys == 0 => Ok(()),
            _ => Err(SdJwtError::FrameMismatch { path: trail.path(), expected: "an object or an array" }),
        }
    }

    fn object(
        &mut self,
        members: &mut Map<String, Value>,
        node: &Node,
        trail: &Trail<'_>,
    ) -> Result<(), SdJwtError> {
        let mut digests = Vec::new();
        for (segment, child) in &node.children {
            let PathSegment::Name(name) = segment else {
                return Err(SdJwtError::FrameMismatch { path: trail.path(), expected: "an array" });
            };
            let Some(value) = members.get_mut(name) else { continue };
            self.value(value, child, &trail.name(name)?)?;
            if child.concealed
                && let Some((name, value)) = members.shift_remove_entry(name)
            {
                digests.push(self.disclose(Some(name), value));
            }
        }
        for _ in 0..node.decoys {
            digests.push(self.decoy());
        }
        if !digests.is_empty() {
            digests.sort_unstable();
            members.insert(SD.to_owned(), digests.iter().map(Digest::as_str).collect());
        }
        Ok(())
    }

    fn array(&mut self, items: &mut Vec<Value>, node: &Node, trail: &Trail<'_>) -> Result<(), SdJwtError> {
        if node.children.keys().any(|segment| matches!(segment, PathSegment::Name(_))) {
            return Err(SdJwtError::FrameMismatch { path: trail.path(), expected: "an object" });
        }
        for (index, item) in items.iter_mut().enumerate() {
            let Some(child) = node.element(index) else { continue };
            self.value(item, child, &trail.index(index)?)?;
            if child.concealed {
                let digest = self.disclose(None, item.take());
                *item = placeholder(digest);
            }
        }
        for _ in 0..node.decoys {
            // Anywhere, because a decoy that always stands last would be known for one.
            let digest = self.decoy();
            items.insert(below(items.len() + 1, self.rng), placeholder(digest));
        }
        Ok(())
    }

    fn disclose(&mut self, name: Option<String>, value: Value) -> Digest {
        let disclosure = Disclosure::draw(name, value, self.rng, &mut self.scratch);
        let digest = disclosure.digest();
        self.disclosures.push(disclosure);
        self.digests += 1;
        digest
    }

    fn decoy(&mut self) -> Digest {
        self.digests += 1;
        Digest::decoy(self.rng)
    }
}

/// Stands where an element was (section 4.2.4.2).
fn placeholder(digest: Digest) -> Value {
    Value::Object(Map::from_iter([(SD_ELEMENT.to_owned(), Value::from(digest.as_str()))]))
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
