//! Verifying: RFC 9901 sections 7.1 and 7.3.

use serde_json::{Map, Value};

use super::key_binding::{KeyBinding, KeyBindingExpectation, UnverifiedKeyBinding};
use super::process::{Processed, process};
use super::{ClaimPath, Parts, SdJwtError};
use crate::json;
use crate::jws;
use crate::keys::PublicKey;

/// An SD-JWT or SD-JWT+KB of which nothing has been checked but its form.
#[derive(Debug)]
pub struct Unverified<'t> {
    parts: Parts<'t>,
    jws: jws::Unverified<'t>,
    payload: Map<String, Value>,
}

impl<'t> Unverified<'t> {
    /// Step 1 of section 7.1: takes the text apart. Disclosures are read later, once the issuer's signature holds.
    ///
    /// # Errors
    /// If the text is too long, not three parts between dots with tildes behind them, or not strict JSON.
    pub fn parse(text: &'t str) -> Result<Self, SdJwtError> {
        let parts = Parts::split(text)?;
        let jws =
            jws::Unverified::parse(parts.issuer_jwt).map_err(|source| SdJwtError::IssuerJwt { source })?;
        let payload = json::parse_object(jws.payload_unverified())
            .map_err(|source| SdJwtError::PayloadJson { source })?;
        Ok(Self { parts, jws, payload })
    }

    /// The header, for choosing the key.
    #[must_use]
    pub const fn header(&self) -> &jws::Header {
        self.jws.header()
    }

    /// A claim as it came, digests and all, for choosing the key (`iss`) and nothing else.
    #[must_use]
    pub fn claim_unverified(&self, name: &str) -> Option<&Value> {
        self.payload.get(name)
    }

    /// The text's parts.
    #[must_use]
    pub const fn parts(&self) -> &Parts<'t> {
        &self.parts
    }

    /// Steps 2 to 5 of section 7.1:
    ///
    /// 2. The issuer's JWT: algorithm and signature under `issuer`, and `_sd_alg`. That this key belongs to the
    ///    issuer (step 2.3) is for the caller, who looked it up in the trust list.
    /// 3. Every disclosure takes the place of its digest; digests without one are removed.
    /// 4. No digest twice.
    /// 5. No disclosure without a digest.
    ///
    /// Step 6 is left to the caller, who knows the time: `exp`, `nbf` and whatever the credential type demands.
    ///
    /// # Errors
    /// The first step that fails.
    pub fn verify_issuer(self, issuer: &PublicKey) -> Result<Verified<'t>, SdJwtError> {
        let jws = self.jws.verify(issuer).map_err(|source| SdJwtError::IssuerSignature { source })?;
        let processed = process(self.payload, &self.parts.disclosures)?;
        Ok(Verified { parts: self.parts, jws, processed })
    }

    pub(super) fn take_apart(self) -> (Parts<'t>, jws::Unverified<'t>, Map<String, Value>) {
        (self.parts, self.jws, self.payload)
    }
}

/// An SD-JWT whose issuer signed every claim in it. Only [`Unverified::verify_issuer`] makes one.
///
/// Who presents it is a question of its own. Section 7.3, in its numbers:
///
/// 1. Whether key binding is demanded is the verifier's policy, never a matter of what was received.
/// 2. [`key_binding`](Self::key_binding) refuses if there is none.
/// 3. and 4. are done.
/// 5. 1. [`confirmation_key`](Self::confirmation_key).
///    2. to 4. [`UnverifiedKeyBinding::verify_signature`].
///    5. [`KeyBinding::check_freshness`].
///    6. [`KeyBinding::check_nonce`] and [`KeyBinding::check_audience`].
///    7. [`KeyBinding::check_sd_hash`].
///    8. [`KeyBinding::check_freshness`] looks at `exp` and `nbf` too.
///
/// [`verify_key_binding`](Self::verify_key_binding) does all of it.
#[derive(Debug)]
pub struct Verified<'t> {
    parts: Parts<'t>,
    jws: jws::Verified,
    processed: Processed,
}

impl<'t> Verified<'t> {
    /// The header of the issuer's JWT.
    #[must_use]
    pub const fn header(&self) -> &jws::Header {
        self.jws.header()
    }

    /// The Processed SD-JWT Payload: the claims that are always visible and those disclosed, without digests.
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.processed.claims
    }

    /// The claims, for keeping.
    #[must_use]
    pub fn into_claims(self) -> Map<String, Value> {
        self.processed.claims
    }

    /// The claims that could have been withheld and were not, parents before their children.
    #[must_use]
    pub fn disclosed(&self) -> &[ClaimPath] {
        &self.processed.disclosed
    }

    /// The text's parts.
    #[must_use]
    pub const fn parts(&self) -> &Parts<'t> {
        &self.parts
    }

    /// Whether the issuer named a holder's key, in whatever way.
    #[must_use]
    pub fn is_holder_bound(&self) -> bool {
        self.processed.claims.contains_key("cnf")
    }

    /// Step 5.1 of section 7.3: the holder's key, from `cnf.jwk` (RFC 7800 section 3.2).
    ///
    /// # Errors
    /// If there is no `cnf`, or it names the key in another way, or the key is not usable.
    pub fn confirmation_key(&self) -> Result<PublicKey, SdJwtError> {
        let confirmation = self.processed.claims.get("cnf").ok_or(SdJwtError::ConfirmationMissing)?;
        let jwk = confirmation
            .get("jwk")
            .ok_or_else(|| SdJwtError::ConfirmationMethod { expected: "jwk", got: members(confirmation) })?;
        PublicKey::from_jwk(jwk).map_err(|source| SdJwtError::ConfirmationKey { source })
    }

    /// Step 2 of section 7.3: the Key Binding JWT, which must be there.
    ///
    /// # Errors
    /// If there is none, or it is not a JWS.
    pub fn key_binding(&self) -> Result<UnverifiedKeyBinding<'t>, SdJwtError> {
        let jwt = self.parts.key_binding.ok_or(SdJwtError::KeyBindingMissing)?;
        UnverifiedKeyBinding::parse(self.parts.sd_jwt, jwt)
    }

    /// Steps 2 and 5 of section 7.3.
    ///
    /// # Errors
    /// The first step that fails.
    pub fn verify_key_binding(
        &self,
        expected: &KeyBindingExpectation<'_>,
    ) -> Result<KeyBinding<'t>, SdJwtError> {
        let binding = self.key_binding()?.verify_signature(&self.confirmation_key()?)?;
        binding.check_freshness(&expected.freshness)?;
        binding.check_nonce(expected.nonce)?;
        binding.check_audience(expected.audience)?;
        binding.check_sd_hash()?;
        Ok(binding)
    }
}

fn members(value: &Value) -> String {
    match value {
        Value::Object(members) => members.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        other => json::kind(other).to_owned(),
    }
}
