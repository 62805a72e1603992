//! The trust list of a folder: read, signed anew, and signed by a new root.

use std::fs::File;
use std::io::Read;

use hati_formats::json;
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::time::Timestamp;
use hati_formats::trust::TrustList;
use hati_store::{Action, Document, Event, Publication};
use rand_core::CryptoRng;

use super::{Home, HomeError, KEYS, ROOT, write};
use crate::chronology;
use crate::config::MAX_CONFIG_BYTES;
use crate::keys::Keys;
use crate::trust::{NextList, TrustError, next_update};

impl Home {
    /// The newest trust list, checked as a reader checks it.
    ///
    /// # Errors
    ///
    /// [`HomeError::Published`] or [`HomeError::NoTrustList`].
    pub fn trust(&self) -> Result<TrustList, HomeError> {
        let published = self.store.latest(Document::TrustList)?.ok_or(HomeError::NoTrustList)?;
        Ok(TrustList::verify(&published.bytes, &self.root()?)?)
    }

    /// Refuses a type that the published trust list does not name: no verifier would take it.
    ///
    /// # Errors
    ///
    /// [`HomeError::NotListed`].
    pub fn check_listed(&self, type_id: &str) -> Result<(), HomeError> {
        let trust = self.trust()?;
        let issuer = trust.issuer(self.config.issuer_url());
        if issuer.is_some_and(|issuer| issuer.may_issue(type_id)) {
            return Ok(());
        }
        Err(HomeError::NotListed { type_id: type_id.to_owned(), folder: self.folder.clone() })
    }

    /// Signs the next trust list, with the types there are now.
    ///
    /// # Errors
    ///
    /// [`HomeError`], if the root key is not there or another one.
    pub fn sign_trust_list(&self, now: Timestamp, actor: &str) -> Result<TrustList, HomeError> {
        self.check_chronology(now)?;
        let previous = self.trust()?;
        let root = Keys::load_root(&self.folder.join(KEYS), previous.root())?;
        self.publish_next(&previous, now, actor, |next| next.sign(&root))
    }

    /// Replaces the root key: the old one names the new one, which signs the next trust list.
    ///
    /// # Errors
    ///
    /// As [`sign_trust_list`](Self::sign_trust_list).
    pub fn rotate_root(
        &self,
        now: Timestamp,
        actor: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<TrustList, HomeError> {
        self.check_chronology(now)?;
        let previous = self.trust()?;
        let folder = self.folder.join(KEYS);
        let old = Keys::load_root(&folder, previous.root())?;
        let new = SoftwareKey::generate(Algorithm::EdDsa, rng);
        // On disk before anything is signed with it; a crash from here on is mended by `load_root`.
        Keys::save_next_root(&new, &folder)?;
        let list = self.publish_next(&previous, now, actor, |next| next.rotate(&old, &new))?;
        Keys::load_root(&folder, list.root())?;
        Ok(list)
    }

    /// Before a key is touched.
    fn check_chronology(&self, now: Timestamp) -> Result<(), HomeError> {
        Ok(chronology::check(&*self.store, Document::TrustList, now, next_update(now))?)
    }

    fn publish_next(
        &self,
        previous: &TrustList,
        now: Timestamp,
        actor: &str,
        sign: impl FnOnce(&NextList<'_>) -> Result<Vec<u8>, TrustError>,
    ) -> Result<TrustList, HomeError> {
        let types = self.types()?;
        let version = self.store.next_version(Document::TrustList)?;
        let next = NextList {
            config: &self.config,
            keys: &self.keys.public(),
            types: &types,
            previous: Some(previous),
            version,
            now,
        };
        let bytes = sign(&next)?;
        let list = TrustList::verify(&bytes, previous.root())?;
        let publication = Publication { document: Document::TrustList, version, at: now.seconds(), bytes };
        let what = format!("trust list {version}");
        self.store.publish(&publication, &Event::new(now.seconds(), actor, Action::Published, what))?;
        write(&self.folder.join(ROOT), &list.root().to_jwk())?;
        Ok(list)
    }

    /// The public root key.
    fn root(&self) -> Result<PublicKey, HomeError> {
        let path = self.folder.join(ROOT);
        let content = |reason| HomeError::Config { path: path.clone(), reason };
        let mut text = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(MAX_CONFIG_BYTES).read_to_end(&mut text));
        read.map_err(|source| HomeError::Io { path: path.clone(), source })?;
        let jwk = json::parse(&text).map_err(|error| content(error.to_string()))?;
        PublicKey::from_jwk(&jwk).map_err(|error| content(error.to_string()))
    }
}
