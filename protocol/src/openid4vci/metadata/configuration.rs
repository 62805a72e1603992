use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::display::check_locales;
use super::{ClaimDescription, Display, MESSAGE, check_claims};
use crate::message::{MessageError, non_empty, quoted, refused};

/// One credential in one format (section 12.2.4 and appendix A).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialConfiguration {
    /// Its format.
    pub format: String,
    /// The scope that asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What the issuer signs with: names, or COSE's numbers in `mso_mdoc`.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub credential_signing_alg_values_supported: Vec<Value>,
    /// How keys are named; none means that copies are not bound to a key.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub cryptographic_binding_methods_supported: Vec<String>,
    /// Which proofs are verified.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub proof_types_supported: BTreeMap<String, ProofType>,
    /// The type of an SD-JWT VC (appendix A.3.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vct: Option<String>,
    /// The type of a W3C credential (appendix A.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_definition: Option<CredentialDefinition>,
    /// The type of an mdoc (appendix A.2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doctype: Option<String>,
    /// How it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_metadata: Option<CredentialMetadata>,
}

/// How keys are proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofType {
    /// The algorithms.
    #[serde(deserialize_with = "non_empty")]
    pub proof_signing_alg_values_supported: Vec<String>,
    /// Present where a key attestation is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_attestations_required: Option<KeyAttestations>,
}

/// What a key attestation has to attest (appendix D.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAttestations {
    /// How the key is stored.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub key_storage: Vec<String>,
    /// How the person is authenticated.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub user_authentication: Vec<String>,
}

/// The type of a W3C credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialDefinition {
    /// The contexts.
    #[serde(
        rename = "@context",
        default,
        deserialize_with = "non_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub context: Vec<Value>,
    /// The types.
    #[serde(rename = "type", deserialize_with = "non_empty")]
    pub types: Vec<String>,
}

/// How a credential is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialMetadata {
    /// Name and colours, by language.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<Display>,
    /// The claims, in the order in which they are shown.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimDescription>,
}

impl CredentialConfiguration {
    /// What each format has to say (appendix A), and that nothing is said twice. `vc+sd-jwt`, which OpenID4VCI leaves to
    /// profiles, follows A.1.3.
    pub(super) fn check(&self) -> Result<(), MessageError> {
        let missing = |member, expected| {
            Err(refused(MESSAGE, member, expected, format!("none for {}", quoted(&self.format))))
        };
        let definition = self.credential_definition.as_ref();
        match self.format.as_str() {
            "dc+sd-jwt" if self.vct.is_none() => missing("vct", "the type of an SD-JWT VC"),
            "mso_mdoc" if self.doctype.is_none() => missing("doctype", "the type of an mdoc"),
            "vc+sd-jwt" | "jwt_vc_json" if definition.is_none() => {
                missing("credential_definition", "an object with `type`")
            }
            "ldp_vc" | "jwt_vc_json-ld" if definition.is_none_or(|it| it.context.is_empty()) => {
                missing("credential_definition", "an object with `@context` and `type`")
            }
            _ => match &self.credential_metadata {
                Some(metadata) => {
                    check_locales(MESSAGE, &metadata.display)?;
                    check_claims(&metadata.claims)
                }
                None => Ok(()),
            },
        }
    }
}
