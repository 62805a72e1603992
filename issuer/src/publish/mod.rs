//! What an issuer publishes: the bundle for devices without a network, and files for those with one.
//!
//! ```text
//! D/public/.well-known/did.json          the issuer's DID document
//! D/public/.well-known/jwt-vc-issuer     its keys, for SD-JWT VC
//! D/public/audit-checkpoint              the newest entry of the audit, signed
//! D/public/trust-list                    the trust list
//! D/public/bundle                        the newest bundle
//! D/public/deltas/N                      from bundle N to the newest, for the bundles that many still have
//! D/public/types/ID.json                 type metadata
//! D/public/status-lists.json             the URIs of all of them, named as status-lists
//! D/public/status/N.jwt                  Status List Token of list N, which credentials name as status/N; gone when all have ended
//! D/public/status/N.PURPOSE.json         Bitstring Status List Credential, for revocation and for suspension, which
//!                                        credentials name as status/N/PURPOSE
//! ```

mod bundle;
mod deltas;
mod error;
mod site;
mod status;

pub use self::bundle::{Base, newest_has};
pub use self::error::PublishError;
pub use self::site::SiteFile;
use self::status::Statuses;

use std::collections::BTreeMap;

use hati_formats::status::compact::CompactList;
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, TrustList};
use hati_store::Document;

use crate::actor::Actor;
use crate::home::Home;
use crate::types::Types;

/// What is published at one time.
#[derive(Clone, Copy, Debug)]
pub struct Edition<'a> {
    /// Whose.
    pub home: &'a Home,
    /// The trust list in force.
    pub trust: &'a TrustList,
    /// The credential types.
    pub types: &'a Types,
    /// Who publishes, for the audit.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
    /// When the next edition is out at the latest.
    pub next_update: Timestamp,
    /// How many entries the audit had before anything was read that is published: what they changed is in it.
    pub entries: u64,
    /// What was published before, whose status lists are taken over where nothing changed in them.
    pub previous: Option<&'a Published>,
}

/// What was published.
#[derive(Debug)]
pub struct Published {
    /// The bundle.
    pub bundle: Bundle,
    /// How many entries of the audit are in it, as [`Edition::entries`] says.
    pub entries: u64,
    /// Every file below the issuer's URL, the bundle among them.
    pub files: Vec<SiteFile>,
    /// Those of the status lists, by the URI of the list.
    statuses: Statuses,
    /// How often each list had been changed, by its URI, where this process has read it.
    changes: BTreeMap<String, u64>,
}

impl Published {
    /// What a list says that was changed so often.
    fn list(&self, uri: &str, changes: u64) -> Option<&CompactList> {
        self.changes.get(uri).filter(|known| **known == changes)?;
        self.statuses.list(uri)
    }
}

impl Edition<'_> {
    /// Signs and publishes the next bundle, and writes what goes online.
    ///
    /// # Errors
    ///
    /// [`PublishError`].
    pub fn publish(&self) -> Result<Published, PublishError> {
        let (bundle, changes) = self.bundle()?;
        self.put_online(bundle, changes, self.entries)
    }

    /// Publishes here what another process of this issuer published, if there is any newer than `known`.
    ///
    /// # Errors
    ///
    /// [`PublishError`].
    pub fn follow(&self, known: u64) -> Result<Option<Published>, PublishError> {
        let newest = self.home.store.published_version(Document::Bundle)?;
        if newest <= known {
            return Ok(None);
        }
        let Some(newest) = self.home.store.latest(Document::Bundle)? else { return Ok(None) };
        let bundle = Bundle::verify(&newest.bytes, self.trust.root(), None)?;
        let changes = self.still_known(&bundle);
        self.put_online(bundle, changes, newest.entries).map(Some)
    }

    /// What is known of another process's lists: those that say what this one read.
    fn still_known(&self, bundle: &Bundle) -> BTreeMap<String, u64> {
        let known = bundle.content().status_lists.iter().filter_map(|bundled| {
            let changes = *self.previous?.changes.get(&bundled.uri)?;
            let is_same = self.previous?.list(&bundled.uri, changes)? == &bundled.list;
            is_same.then(|| (bundled.uri.clone(), changes))
        });
        known.collect()
    }

    fn put_online(
        &self,
        bundle: Bundle,
        changes: BTreeMap<String, u64>,
        entries: u64,
    ) -> Result<Published, PublishError> {
        let statuses = self.statuses(&bundle)?;
        let mut files = self.site(&bundle, &statuses)?;
        files.extend(self.deltas(&bundle)?);
        self.write_site(&files)?;
        self.remove_ended(&bundle);
        Ok(Published { bundle, entries, files, statuses, changes })
    }
}
