//! `ldp_vc`: a VCDM 2.0 credential with all claims in the clear and a Data Integrity proof, for W3C peers.

use serde_json::{Map, Value, json};

use super::{CredentialType, Envelope, IssueError, issuer_did, short_kid};
use crate::data_integrity::{self, ProofOptions};
use crate::did::did_key;
use crate::keys::{Algorithm, PublicKey};
use crate::status::bitstring::{BitstringStatusListEntry, StatusPurpose, StatusSize};

/// The name under which an issuer's key stands as a Multikey, which Data Integrity asks for: its
/// [`short_kid`] names the same key as a JWK, which JOSE asks for, and one name has one form.
#[must_use]
pub fn multikey_kid(key: &PublicKey) -> String {
    multikey_name(&short_kid(key))
}

/// The name in the trust list of the key that a proof's verification method names: the trust list has each key
/// once, without the mark of its form.
#[must_use]
pub fn kid_of_multikey(method: &str) -> &str {
    method.strip_suffix(MULTIKEY).unwrap_or(method)
}

/// Marks the name of a key in its form as a Multikey.
const MULTIKEY: &str = "-multikey";

fn multikey_name(kid: &str) -> String {
    format!("{kid}{MULTIKEY}")
}

/// The URI of the Bitstring Status List Credential that tells about one purpose what the Token Status List at
/// `list` tells about all.
#[must_use]
pub fn bitstring_uri(list: &str, purpose: &StatusPurpose) -> String {
    format!("{list}/{purpose}")
}

/// The credential with its proof's options, waiting for the signature.
pub(super) fn prepare(
    credential_type: &CredentialType,
    subject: &Map<String, Value>,
    envelope: &Envelope<'_>,
) -> Result<data_integrity::Unsigned, IssueError> {
    if envelope.algorithm != Algorithm::EdDsa {
        return Err(IssueError::Algorithm { got: envelope.algorithm });
    }
    let did = issuer_did(&envelope.issuer)
        .ok_or_else(|| IssueError::Issuer { got: envelope.issuer.clone().into_owned() })?;
    let method = format!("{did}#{}", multikey_name(&envelope.kid));
    // A day and not a moment, as all dates of a credential: the time of issuance links copies.
    let options = ProofOptions {
        cryptosuite: envelope.cryptosuite,
        ..ProofOptions::assertion(&method, envelope.valid_from.start())
    };
    let contexts = credential_type.contexts(&envelope.issuer);
    Ok(data_integrity::prepare(&document(&contexts, subject, envelope, &did), &options)?)
}

fn document(
    contexts: &[String; 2],
    subject: &Map<String, Value>,
    envelope: &Envelope<'_>,
    did: &str,
) -> Map<String, Value> {
    // VCDM 2.0 section 4.8: the subject's id is what the holder proves to control, by the name that they proved it by.
    let holder = envelope.holder_did.as_deref().map_or_else(|| did_key(&envelope.holder), str::to_owned);
    let mut bound = Map::from_iter([("id".to_owned(), holder.into())]);
    bound.extend(subject.iter().map(|(name, value)| (name.clone(), value.clone())));
    let purposes = [StatusPurpose::Revocation, StatusPurpose::Suspension];
    let members = [
        ("@context", json!(contexts)),
        ("type", json!(["VerifiableCredential", envelope.type_name])),
        ("issuer", did.into()),
        ("validFrom", envelope.valid_from.start().to_string().into()),
        ("validUntil", envelope.valid_until.start().to_string().into()),
        ("credentialStatus", purposes.map(|purpose| status(envelope, purpose)).to_vec().into()),
        ("credentialSubject", bound.into()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Bitstring Status List 1.0 section 2.1.
fn status(envelope: &Envelope<'_>, purpose: StatusPurpose) -> Value {
    let entry = BitstringStatusListEntry {
        index: envelope.status.index.into(),
        list: bitstring_uri(&envelope.status.uri(&envelope.issuer), &purpose),
        purpose,
        size: StatusSize::One,
        messages: Vec::new(),
    };
    entry.to_json()
}
