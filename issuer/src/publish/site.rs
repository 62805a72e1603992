//! The files to publish below the issuer's URL.

use std::collections::HashMap;
use std::path::Path;

use hati_formats::credential::{CONTEXT_PATH, HATI_CONTEXT, multikey_kid, short_kid};
use hati_formats::did::{Document, KeyForm, Relationship};
use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::trust::Bundle;
use hati_program::files::{self, Access};
use serde_json::{Value, json};

use super::status::Statuses;
use super::{Edition, PublishError};
use crate::audit::Checkpoint;

pub(super) const FOLDER: &str = "public";

/// Where the URIs of all status lists are (Token Status List section 9).
pub(super) const STATUS_LISTS: &str = "status-lists";

/// RFC 9052 section 2.
pub(super) const COSE: &str = "application/cose";

/// A file to publish below the issuer's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFile {
    /// Its path below the issuer's URL, as credentials name it, without a slash before it.
    pub url: String,
    /// Its path in the folder. Status lists have an ending there: one is named as if it lay in a folder of another's name.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Edition<'_> {
    /// Every file of a bundle's edition, the bundle last: who sees it finds everything in it.
    pub(super) fn site(&self, bundle: &Bundle, statuses: &Statuses) -> Result<Vec<SiteFile>, PublishError> {
        let keys = self.issuer_keys();
        let did = did_document(&self.home.config.did()?, &keys);
        let issuer = jwt_vc_issuer(self.home.config.issuer_url(), &keys);
        let mut files = vec![
            file(".well-known/did.json", "application/json", did.to_string()),
            file(".well-known/jwt-vc-issuer", "application/json", issuer.to_string()),
            SiteFile {
                path: format!("{CONTEXT_PATH}.jsonld"),
                ..file(CONTEXT_PATH, "application/ld+json", HATI_CONTEXT)
            },
            file("trust-list", COSE, self.trust.as_bytes()),
        ];
        for document in &bundle.content().types {
            files.push(file(
                &format!("types/{}.json", document.id),
                "application/json",
                document.json.as_bytes(),
            ));
        }
        for (name, text) in statuses.files() {
            // Token Status List section 8.1; VCDM 2.0 section 6.
            let is_token = name.ends_with(".jwt");
            let media_type = if is_token { "application/statuslist+jwt" } else { "application/vc" };
            let url = name.strip_suffix(".jwt").or_else(|| name.strip_suffix(".json")).unwrap_or(name);
            let url = format!("status/{}", url.replace('.', "/"));
            files.push(SiteFile { url, ..file(&format!("status/{name}"), media_type, text.as_str()) });
        }
        // Token Status List section 9.3.
        let lists: Vec<_> = bundle.content().status_lists.iter().map(|list| list.uri.as_str()).collect();
        let lists = json!({ "status_lists": lists }).to_string();
        files.push(SiteFile {
            url: STATUS_LISTS.to_owned(),
            ..file("status-lists.json", "application/json", lists)
        });
        let home = self.home;
        if let Some(checkpoint) = Checkpoint::newest(&*home.store, self.now)? {
            let text = checkpoint.sign(home.config.issuer_url(), &home.keys.registrar)?;
            files.push(file("audit-checkpoint", "application/jwt", text));
        }
        files.push(file("bundle", COSE, bundle.as_bytes()));
        Ok(files)
    }

    /// The keys whose signatures count, or will: the one that signs first, then the one that will, then those before it.
    fn issuer_keys(&self) -> Vec<PublicKey> {
        let mut keys = self.home.keys.public().issuer;
        let listed = self.trust.issuer(self.home.config.issuer_url());
        for known in listed.iter().flat_map(|issuer| &issuer.keys) {
            if known.validity.until > self.now && !keys.contains(&known.key) {
                keys.push(known.key.clone());
            }
        }
        keys
    }

    /// Writes what is not there as it is, each file whole or not at all.
    pub(super) fn write_site(&self, files: &[SiteFile]) -> Result<(), PublishError> {
        let folder = self.home.folder.join(FOLDER);
        let before = self.previous.iter().flat_map(|previous| &previous.files);
        let before: HashMap<_, _> = before.map(|file| (file.path.as_str(), file.bytes.as_slice())).collect();
        for file in files.iter().filter(|file| before.get(file.path.as_str()) != Some(&file.bytes.as_slice()))
        {
            write(&folder, &file.path, &file.bytes)?;
        }
        Ok(())
    }
}

pub(super) fn file(path: &str, media_type: &'static str, bytes: impl Into<Vec<u8>>) -> SiteFile {
    SiteFile { url: path.to_owned(), path: path.to_owned(), media_type, bytes: bytes.into() }
}

/// Each key as a JWK, as VC-JOSE-COSE asks, and as a Multikey, as Data Integrity asks.
fn did_document(did: &str, keys: &[PublicKey]) -> Value {
    let use_of_key = [Relationship::AssertionMethod];
    let mut document = Document::new(did);
    for key in keys {
        document = document.with_key(&short_kid(key), key, KeyForm::JsonWebKey, &use_of_key);
        if key.algorithm() == Algorithm::EdDsa {
            document = document.with_key(&multikey_kid(key), key, KeyForm::Multikey, &use_of_key);
        }
    }
    Value::Object(document.to_json())
}

/// JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc section 4).
fn jwt_vc_issuer(url: &str, keys: &[PublicKey]) -> Value {
    let keys = keys.iter().map(|key| {
        let mut jwk = key.to_jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".to_owned(), short_kid(key).into());
            members.insert("use".to_owned(), "sig".into());
            members.insert("alg".to_owned(), key.algorithm().name().into());
        }
        jwk
    });
    json!({ "issuer": url, "jwks": { "keys": keys.collect::<Vec<_>>() } })
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
    let path = folder.join(name);
    let write = || {
        files::make_folder(folder, Access::Public)?;
        files::make_folder(path.parent().unwrap_or(folder), Access::Public)?;
        files::replace(&path, bytes, Access::Public)
    };
    write().map_err(|source| PublishError::Io { path: path.clone(), source })
}
