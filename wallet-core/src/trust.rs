//! Whom this wallet believes: the pinned root, and the newest bundle under it.

use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, BundleError, DeltaError, KeyId};
use minicbor::bytes::ByteVec;
use minicbor::{CborLen, Decode, Encode};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::record::{self, Change, Name};
use crate::vault::VaultError;
use crate::wallet::Wallet;

/// Why a root is not pinned, or a bundle not taken in.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A wallet has one root; the way to another is the old root's signature.
    #[error(
        "the wallet has pinned root {expected} and does not take {got}; a bundle with the old root's signature \
         leads to a new root, and otherwise only a new wallet does"
    )]
    OtherRoot {
        /// The root that is pinned.
        expected: KeyId,
        /// The other one.
        got: KeyId,
    },
    /// Nothing can be checked without a root.
    #[error(
        "the wallet has pinned no root; pin the one whose thumbprint its publisher prints, then try again"
    )]
    NoRoot,
    /// The bundle is refused.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The delta is refused.
    #[error(transparent)]
    Delta(DeltaError),
    /// The vault refuses it.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why nothing can be decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// Nobody to believe.
    #[error("the wallet has no bundle, so it knows no issuer and no verifier; take one in with `trust`")]
    NoBundle,
    /// The device's clock is before the newest bundle was made: it is wrong, and nothing that depends on time can be decided.
    #[error(
        "it is {now} on this device, before the newest bundle was made at {issued_at}; set date and time, then try again"
    )]
    ClockBehind {
        /// When the bundle was made.
        issued_at: Timestamp,
        /// The time here.
        now: Timestamp,
    },
}

hati_formats::error_codes!(TrustError {
    Self::OtherRoot { .. } => "root_other",
    Self::NoRoot => "root_missing",
} inner {
    Bundle,
    Delta,
    Vault,
});

hati_formats::error_codes!(NotReady {
    Self::NoBundle => "bundle_missing",
    Self::ClockBehind { .. } => "clock_behind",
});

impl Wallet {
    /// Pins the root that every bundle must lead back to.
    ///
    /// # Errors
    /// [`TrustError::OtherRoot`] if another one is pinned.
    pub fn pin_root(&mut self, root: PublicKey, rng: &mut impl CryptoRng) -> Result<Vec<Change>, TrustError> {
        match &self.root {
            Some(pinned) if *pinned != root => {
                Err(TrustError::OtherRoot { expected: KeyId::of(pinned), got: KeyId::of(&root) })
            }
            _ => {
                let changes = vec![Name::Root.put(&self.vault, &encode_root(&root), rng)?];
                self.root = Some(root);
                Ok(changes)
            }
        }
    }

    /// Takes in a bundle, or a delta that leads from the held bundle to a newer one. Never goes back.
    ///
    /// # Errors
    /// [`TrustError`]; then the wallet holds what it held before.
    pub fn take_bundle(&mut self, file: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<Change>, TrustError> {
        let root = self.root.as_ref().ok_or(TrustError::NoRoot)?;
        let held = self.bundle.as_ref().map(Bundle::held);
        let bundle = match (Bundle::verify(file, root, held.as_ref()), &self.bundle) {
            (Ok(bundle), _) => bundle,
            (Err(error), None) => return Err(error.into()),
            (Err(error), Some(base)) => base.apply(file).map_err(|delta| nearest(error, delta))?,
        };
        // A root that was rotated away counts no more, so the one that signed replaces the pinned one.
        let changes = vec![
            Name::Root.put(&self.vault, &encode_root(bundle.trust().root()), rng)?,
            Name::Bundle.put(&self.vault, bundle.as_bytes(), rng)?,
        ];
        self.hold(bundle);
        Ok(changes)
    }
}

/// A file that is neither tells which of the two it would have been: the delta's own signature comes before
/// everything that can be wrong with a delta that is one.
fn nearest(bundle: BundleError, delta: DeltaError) -> TrustError {
    match delta {
        DeltaError::TooLong { .. }
        | DeltaError::TrustList(_)
        | DeltaError::UnknownRegistrar { .. }
        | DeltaError::Signature(_)
        | DeltaError::Payload(_) => TrustError::Bundle(bundle),
        _ => TrustError::Delta(delta),
    }
}

#[derive(Encode, Decode, CborLen)]
#[cbor(array)]
struct RootRecord {
    /// As in COSE (RFC 9053 sections 2.1 and 2.2).
    #[n(0)]
    algorithm: i64,
    #[n(1)]
    key: ByteVec,
}

fn encode_root(root: &PublicKey) -> Zeroizing<Vec<u8>> {
    record::encode(&RootRecord { algorithm: root.algorithm().cose_number(), key: root.to_bytes().into() })
}

pub(crate) fn decode_root(record: &[u8]) -> Option<PublicKey> {
    let record: RootRecord = record::decode(record)?;
    let known = [Algorithm::EdDsa, Algorithm::Es256];
    let algorithm = known.into_iter().find(|known| known.cose_number() == record.algorithm)?;
    PublicKey::from_bytes(algorithm, &record.key).ok()
}
