//! A trust list that waits for the root: made by the issuer, carried to the root's own machine, signed there.

use std::collections::BTreeSet;

use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::json;
use hati_formats::keys::SoftwareKey;
use hati_formats::trust::{KeyId, RootTransition, TrustList, TrustListContent, Validity};
use serde_json::{Value, json};

use super::TrustError;

/// The longest request: two of the longest trust lists, in base64url.
pub const MAX_REQUEST_BYTES: usize = 3 << 20;

/// Marks a request, and says its layout.
const MARK: &str = "hati-trust-request";
const LAYOUT: u64 = 1;

/// What the root is asked to sign.
#[derive(Clone, Debug)]
pub struct Request {
    /// The list in force, unless there is none yet.
    pub(super) previous: Option<TrustList>,
    pub(super) content: TrustListContent,
}

impl Request {
    /// Reads a request, whose list in force has to be this root's.
    ///
    /// # Errors
    ///
    /// [`TrustError`].
    pub fn read(bytes: &[u8], root: &SoftwareKey) -> Result<Self, TrustError> {
        let refused = |reason: &str| TrustError::Request { reason: reason.to_owned() };
        let file = json::parse_object(bytes).map_err(|_| refused("expected a JSON object"))?;
        if file.get(MARK).and_then(Value::as_u64) != Some(LAYOUT) {
            return Err(refused(&format!("expected `{MARK}` to be {LAYOUT}")));
        }
        let member = |name: &str| {
            let text = file.get(name).and_then(Value::as_str);
            let bytes = text.and_then(|text| b64url_decode(text).ok());
            bytes.ok_or_else(|| refused(&format!("expected base64url as `{name}`")))
        };
        let previous = member("previous")?;
        let signed_by = TrustList::root_unverified(&previous)?;
        if signed_by != *root.public() {
            let (expected, got) = (KeyId::of(&signed_by), KeyId::of(root.public()));
            return Err(TrustError::OtherRoot { expected, got });
        }
        let previous = TrustList::verify(&previous, root.public())?;
        let content = TrustListContent::from_bytes(&member("next")?)?;
        let (then, now) = (previous.content(), &content);
        if now.version <= then.version || now.issued_at < then.issued_at {
            return Err(refused("expected a list that is newer than the one in force"));
        }
        Ok(Self { previous: Some(previous), content })
    }

    /// The file to carry to the root.
    #[must_use]
    pub fn to_json(&self) -> String {
        let previous = self.previous.as_ref().map(TrustList::as_bytes).unwrap_or_default();
        json!({ MARK: LAYOUT, "previous": b64url(previous), "next": b64url(&self.content.to_bytes()) })
            .to_string()
    }

    /// What the list says.
    #[must_use]
    pub const fn content(&self) -> &TrustListContent {
        &self.content
    }

    /// What would change, a line each: with `+` what is new, with `-` what goes.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let before = self.previous.as_ref().map(|list| says(list.content())).unwrap_or_default();
        let after = says(&self.content);
        let gone = before.difference(&after).map(|line| format!("- {line}"));
        gone.chain(after.difference(&before).map(|line| format!("+ {line}"))).collect()
    }

    /// Signs the list with the root that signed the list before.
    ///
    /// # Errors
    ///
    /// [`TrustError`] if the list cannot stand, or the root is another.
    pub fn sign(&self, root: &SoftwareKey) -> Result<Vec<u8>, TrustError> {
        self.check_root(root)?;
        self.sign_with(root, self.transitions())
    }

    /// Replaces the root: the old one names the new one, which signs the list.
    ///
    /// # Errors
    ///
    /// As [`sign`](Self::sign).
    pub fn rotate(&self, old: &SoftwareKey, new: &SoftwareKey) -> Result<Vec<u8>, TrustError> {
        self.check_root(old)?;
        let transition = RootTransition { new_root: new.public().clone(), issued_at: self.content.issued_at };
        let unsigned = transition.prepare(old.public());
        let signature = old.sign(unsigned.to_be_signed());
        let mut transitions = self.transitions();
        transitions.push(unsigned.finish(&signature));
        self.sign_with(new, transitions)
    }

    fn sign_with(&self, root: &SoftwareKey, transitions: Vec<Vec<u8>>) -> Result<Vec<u8>, TrustError> {
        let unsigned = self.content.clone().prepare(root.public(), transitions)?;
        let signature = root.sign(unsigned.to_be_signed());
        Ok(unsigned.finish(&signature))
    }

    fn check_root(&self, root: &SoftwareKey) -> Result<(), TrustError> {
        match self.previous.as_ref().map(TrustList::root) {
            Some(expected) if expected != root.public() => {
                Err(TrustError::OtherRoot { expected: KeyId::of(expected), got: KeyId::of(root.public()) })
            }
            _ => Ok(()),
        }
    }

    fn transitions(&self) -> Vec<Vec<u8>> {
        self.previous.iter().flat_map(TrustList::transitions).map(<[u8]>::to_vec).collect()
    }
}

/// What a list says, a line for each thing that can come or go.
fn says(list: &TrustListContent) -> BTreeSet<String> {
    let period = |validity: Validity| format!("valid from {} until {}", validity.from, validity.until);
    let mut lines = BTreeSet::new();
    for issuer in &list.issuers {
        let id = &issuer.id;
        lines.insert(format!("issuer {id}: {} / {}", issuer.names.en(), issuer.names.sw()));
        lines.extend(issuer.did.iter().map(|did| format!("issuer {id}: DID {did}")));
        lines.extend(issuer.keys.iter().map(|key| {
            let (algorithm, name) = (key.key.algorithm(), &key.kid);
            format!("issuer {id}: {algorithm} key {name} ({}), {}", KeyId::of(&key.key), period(key.validity))
        }));
        lines.extend(issuer.types.iter().map(|kind| format!("issuer {id}: type {kind}")));
        lines.extend(issuer.status_prefixes.iter().map(|at| format!("issuer {id}: status lists at {at}")));
    }
    for registrar in &list.registrars {
        let id = &registrar.id;
        lines.insert(format!("registrar {id}: {} / {}", registrar.names.en(), registrar.names.sw()));
        lines.extend(registrar.keys.iter().map(|key| {
            let algorithm = key.key.algorithm();
            format!("registrar {id}: {algorithm} key {}, {}", KeyId::of(&key.key), period(key.validity))
        }));
    }
    lines
}
