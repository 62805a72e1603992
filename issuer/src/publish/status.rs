//! The status lists as they go online: one Status List Token each, and Bitstring Status List Credentials from the
//! same bits.

use hati_formats::credential::{bitstring_uri, multikey_kid, short_kid};
use hati_formats::data_integrity::{self, ProofOptions};
use hati_formats::keys::Algorithm;
use hati_formats::status::bitstring::{BitstringStatusList, BitstringStatusListCredential, StatusPurpose};
use hati_formats::status::claim::StatusListClaim;
use hati_formats::status::token::StatusListToken;
use hati_formats::status::{Bits, StatusList};
use hati_formats::trust::BundledList;
use serde_json::Value;

use super::{Edition, PublishError};
use crate::keys::{SignError, Signer};

/// A file's name below `status/`, and what is in it.
pub(super) type File = (String, String);

impl Edition<'_> {
    /// The files of one list.
    pub(super) fn status_files(&self, bundled: &BundledList) -> Result<Vec<File>, PublishError> {
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
        let token = StatusListToken {
            subject: uri.to_owned(),
            issued_at: self.now,
            expires_at: Some(self.next_update),
            ttl: u64::try_from(self.next_update.seconds_since(self.now)).ok(),
            status_list: StatusListClaim { list, aggregation_uri: None },
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
        let credential = BitstringStatusListCredential {
            id: Some(bitstring_uri(uri, purpose)),
            issuer: did.clone(),
            valid_from: Some(self.now),
            valid_until: Some(self.next_update),
            subject: BitstringStatusList::from_list(list, purpose.clone())?,
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
