//! Checking a bundle, and looking things up in a checked one.

use std::fmt;

use sha2::{Digest, Sha256};

use super::super::key::KeyId;
use super::super::list::TrustList;
use super::super::wire;
use super::content::{BundleContent, TypeDocument};
use super::error::{BundleError, StatusLookupError};
use super::format::{BundleFile, ContentWire};
use super::held::Held;
use crate::cose::{self, Kind};
use crate::keys::{PublicKey, Signature};
use crate::status::Status;
use crate::time::Timestamp;

/// The longest bundle or delta: the longest statement, and a trust list beside it.
pub const MAX_BYTES: usize = cose::MAX_BYTES + (1 << 20);

/// A bundle that a registrar of its trust list signed.
///
/// [`Bundle::verify`], the only way to one,
/// 1. bounds the size and takes the file apart, refusing a format it does not know;
/// 2. checks the trust list in it against the root: the one held, else the one pinned;
/// 3. requires the signature of a registrar in that trust list;
/// 4. reads the content, deterministic CBOR without unknown keys, and requires that it names this trust list;
/// 5. requires that the registrar's key was valid when the bundle was made;
/// 6. checks bounds, order, texts and intervals, and that each status list is some issuer's;
/// 7. refuses to go back behind what is held.
#[derive(Clone)]
pub struct Bundle {
    content: BundleContent,
    trust: TrustList,
    signer: KeyId,
    signature: Signature,
    sha256: [u8; 32],
    bytes: Vec<u8>,
}

impl Bundle {
    /// Checks a bundle against the pinned root and what the device holds of an earlier one.
    ///
    /// Time is no argument: a bundle may be old, or newer than the device's clock, and what follows from that is
    /// policy ([`is_overdue`](Self::is_overdue), [`clock_behind`](Self::clock_behind)).
    ///
    /// # Errors
    /// If it was not signed by a registrar of a trust list of the root, breaks a rule, or would take the
    /// device back.
    pub fn verify(bytes: &[u8], pinned_root: &PublicKey, held: Option<&Held>) -> Result<Self, BundleError> {
        let file = read(bytes)?;
        let trust = TrustList::verify(&file.trust_list, held.map_or(pinned_root, Held::root))?;
        let statement = cose::Unverified::parse(&file.statement)?;
        let signature = *statement.signature();
        let (_, signer) = trust.registrar_key(statement.kid()).ok_or_else(|| {
            let got = statement.kid().iter().map(|byte| format!("{byte:02x}")).collect();
            BundleError::UnknownRegistrar { got }
        })?;
        let verified = statement.verify(Kind::Bundle, &signer.key)?;
        let wire: ContentWire = wire::from_slice("bundle", verified.payload())?;
        if *wire.trust_list_sha256 != *trust.sha256() {
            return Err(BundleError::OtherTrustList);
        }
        let content = BundleContent::try_from(wire)?;
        signer.validity.check(content.issued_at).map_err(BundleError::RegistrarKey)?;
        content.check(&trust)?;
        let sha256 = Sha256::digest(verified.payload()).into();
        let signer = KeyId::of(&signer.key);
        let bundle = Self { content, trust, signer, signature, sha256, bytes: bytes.to_vec() };
        held.map_or(Ok(()), |held| held.check(&bundle))?;
        Ok(bundle)
    }

    /// The root that a bundle says its trust list is from ([`TrustList::root_unverified`]).
    ///
    /// # Errors
    /// If the bytes are not a bundle.
    pub fn root_unverified(bytes: &[u8]) -> Result<PublicKey, BundleError> {
        Ok(TrustList::root_unverified(&read(bytes)?.trust_list)?)
    }

    /// The status at `index` of the list at `uri`, and as of when. Allocates nothing.
    ///
    /// Whether the credential's issuer owns this list is a question of its own:
    /// [`Issuer::publishes`](super::super::Issuer::publishes).
    ///
    /// # Errors
    /// If the bundle has no such list, or the list no such entry.
    pub fn status(&self, uri: &str, index: u64) -> Result<(Status, Timestamp), StatusLookupError> {
        let lists = &self.content.status_lists;
        let found = lists.binary_search_by(|list| list.uri.as_str().cmp(uri)).ok();
        let bundled = found.and_then(|at| lists.get(at)).ok_or_else(|| StatusLookupError::UnknownList {
            got: uri.chars().take(super::super::text::MAX_URL_BYTES).collect(),
        })?;
        Ok((bundled.list.get(index)?, bundled.as_of))
    }

    /// The type metadata document of a type.
    #[must_use]
    pub fn type_document(&self, id: &str) -> Option<&TypeDocument> {
        let types = &self.content.types;
        types.get(types.binary_search_by(|document| document.id.as_str().cmp(id)).ok()?)
    }

    /// What it says.
    #[must_use]
    pub fn content(&self) -> &BundleContent {
        &self.content
    }

    /// The trust list in it.
    #[must_use]
    pub fn trust(&self) -> &TrustList {
        &self.trust
    }

    /// What the device keeps, so that it never goes back behind this bundle.
    #[must_use]
    pub fn held(&self) -> Held {
        Held::of(self)
    }

    /// Whether the device's clock is before this bundle was made: then nothing that depends on time can be
    /// decided.
    #[must_use]
    pub fn clock_behind(&self, now: Timestamp) -> bool {
        now < self.content.issued_at
    }

    /// Whether the next bundle is due. Whether to rely on this one nevertheless is the caller's policy.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        now >= self.content.next_update
    }

    /// The signed bundle as it came.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the signed payload, which a delta names as its base.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The registrar's key that signed it; the same key signs the delta that leads here.
    #[must_use]
    pub fn signer(&self) -> KeyId {
        self.signer
    }

    pub(in super::super) fn signature(&self) -> &Signature {
        &self.signature
    }
}

fn read(bytes: &[u8]) -> Result<BundleFile, BundleError> {
    if bytes.len() > MAX_BYTES {
        return Err(BundleError::TooLong { expected: MAX_BYTES, got: bytes.len() });
    }
    Ok(wire::from_slice("bundle file", bytes)?)
}

/// Megabytes of statuses would drown a log.
impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Bundle");
        debug.field("version", &self.content.version).field("signer", &self.signer).finish_non_exhaustive()
    }
}
