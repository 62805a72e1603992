//! From a credential type of ours to what the metadata say of it.

use std::collections::BTreeMap;

use hati_formats::credential::{CONTEXTS, CredentialType, Format};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::keys::Algorithm;
use hati_formats::sd_jwt::{ClaimPath, PathSegment};
use serde_json::Value;

use super::{
    ClaimDescription, CredentialConfiguration, CredentialDefinition, CredentialMetadata, Display, ProofType,
};

/// What a credential is bound to (section 12.2.4): a key as it is, or the DID that its proof names it by. A
/// [`proof`](crate::openid4vci::proof) may name its key in any of these ways for every format.
const fn binding_methods(format: Format) -> &'static [&'static str] {
    match format {
        Format::VcSdJwt | Format::DcSdJwt => &["jwk"],
        Format::LdpVc => &["did:key", "did:jwk"],
    }
}

/// How the credentials of a configuration are secured. A wallet names a configuration and nothing more (section 8.2), so each
/// has one format and, in `ldp_vc`, one cryptosuite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Securing {
    /// The format.
    pub format: Format,
    /// The cryptosuite of `ldp_vc`; of no meaning in the other formats.
    pub cryptosuite: Cryptosuite,
}

impl Securing {
    /// Each way there is in this build.
    pub fn all() -> impl Iterator<Item = Self> {
        Format::ALL.into_iter().flat_map(|format| {
            let suites =
                if format == Format::LdpVc { Cryptosuite::ALL } else { &[Cryptosuite::EddsaJcs2022] };
            suites.iter().map(move |cryptosuite| Self { format, cryptosuite: *cryptosuite })
        })
    }
}

impl From<Format> for Securing {
    fn from(format: Format) -> Self {
        Self { format, cryptosuite: Cryptosuite::default() }
    }
}

/// The id of a type's configuration: `maisha-id.vc-sd-jwt`, or `maisha-id.ldp-vc-rdfc` for the second cryptosuite. It is also
/// its scope.
#[must_use]
pub fn configuration_id(type_id: &str, securing: impl Into<Securing>) -> String {
    format!("{type_id}.{}", suffix(securing.into()))
}

/// Type id and securing of a configuration's id.
#[must_use]
pub fn of_configuration_id(id: &str) -> Option<(&str, Securing)> {
    let (type_id, ending) = id.rsplit_once('.')?;
    let securing = Securing::all().find(|securing| suffix(*securing) == ending)?;
    (!type_id.is_empty()).then_some((type_id, securing))
}

impl CredentialConfiguration {
    /// The configuration of a credential type that is secured in a way, signed with `algorithms` by the issuer at a URL.
    #[must_use]
    pub fn of(
        kind: &CredentialType,
        securing: impl Into<Securing>,
        algorithms: &[Algorithm],
        issuer: &str,
    ) -> Self {
        let securing = securing.into();
        let format = securing.format;
        let names = || algorithms.iter().map(|algorithm| Value::from(algorithm.name())).collect();
        let w3c = || CredentialDefinition {
            context: match format {
                Format::LdpVc => kind.contexts(issuer).map(Value::from).to_vec(),
                Format::VcSdJwt | Format::DcSdJwt => CONTEXTS.map(Value::from).to_vec(),
            },
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
            scope: Some(configuration_id(&kind.id, securing)),
            credential_signing_alg_values_supported: match format {
                // Appendix A.1.2.2: the cryptosuite stands where the other formats have a JWS algorithm.
                Format::LdpVc => vec![securing.cryptosuite.name().into()],
                Format::VcSdJwt | Format::DcSdJwt => names(),
            },
            cryptographic_binding_methods_supported: binding_methods(format)
                .iter()
                .map(|method| (*method).to_owned())
                .collect(),
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
}

fn suffix(Securing { format, cryptosuite }: Securing) -> String {
    match format {
        Format::VcSdJwt => "vc-sd-jwt".to_owned(),
        Format::DcSdJwt => "dc-sd-jwt".to_owned(),
        Format::LdpVc if cryptosuite == Cryptosuite::default() => "ldp-vc".to_owned(),
        Format::LdpVc => format!("ldp-vc-{}", cryptosuite.canonicalization()),
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
