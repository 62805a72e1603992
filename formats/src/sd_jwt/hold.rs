//! Holding: RFC 9901 section 7.2.

use serde_json::{Map, Value};

use super::key_binding::{key_binding_header, key_binding_payload};
use super::process::{Processed, process};
use super::{ClaimPath, Digest, Parts, SdJwtError, Unverified};
use crate::jws;
use crate::keys::{Algorithm, Signature};
use crate::time::Timestamp;

/// A credential as its holder keeps it, with all disclosures.
///
/// Reading it checks everything of section 7.1 but the issuer's signature. That is checked once, with
/// [`Unverified::verify_issuer`], before a credential enters the vault; what comes back out of the vault is held.
#[derive(Debug)]
pub struct Held<'t> {
    parts: Parts<'t>,
    jws: jws::Unverified<'t>,
    processed: Processed,
}

impl<'t> Held<'t> {
    /// Reads a held SD-JWT.
    ///
    /// # Errors
    /// As [`Unverified::parse`] and [`Unverified::verify_issuer`], and for an SD-JWT+KB, which only verifiers
    /// receive (section 7.2).
    pub fn parse(text: &'t str) -> Result<Self, SdJwtError> {
        let (parts, jws, payload) = Unverified::parse(text)?.take_apart();
        if parts.key_binding.is_some() {
            return Err(SdJwtError::UnexpectedKeyBinding);
        }
        let processed = process(payload, &parts.disclosures)?;
        Ok(Self { parts, jws, processed })
    }

    /// The header of the issuer's JWT.
    #[must_use]
    pub const fn header(&self) -> &jws::Header {
        self.jws.header()
    }

    /// All claims, as if everything were disclosed.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.processed.claims
    }

    /// Every claim that can be withheld, parents before their children.
    #[must_use]
    pub fn disclosable(&self) -> &[ClaimPath] {
        &self.processed.disclosed
    }

    /// Chooses what to show: for each path the claim itself, all that lies in it, and the parents without which
    /// its digest could not be found (section 4.2.6). Positions count as in [`claims`](Self::claims).
    /// No path shows only what is always visible; the empty path shows everything.
    ///
    /// # Errors
    /// [`SdJwtError::NoSuchClaim`] for a path the credential does not have.
    pub fn select(&self, paths: &[ClaimPath]) -> Result<Presentation, SdJwtError> {
        let mut wanted = Vec::with_capacity(paths.len());
        for path in paths {
            // `null` is resolved first: meeting it halfway would show elements that lack the claim.
            let found = match path.0.is_empty() {
                true => vec![path.clone()],
                false => path.resolve(self.claims()),
            };
            if found.is_empty() {
                return Err(SdJwtError::NoSuchClaim { path: path.clone() });
            }
            wanted.extend(found);
        }
        let chosen = self.disclosable().iter().zip(&self.processed.positions);
        let chosen = chosen.filter(|(path, _)| wanted.iter().any(|wanted| wanted.meets(path)));
        let mut positions: Vec<usize> = chosen.map(|(_, &position)| position).collect();
        positions.sort_unstable();
        let texts = positions.into_iter().filter_map(|position| self.parts.disclosures.get(position));
        Ok(Presentation { text: Parts::join(self.parts.issuer_jwt, texts.copied()) })
    }
}

/// An SD-JWT with the chosen disclosures, not bound to anyone yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    text: String,
}

impl Presentation {
    /// The SD-JWT, for a verifier that asks for no key binding.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Builds what the holder signs with the key in `cnf`.
    #[must_use]
    pub fn prepare_key_binding(
        self,
        algorithm: Algorithm,
        audience: &str,
        nonce: &str,
        issued_at: Timestamp,
    ) -> UnsignedKeyBinding {
        let sd_hash = Digest::of(&self.text);
        let payload = key_binding_payload(issued_at, audience, nonce, sd_hash.as_str());
        let jws = jws::prepare_text(key_binding_header(algorithm), payload.as_bytes());
        UnsignedKeyBinding { sd_jwt: self.text, jws }
    }
}

/// A presentation that waits for its holder's signature.
#[derive(Clone, Debug)]
pub struct UnsignedKeyBinding {
    sd_jwt: String,
    jws: jws::Unsigned,
}

impl UnsignedKeyBinding {
    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.jws.signing_input()
    }

    /// The SD-JWT+KB.
    #[must_use]
    pub fn finish(self, signature: &Signature) -> String {
        self.sd_jwt + &self.jws.finish(signature)
    }
}
