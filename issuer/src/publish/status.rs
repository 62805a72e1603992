//! The status lists as they go online: one Status List Token each, and Bitstring Status List Credentials from the
//! same bits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use hati_formats::credential::{bitstring_uri, multikey_kid, short_kid};
use hati_formats::data_integrity::{self, ProofOptions};
use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::status::bitstring::{BitstringStatusList, BitstringStatusListCredential, StatusPurpose};
use hati_formats::status::claim::StatusListClaim;
use hati_formats::status::compact::CompactList;
use hati_formats::status::token::StatusListToken;
use hati_formats::status::{Bits, StatusList};
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, BundledList};
use serde_json::Value;

use super::site::{FOLDER, STATUS_LISTS};
use super::{Edition, PublishError};
use crate::keys::{SignError, Signer};
use crate::status;

/// A file's name below `status/`, and what is in it.
pub(super) type File = (String, String);

/// How much of its life a list has before it when it is taken over from an edition before: whoever fetches it has
/// it for as long.
const TAKEN_OVER_UNTIL: i64 = 2;

/// The files of every list, by its URI.
#[derive(Debug, Default)]
pub(super) struct Statuses(BTreeMap<String, Online>);

#[derive(Debug, Clone)]
struct Online {
    list: CompactList,
    signer: PublicKey,
    since: Timestamp,
    until: Timestamp,
    files: Vec<File>,
}

impl Statuses {
    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.0.values().flat_map(|online| &online.files)
    }

    pub(super) fn list(&self, uri: &str) -> Option<&CompactList> {
        self.0.get(uri).map(|online| &online.list)
    }
}

impl Edition<'_> {
    /// Every list, signed anew where something changed in it or the time has come. A country has hundreds, and a
    /// revocation changes one.
    pub(super) fn statuses(&self, bundle: &Bundle) -> Result<Statuses, PublishError> {
        let mut statuses = Statuses::default();
        for bundled in &bundle.content().status_lists {
            let online = match self.unchanged(bundled) {
                Some(online) => online.clone(),
                None => Online {
                    list: bundled.list.clone(),
                    signer: self.home.keys.issuer.public().clone(),
                    since: self.now,
                    until: self.next_update,
                    files: self.status_files(bundled)?,
                },
            };
            statuses.0.insert(bundled.uri.clone(), online);
        }
        Ok(statuses)
    }

    /// Takes the files away of lists that have left the edition: what is in them expires within a day, and no credential that
    /// is valid names them.
    pub(super) fn remove_ended(&self, bundle: &Bundle) {
        let lists = bundle.content().status_lists.iter();
        let has: BTreeSet<_> = lists.filter_map(|list| status::number(&list.uri)).collect();
        let folder = self.home.folder.join(FOLDER).join("status");
        for number in (0..has.last().copied().unwrap_or_default()).filter(|number| !has.contains(number)) {
            for ending in ["jwt", "revocation.json", "suspension.json"] {
                // Mostly it went with an edition before; and a file that stays is refused by its own date.
                let _ = fs::remove_file(folder.join(format!("{number}.{ending}")));
            }
        }
    }

    fn unchanged(&self, bundled: &BundledList) -> Option<&Online> {
        let online = self.previous?.statuses.0.get(&bundled.uri)?;
        let life = online.until.seconds_since(online.since);
        let is_young = online.until.seconds_since(self.now) > life / TAKEN_OVER_UNTIL;
        let is_same = online.list == bundled.list && online.signer == *self.home.keys.issuer.public();
        (is_young && is_same).then_some(online)
    }

    /// The files of one list.
    fn status_files(&self, bundled: &BundledList) -> Result<Vec<File>, PublishError> {
        let number = bundled.uri.rsplit('/').next().unwrap_or_default();
        let list = bundled.list.to_status_list(Bits::Two)?;
        let key = &self.home.keys.issuer;
        let mut files = Vec::new();
        // Data Integrity takes Ed25519 alone, and without it no credential points at a bitstring.
        if key.public().algorithm() == Algorithm::EdDsa {
            for purpose in [StatusPurpose::Revocation, StatusPurpose::Suspension] {
                let credential = self.bitstring(&bundled.uri, &list, &purpose, key)?;
                files.push((format!("{number}.{purpose}.json"), credential));
            }
        }
        files.push((format!("{number}.jwt"), self.token(&bundled.uri, list, key)?));
        Ok(files)
    }

    fn token(&self, uri: &str, list: StatusList, key: &Signer) -> Result<String, SignError> {
        let aggregation_uri = format!("{}/{STATUS_LISTS}", self.home.config.issuer_url());
        let token = StatusListToken {
            subject: uri.to_owned(),
            issued_at: self.now,
            expires_at: Some(self.next_update),
            ttl: u64::try_from(self.next_update.seconds_since(self.now)).ok(),
            status_list: StatusListClaim { list, aggregation_uri: Some(aggregation_uri) },
        };
        let unsigned = token.prepare(key.public().algorithm(), &short_kid(key.public()));
        let signature = key.sign(unsigned.signing_input())?;
        Ok(unsigned.finish(&signature))
    }

    fn bitstring(
        &self,
        uri: &str,
        list: &StatusList,
        purpose: &StatusPurpose,
        key: &Signer,
    ) -> Result<String, PublishError> {
        let did = self.home.config.did()?;
        let mut subject = BitstringStatusList::from_list(list, purpose.clone())?;
        // Section 2.2: in milliseconds, five minutes where nothing is said.
        let life = self.next_update.seconds_since(self.now).saturating_mul(1_000);
        subject.ttl_milliseconds = u64::try_from(life).ok();
        let credential = BitstringStatusListCredential {
            id: Some(bitstring_uri(uri, purpose)),
            issuer: did.clone(),
            valid_from: Some(self.now),
            valid_until: Some(self.next_update),
            subject,
        };
        let credential = credential.to_json();
        let method = format!("{did}#{}", multikey_kid(key.public()));
        let options = ProofOptions::assertion(&method, self.now);
        let credential = credential.as_object().cloned().unwrap_or_default();
        let unsigned = data_integrity::prepare(&credential, &options)?;
        let signature = key.sign(&unsigned.to_be_signed())?;
        Ok(Value::Object(unsigned.finish(&signature)).to_string())
    }
}
