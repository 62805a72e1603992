//! Digests become claims again: RFC 9901 section 7.1, steps 3 to 5.

use std::mem;

use serde_json::{Map, Value};

use super::disclosure::Content;
use super::path::Trail;
use super::{ClaimPath, Digest, HASH_NAME, SD, SD_ALG, SD_ELEMENT, SdJwtError};

/// The Processed SD-JWT Payload.
#[derive(Debug)]
pub(super) struct Processed {
    pub(super) claims: Map<String, Value>,
    /// Where each disclosure went, parents before their children.
    pub(super) disclosed: Vec<ClaimPath>,
    /// Which of the received disclosures each of `disclosed` is.
    pub(super) positions: Vec<usize>,
}

/// Puts every disclosure where its digest stands, and removes all digests.
///
/// The numbers are those of RFC 9901 section 7.1:
/// - 2.4 (`_sd_alg`): [`check_hash`]
/// - 3.1: [`Processor::new`]
/// - 3.2 and 3.3: [`Processor::object`] and [`Processor::array`]
/// - 3.4 and 3.5: there too, by not putting back what has no disclosure
/// - 3.6: [`check_hash`]
/// - 4: [`Processor::take`] and [`Processor::finish`]
/// - 5: [`Processor::finish`]
pub(super) fn process(
    mut payload: Map<String, Value>,
    disclosures: &[&str],
) -> Result<Processed, SdJwtError> {
    check_hash(&mut payload)?;
    let mut processor = Processor::new(disclosures)?;
    processor.object(&mut payload, &Trail::ROOT)?;
    processor.finish(payload)
}

/// Steps 2.4 and 3.6.
fn check_hash(payload: &mut Map<String, Value>) -> Result<(), SdJwtError> {
    match payload.shift_remove(SD_ALG) {
        None => Ok(()),
        Some(Value::String(name)) if name == HASH_NAME => Ok(()),
        Some(other) => Err(SdJwtError::UnsupportedHash { expected: HASH_NAME, got: other.to_string() }),
    }
}

struct Processor<'t> {
    /// Sorted by digest.
    received: Vec<Received<'t>>,
    /// Every digest met, disclosed or not.
    embedded: Vec<String>,
    disclosed: Vec<ClaimPath>,
    positions: Vec<usize>,
}

struct Received<'t> {
    digest: Digest,
    text: &'t str,
    position: usize,
    referenced: bool,
}

impl<'t> Processor<'t> {
    /// Step 3.1. A disclosure that is sent twice is refused here; one digest could not refer to both.
    fn new(disclosures: &[&'t str]) -> Result<Self, SdJwtError> {
        let received = disclosures.iter().enumerate().map(|(position, &text)| Received {
            digest: Digest::of(text),
            text,
            position,
            referenced: false,
        });
        let mut received = Vec::from_iter(received);
        received.sort_unstable_by_key(|one| one.digest);
        for pair in received.windows(2) {
            if let [one, other] = pair
                && one.digest == other.digest
            {
                let position = one.position.max(other.position);
                return Err(SdJwtError::RepeatedDisclosure { position });
            }
        }
        let (disclosed, positions) = (Vec::with_capacity(received.len()), Vec::with_capacity(received.len()));
        Ok(Self { received, embedded: Vec::new(), disclosed, positions })
    }

    fn value(&mut self, value: &mut Value, trail: &Trail<'_>) -> Result<(), SdJwtError> {
        match value {
            Value::Object(members) => self.object(members, trail),
            Value::Array(items) => self.array(items, trail),
            _ => Ok(()),
        }
    }

    /// Steps 3.2.1 and 3.3.2.
    fn object(&mut self, members: &mut Map<String, Value>, trail: &Trail<'_>) -> Result<(), SdJwtError> {
        let mut has_digests = false;
        for (name, value) in members.iter_mut() {
            match name.as_str() {
                SD => has_digests = true,
                // Section 4.1.1: only at the top. Section 4.1, rule 7: only in the place of an element.
                SD_ALG | SD_ELEMENT => {
                    return Err(SdJwtError::ReservedName { name: name.clone(), path: trail.path() });
                }
                _ => self.value(value, &trail.name(name)?)?,
            }
        }
        if !has_digests {
            return Ok(());
        }
        let Some(Value::Array(digests)) = members.shift_remove(SD) else {
            return Err(SdJwtError::MalformedDigests { path: trail.path() });
        };
        for digest in digests {
            let Value::String(digest) = digest else {
                return Err(SdJwtError::MalformedDigests { path: trail.path() });
            };
            if let Some((position, text)) = self.take(digest)? {
                self.insert(members, position, text, trail)?;
            }
        }
        Ok(())
    }

    /// Steps 3.3.2.1 to 3.3.2.5.
    fn insert(
        &mut self,
        members: &mut Map<String, Value>,
        position: usize,
        text: &str,
        trail: &Trail<'_>,
    ) -> Result<(), SdJwtError> {
        let Content { name: Some(name), mut value, .. } = Content::parse(text, position)? else {
            return Err(SdJwtError::DisclosureKind { position, expected: "[salt, name, value]" });
        };
        if [SD, SD_ELEMENT, SD_ALG].contains(&name.as_str()) {
            return Err(SdJwtError::ReservedName { name, path: trail.path() });
        }
        let here = trail.name(&name)?;
        if members.contains_key(&name) {
            return Err(SdJwtError::ClaimExists { path: here.path() });
        }
        self.disclosed.push(here.path());
        self.positions.push(position);
        self.value(&mut value, &here)?;
        members.insert(name, value);
        Ok(())
    }

    /// Steps 3.2.2, 3.3.3 and 3.4.
    fn array(&mut self, items: &mut Vec<Value>, trail: &Trail<'_>) -> Result<(), SdJwtError> {
        let received = mem::take(items);
        items.reserve_exact(received.len());
        for mut item in received {
            let here = trail.index(items.len())?;
            match element_digest(&mut item, &here)? {
                None => self.value(&mut item, &here)?,
                Some(digest) => match self.take(digest)? {
                    None => continue,
                    Some((position, text)) => item = self.element(position, text, &here)?,
                },
            }
            items.push(item);
        }
        Ok(())
    }

    /// Steps 3.3.3.1 to 3.3.3.3.
    fn element(&mut self, position: usize, text: &str, here: &Trail<'_>) -> Result<Value, SdJwtError> {
        let Content { name: None, mut value, .. } = Content::parse(text, position)? else {
            return Err(SdJwtError::DisclosureKind { position, expected: "[salt, value]" });
        };
        self.disclosed.push(here.path());
        self.positions.push(position);
        self.value(&mut value, here)?;
        Ok(value)
    }

    /// Step 3.3.1: the disclosure a digest refers to. Step 4 for digests that have one.
    fn take(&mut self, digest: String) -> Result<Option<(usize, &'t str)>, SdJwtError> {
        let found = self.received.binary_search_by(|one| one.digest.as_bytes().cmp(digest.as_bytes())).ok();
        let Some(received) = found.and_then(|index| self.received.get_mut(index)) else {
            self.embedded.push(digest);
            return Ok(None);
        };
        if mem::replace(&mut received.referenced, true) {
            return Err(SdJwtError::RepeatedDigest { digest });
        }
        Ok(Some((received.position, received.text)))
    }

    /// Step 4 for digests without a disclosure, then step 5.
    fn finish(mut self, claims: Map<String, Value>) -> Result<Processed, SdJwtError> {
        self.embedded.sort_unstable();
        for pair in self.embedded.windows(2) {
            if let [one, other] = pair
                && one == other
            {
                return Err(SdJwtError::RepeatedDigest { digest: one.clone() });
            }
        }
        match self.received.iter().find(|one| !one.referenced) {
            Some(one) => Err(SdJwtError::UnreferencedDisclosure { position: one.position }),
            None => Ok(Processed { claims, disclosed: self.disclosed, positions: self.positions }),
        }
    }
}

/// The digest, if `item` stands for a concealed element: `{"...": "<digest>"}` (section 4.2.4.2).
fn element_digest(item: &mut Value, here: &Trail<'_>) -> Result<Option<String>, SdJwtError> {
    let Value::Object(members) = item else { return Ok(None) };
    match members.get_mut(SD_ELEMENT).map(Value::take) {
        None => Ok(None),
        Some(Value::String(digest)) if members.len() == 1 => Ok(Some(digest)),
        Some(_) => Err(SdJwtError::MalformedDigests { path: here.path() }),
    }
}
