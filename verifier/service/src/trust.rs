//! Bundles: which to believe, and never back behind the newest one seen.

use hati_formats::cose;
use hati_formats::keys::PublicKey;
use hati_formats::trust::{Bundle, BundleError, Held, TrustList};

use crate::{Error, Home, files};

const NEWEST: &str = "newest-bundle.cbor";
const TRUST_LIST: &str = "trust-list.cbor";

/// The longest bundle or delta, with room to spare, so that its own reader says what is too long.
pub const MAX_BUNDLE_BYTES: usize = cose::MAX_BYTES + (4 << 20);
/// The longest trust list, likewise.
const MAX_TRUST_LIST_BYTES: usize = 2 << 20;
/// The note on the newest bundle takes some hundred bytes.
const MAX_NOTE_BYTES: usize = 4 << 10;

/// A bundle that this verifier believes.
#[derive(Debug)]
pub struct Accepted {
    /// The bundle.
    pub bundle: Bundle,
    /// The root that it pinned, if none was pinned before. Whoever made the bundle chose it, so a person has to compare
    /// its thumbprint with the published one.
    pub pinned: Option<PublicKey>,
}

impl Home {
    /// Checks a bundle against the root and the newest bundle seen, and remembers it.
    ///
    /// What is remembered refuses an older bundle for ever. So a clock that is not behind an accepted bundle is not
    /// behind any bundle ever seen.
    ///
    /// # Errors
    /// [`Error::Bundle`].
    pub fn accept_bundle(&self, bytes: &[u8]) -> Result<Accepted, Error> {
        let newest = self.newest()?;
        let pinned = self.root()?;
        let root = match &pinned {
            Some(root) => root.clone(),
            None => Bundle::root_unverified(bytes)?,
        };
        let bundle = Bundle::verify(bytes, &root, newest.as_ref())?;
        if pinned.is_none() {
            self.pin(&root)?;
        }
        let held = bundle.held();
        if newest.as_ref() != Some(&held) {
            // The note last: until it is there, the older note goes with the newer list as well.
            files::replace(&self.path(TRUST_LIST), bundle.trust().as_bytes())?;
            files::replace(&self.path(NEWEST), &held.to_bytes())?;
        }
        Ok(Accepted { bundle, pinned: pinned.is_none().then_some(root) })
    }

    /// Applies a delta to a bundle, and remembers the newer one. The base may be older than the newest bundle seen, so
    /// that a command that was interrupted can be repeated; what it leads to may not.
    ///
    /// # Errors
    /// [`Error::Bundle`] for the base, [`Error::Delta`].
    pub fn update(&self, base: &[u8], delta: &[u8]) -> Result<Accepted, Error> {
        let Some(root) = self.root()? else {
            let Accepted { bundle, pinned } = self.accept_bundle(base)?;
            let newer = self.accept_bundle(bundle.apply(delta)?.as_bytes())?;
            return Ok(Accepted { pinned, ..newer });
        };
        let base = Bundle::verify(base, &root, None)?;
        self.accept_bundle(base.apply(delta)?.as_bytes())
    }

    /// The trust list of the newest bundle seen.
    pub(crate) fn trust_list(&self) -> Result<Option<TrustList>, Error> {
        let (Some(newest), Some(bytes)) =
            (self.newest()?, files::read_optional(&self.path(TRUST_LIST), MAX_TRUST_LIST_BYTES)?)
        else {
            return Ok(None);
        };
        Ok(Some(TrustList::verify(&bytes, newest.root()).map_err(BundleError::TrustList)?))
    }

    fn newest(&self) -> Result<Option<Held>, Error> {
        let path = self.path(NEWEST);
        let read = |bytes: Vec<u8>| {
            Held::from_bytes(&bytes).map_err(|error| Error::Content {
                path: path.clone(),
                expected: "the note of the newest bundle seen",
                got: error.to_string(),
            })
        };
        files::read_optional(&path, MAX_NOTE_BYTES)?.map(read).transpose()
    }
}
