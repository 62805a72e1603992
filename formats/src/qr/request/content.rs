//! What a request says, and how it is made.

use std::collections::BTreeSet;
use std::fmt;

use minicbor::bytes::ByteArray;
use minicbor::data::Type;
use minicbor::{CborLen, Decode, Decoder, Encode, Encoder, decode, encode};
use rand_core::CryptoRng;

use super::{Purpose, RequestError, TypeId};
use crate::cose::{self, Kind};
use crate::encoding::b64url;
use crate::keys::PublicKey;
use crate::names::ClaimPath;
use crate::time::Timestamp;
use crate::trust::text;
use crate::trust::wire::{self, at_most, public_key, timestamp};

/// The most claims: more than `maisha-id` has, and as many as a registration allows.
pub const MAX_CLAIMS: usize = 32;

/// 128 random bits that the answer repeats, so that it answers this request and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct Nonce(#[n(0)] ByteArray<16>);

impl Nonce {
    /// A new nonce.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self::from_bytes(bytes)
    }

    /// The nonce with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(ByteArray::from(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Base64url, as the `nonce` of the key binding carries it.
impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64url(self.as_bytes()))
    }
}

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RequestContent {
    /// What the answer has to repeat.
    #[n(0)]
    pub nonce: Nonce,
    /// When the code was made.
    #[cbor(n(1), with = "timestamp")]
    pub issued_at: Timestamp,
    /// Why the verifier asks.
    #[n(2)]
    pub purpose: Purpose,
    /// Which credential.
    #[n(3)]
    pub credential_type: TypeId,
    /// Which of its claims, each with what lies inside it, in the order they are to be shown.
    #[n(4)]
    pub claims: Vec<ClaimPath>,
    /// Where the verifier asks, in its own words, such as a counter or a gate.
    #[n(5)]
    pub place: Option<String>,
}

impl RequestContent {
    /// The bytes for the verifier's key to sign. `registration` is the signed registration of that key; without
    /// one, the request carries the key alone.
    ///
    /// # Errors
    /// If the content breaks a rule that holds for every request. Whether the verifier may ask for it, the wallet
    /// decides.
    pub fn prepare(
        self,
        key: &PublicKey,
        registration: Option<&[u8]>,
    ) -> Result<cose::Unsigned, RequestError> {
        self.check()?;
        let by = match registration {
            Some(bytes) => Claimant::Registered(bytes.to_vec()),
            None => Claimant::Unregistered(key.clone()),
        };
        let payload = wire::to_vec(&Payload { content: self, by });
        // No `kid`: the payload names the key.
        Ok(cose::prepare(Kind::Request, key.algorithm(), &[], payload))
    }

    fn check(&self) -> Result<(), RequestError> {
        if let Purpose::Text(words) = &self.purpose {
            text::shown("purpose", words)?;
        }
        self.place.as_deref().map_or(Ok(()), |place| text::shown("place", place))?;
        at_most("claims of a request", MAX_CLAIMS, self.claims.len())?;
        if self.claims.is_empty() {
            return Err(RequestError::NoClaims);
        }
        let mut seen = BTreeSet::new();
        match self.claims.iter().find(|claim| !seen.insert(*claim)) {
            Some(claim) => Err(RequestError::ClaimTwice { claim: claim.clone() }),
            None => Ok(()),
        }
    }
}

/// Who a request says it is from, before anything is checked. `requester = bytes / key`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claimant {
    /// A registration, still signed.
    Registered(Vec<u8>),
    Unregistered(PublicKey),
}

/// `payload = [request, requester]`
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Payload {
    #[n(0)]
    pub(super) content: RequestContent,
    #[n(1)]
    pub(super) by: Claimant,
}

impl Payload {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, RequestError> {
        let payload: Self = wire::from_slice("request", bytes)?;
        payload.content.check()?;
        Ok(payload)
    }
}

impl<C> Encode<C> for Claimant {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Registered(bytes) => e.bytes(bytes)?.ok(),
            Self::Unregistered(key) => public_key::encode(key, e, ctx),
        }
    }
}

impl<'b, C> Decode<'b, C> for Claimant {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        match d.datatype()? {
            Type::Bytes => Ok(Self::Registered(d.bytes()?.to_vec())),
            _ => public_key::decode(d, ctx).map(Self::Unregistered),
        }
    }
}
