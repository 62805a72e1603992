//! The trust list of a folder: read, signed anew, and signed by a new root.

use std::fs::File;
use std::io::Read;

use hati_formats::json;
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::time::Timestamp;
use hati_formats::trust::{KeyId, TrustList, Validity};
use hati_store::{Action, Document, Event, Publication};
use rand_core::CryptoRng;

use super::{Home, HomeError, ROOT, write};
use crate::actor::Actor;
use crate::chronology;
use crate::config::MAX_CONFIG_BYTES;
use crate::keys::Role;
use crate::trust::{NextList, Request, next_update};

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

    /// The next trust list, with the keys and types there are now, for the root to sign.
    ///
    /// # Errors
    ///
    /// [`HomeError`].
    pub fn request_trust_list(&self, now: Timestamp) -> Result<Request, HomeError> {
        self.check_chronology(now)?;
        let (previous, types) = (self.trust()?, self.types()?);
        let version = self.store.next_version(Document::TrustList)?;
        let keys = self.keys.public();
        let next = NextList {
            config: &self.config,
            keys: &keys,
            types: &types,
            previous: Some(&previous),
            version,
            now,
        };
        Ok(next.request()?)
    }

    /// Publishes a trust list that the root signed, wherever it did.
    ///
    /// # Errors
    ///
    /// [`HomeError`], if it is not the root's, not newer than the one published, or leaves out a key that signs.
    pub fn install_trust_list(&self, bytes: Vec<u8>, actor: &Actor) -> Result<TrustList, HomeError> {
        let previous = self.trust()?;
        let list = TrustList::verify(&bytes, previous.root())?;
        let content = list.content();
        if content.version <= previous.version() {
            return Err(HomeError::ListNotNewer { expected: previous.version(), got: content.version });
        }
        chronology::check(&*self.store, Document::TrustList, content.issued_at, content.next_update)?;
        for role in [Role::Issuer, Role::Registrar] {
            let key = self.keys.signer(role).public();
            if !self.lists(&list, role, key) {
                return Err(HomeError::ListWithoutKey { role, got: KeyId::of(key) });
            }
        }
        let (version, at) = (content.version, content.issued_at.seconds());
        let publication = Publication { document: Document::TrustList, version, at, bytes, entries: 0 };
        let event = Event::new(at, actor, Action::Published, format!("trust list {version}"));
        self.store.publish(&publication, &event)?;
        write(&self.folder.join(ROOT), &list.root().to_jwk())?;
        Ok(list)
    }

    /// Signs and publishes the next trust list, where the root key is at hand.
    ///
    /// # Errors
    ///
    /// [`HomeError`], if the root key is not there or another one.
    pub fn sign_trust_list(&self, now: Timestamp, actor: &Actor) -> Result<TrustList, HomeError> {
        let root = self.key_folder.load_root(self.trust()?.root())?;
        let signed = self.request_trust_list(now)?.sign(&root)?;
        self.install_trust_list(signed, actor)
    }

    /// Replaces the root key: the old one names the new one, which signs the next trust list.
    ///
    /// # Errors
    ///
    /// As [`sign_trust_list`](Self::sign_trust_list).
    pub fn rotate_root(
        &self,
        now: Timestamp,
        actor: &Actor,
        rng: &mut impl CryptoRng,
    ) -> Result<TrustList, HomeError> {
        // Before a key is touched.
        self.check_chronology(now)?;
        let old = self.key_folder.load_root(self.trust()?.root())?;
        let new = SoftwareKey::generate(Algorithm::EdDsa, rng);
        // On disk before anything is signed with it; a crash from here on is mended by `load_root`.
        self.key_folder.save_next_root(&new, rng)?;
        let signed = self.request_trust_list(now)?.rotate(&old, &new)?;
        let list = self.install_trust_list(signed, actor)?;
        self.key_folder.load_root(list.root())?;
        Ok(list)
    }

    /// Whether a list names a key in its role.
    pub(super) fn lists(&self, list: &TrustList, role: Role, key: &PublicKey) -> bool {
        self.validity(list, role, key).is_some()
    }

    /// From when until when a list says that a key counts in its role.
    pub(super) fn validity(&self, list: &TrustList, role: Role, key: &PublicKey) -> Option<Validity> {
        match role {
            Role::Issuer => {
                let issuer = list.issuer(self.config.issuer_url())?;
                issuer.keys.iter().find(|known| known.key == *key).map(|known| known.validity)
            }
            Role::Registrar => {
                let (_, known) = list.registrar_key(KeyId::of(key).as_bytes())?;
                Some(known.validity)
            }
        }
    }

    fn check_chronology(&self, now: Timestamp) -> Result<(), HomeError> {
        Ok(chronology::check(&*self.store, Document::TrustList, now, next_update(now))?)
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
