use std::collections::BTreeMap;

use hati_formats::credential::{CONTEXTS, CredentialType, Format};
use hati_formats::keys::Algorithm;
use hati_formats::sd_jwt::{ClaimPath, PathSegment};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::display::check_locales;
use super::{ClaimDescription, Display, MESSAGE, check_claims};
use crate::message::{MessageError, non_empty, quoted, refused};

/// The cryptosuite of `ldp_vc`, which stands where the other formats have a JWS algorithm (appendix A.1.2.2).
const CRYPTOSUITE: &str = "eddsa-jcs-2022";

/// The binding methods that [`proof`](crate::openid4vci::proof) verifies.
const BINDING_METHODS: [&str; 3] = ["jwk", "did:jwk", "did:key"];

/// The id of a type's configuration in a format: `maisha-id.vc-sd-jwt`. It is also its scope.
#[must_use]
pub fn configuration_id(type_id: &str, format: Format) -> String {
    format!("{type_id}.{}", suffix(format))
}

/// Type id and format of a configuration's id.
#[must_use]
pub fn of_configuration_id(id: &str) -> Option<(&str, Format)> {
    let (type_id, ending) = id.rsplit_once('.')?;
    let format = Format::ALL.into_iter().find(|format| suffix(*format) == ending)?;
    (!type_id.is_empty()).then_some((type_id, format))
}

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
    /// The configuration of a credential type in a format, signed with `algorithms`.
    #[must_use]
    pub fn of(kind: &CredentialType, format: Format, algorithms: &[Algorithm]) -> Self {
        let names = || algorithms.iter().map(|algorithm| Value::from(algorithm.name())).collect();
        let w3c = || CredentialDefinition {
            context: CONTEXTS.map(Value::from).to_vec(),
            types: vec!["VerifiableCredential".to_owned(), kind.type_name(format).to_owned()],
        };
        let proof = ProofType {
            proof_signing_alg_values_supported: [Algorithm::EdDsa, Algorithm::Es256]
                .map(|it| it.name().to_owned())
                .to_vec(),
            key_attestations_required: None,
        };
        Self {
            format: format.media_type().to_owned(),
            scope: Some(configuration_id(&kind.id, format)),
            credential_signing_alg_values_supported: match format {
                Format::LdpVc => vec![CRYPTOSUITE.into()],
                Format::VcSdJwt | Format::DcSdJwt => names(),
            },
            cryptographic_binding_methods_supported: BINDING_METHODS.map(str::to_owned).to_vec(),
            proof_types_supported: BTreeMap::from([("jwt".to_owned(), proof)]),
            vct: (format == Format::DcSdJwt).then(|| kind.vct.clone()),
            credential_definition: (format != Format::DcSdJwt).then(w3c),
            doctype: None,
            credential_metadata: Some(CredentialMetadata {
                display: display(kind),
                claims: claims(kind, format),
            }),
        }
    }

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

const fn suffix(format: Format) -> &'static str {
    match format {
        Format::VcSdJwt => "vc-sd-jwt",
        Format::DcSdJwt => "dc-sd-jwt",
        Format::LdpVc => "ldp-vc",
    }
}

/// SD-JWT VC's display metadata say the same in other words.
fn display(kind: &CredentialType) -> Vec<Display> {
    let entries =
        kind.document().get("display").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |entry: &Value, pointer| entry.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let display = |entry| Display {
        name: text(entry, "/name"),
        locale: text(entry, "/locale"),
        description: text(entry, "/description"),
        background_color: text(entry, "/rendering/simple/background_color"),
        text_color: text(entry, "/rendering/simple/text_color"),
        ..Display::default()
    };
    entries.iter().map(display).collect()
}

fn claims(kind: &CredentialType, format: Format) -> Vec<ClaimDescription> {
    let envelope = (format != Format::DcSdJwt).then(|| PathSegment::from("credentialSubject"));
    let claims = kind.claims.iter().map(|claim| ClaimDescription {
        path: ClaimPath(envelope.iter().cloned().chain(claim.claim_path().0).collect()),
        // A claim with a required value is in every credential that is issued.
        mandatory: claim.required.is_some(),
        display: claim.labels.iter().map(|(locale, label)| label_in(locale, label)).collect(),
    });
    claims.collect()
}

fn label_in(locale: &str, label: &str) -> Display {
    Display { name: Some(label.to_owned()), locale: Some(locale.to_owned()), ..Display::default() }
}
