//! The files to publish below the issuer's URL.

use std::path::Path;

use hati_formats::credential::{multikey_kid, short_kid};
use hati_formats::did::{Document, KeyForm, Relationship};
use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::trust::Bundle;
use hati_program::files::{self, Access};
use serde_json::{Value, json};

use super::{Edition, PublishError};

const FOLDER: &str = "public";

impl Edition<'_> {
    /// Writes every file anew, each whole or not at all.
    pub(super) fn write_site(&self, bundle: &Bundle) -> Result<(), PublishError> {
        let folder = self.home.folder.join(FOLDER);
        let key = self.home.keys.issuer.public();
        let did = did_document(&self.home.config.did()?, key);
        write(&folder, ".well-known/did.json", did.to_string().as_bytes())?;
        let issuer = jwt_vc_issuer(self.home.config.issuer_url(), key);
        write(&folder, ".well-known/jwt-vc-issuer", issuer.to_string().as_bytes())?;
        write(&folder, "trust-list", self.trust.as_bytes())?;
        for document in &bundle.content().types {
            write(&folder, &format!("types/{}.json", document.id), document.json.as_bytes())?;
        }
        for list in &bundle.content().status_lists {
            for (name, text) in self.status_files(list)? {
                write(&folder, &format!("status/{name}"), text.as_bytes())?;
            }
        }
        // Last: who sees the new bundle finds everything in it.
        write(&folder, "bundle", bundle.as_bytes())
    }
}

/// The key as a JWK, as VC-JOSE-COSE asks, and as a Multikey, as Data Integrity asks.
fn did_document(did: &str, key: &PublicKey) -> Value {
    let use_of_key = [Relationship::AssertionMethod];
    let mut document = Document::new(did).with_key(&short_kid(key), key, KeyForm::JsonWebKey, &use_of_key);
    if key.algorithm() == Algorithm::EdDsa {
        document = document.with_key(&multikey_kid(key), key, KeyForm::Multikey, &use_of_key);
    }
    Value::Object(document.to_json())
}

/// JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc section 4).
fn jwt_vc_issuer(url: &str, key: &PublicKey) -> Value {
    let mut jwk = key.to_jwk();
    if let Some(members) = jwk.as_object_mut() {
        members.insert("kid".to_owned(), short_kid(key).into());
        members.insert("use".to_owned(), "sig".into());
        members.insert("alg".to_owned(), key.algorithm().name().into());
    }
    json!({ "issuer": url, "jwks": { "keys": [jwk] } })
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
