//! The bundle, and the delta that leads to it from an older one.

use std::collections::{BTreeMap, BTreeSet};

use hati_formats::credential::status_list_uri;
use hati_formats::keys::PublicKey;
use hati_formats::trust::{Bundle, BundleContent, KeyId, TypeDocument};
use hati_store::{Action, Document, Event, Publication};

use super::{Edition, PublishError};
use crate::home::Home;
use crate::keys::Signer;
use crate::{chronology, status, verifiers};

impl Edition<'_> {
    /// Signs the next bundle and records it. Gives too how often each of its lists had been changed.
    pub(super) fn bundle(&self) -> Result<(Bundle, BTreeMap<String, u64>), PublishError> {
        let (store, config) = (&*self.home.store, &self.home.config);
        chronology::check(store, Document::Bundle, self.now, self.next_update)?;
        let version = store.next_version(Document::Bundle)?;
        let known = |uri: &str, changes| self.previous?.list(uri, changes);
        let lists = status::lists(store, config.issuer_url(), config.list_size(), self.now, known)?;
        let content = BundleContent {
            version,
            issued_at: self.now,
            next_update: self.next_update,
            status_lists: lists.bundled,
            types: self.types.iter().map(|kind| type_document(&kind.id, kind.document())).collect(),
            withdrawn: verifiers::withdrawn(store, self.now)?,
        };
        let registrar = &self.home.keys.registrar;
        let unsigned = content.prepare(self.trust, registrar.public())?;
        let signature = registrar.sign(unsigned.to_be_signed())?;
        let bytes = unsigned.finish(&signature);
        // As a reader checks it: what no reader takes is not published.
        let bundle = Bundle::verify(&bytes, self.trust.root(), None)?;
        let (document, at, entries) = (Document::Bundle, self.now.seconds(), self.entries);
        let publication = Publication { document, version, at, bytes, entries };
        let event =
            Event::new(self.now.seconds(), self.actor, Action::Published, format!("bundle {version}"));
        store.publish(&publication, &event)?;
        Ok((bundle, lists.changes))
    }
}

/// Whether everybody who has the newest bundle knows the status of credentials in these lists.
///
/// # Errors
///
/// If the store cannot be read, or what it has is no bundle.
pub fn newest_has(home: &Home, lists: &BTreeSet<u32>) -> Result<bool, PublishError> {
    let Some(newest) = home.store.latest(Document::Bundle)? else { return Ok(false) };
    // Its own root will do: it was published by this issuer, perhaps before its root was rotated.
    let newest = Bundle::verify(&newest.bytes, &Bundle::root_unverified(&newest.bytes)?, None)?;
    let known: BTreeSet<_> = newest.content().status_lists.iter().map(|list| list.uri.as_str()).collect();
    Ok(lists.iter().all(|list| known.contains(status_list_uri(home.config.issuer_url(), *list).as_str())))
}

/// Without the white space of the file, which nobody reads on a phone.
fn type_document(id: &str, document: &serde_json::Value) -> TypeDocument {
    TypeDocument { id: id.to_owned(), json: document.to_string() }
}

/// An older bundle of this issuer's registrar, from which a delta may lead.
#[derive(Debug)]
pub struct Base(Bundle);

impl Base {
    /// Checks an older bundle, signed by one of the registrar's keys.
    ///
    /// # Errors
    ///
    /// [`PublishError`], if it is not a bundle, or another registrar's.
    pub fn verify(older: &[u8], registrar: &[PublicKey]) -> Result<Self, PublishError> {
        // Its own root will do: a delta from a forged bundle serves only whoever took the forgery in.
        let older = Bundle::verify(older, &Bundle::root_unverified(older)?, None)?;
        if registrar.iter().all(|key| KeyId::of(key) != older.signer()) {
            let expected = registrar.iter().map(|key| KeyId::of(key).to_string()).collect();
            return Err(PublishError::OtherRegistrar { expected, got: older.signer() });
        }
        Ok(Self(older))
    }

    /// Signs the delta that leads to a newer bundle.
    ///
    /// # Errors
    ///
    /// [`PublishError::Delta`] if the bundle is not newer, [`PublishError::Sign`] if the key does not sign.
    pub fn delta(&self, newer: &Bundle, registrar: &Signer) -> Result<Vec<u8>, PublishError> {
        let unsigned = self.0.prepare_delta(newer)?;
        let signature = registrar.sign(unsigned.to_be_signed())?;
        Ok(unsigned.finish(&signature))
    }
}
