//! The subset of DCQL that one credential can answer and a QR code can hold (`spec/dcql.md`).

use hati_formats::credential::{CredentialType, Format};
use hati_formats::names;
use hati_formats::qr::request::TypeId;
use hati_formats::sd_jwt::{ClaimPath, PathSegment};

use super::{ClaimsQuery, CredentialQuery, DcqlError, Id, Meta, Query, VERIFIABLE_CREDENTIAL, expanded_type};

/// Where the claims about the person stand in a W3C credential (VCDM 2.0, 4.8).
const CREDENTIAL_SUBJECT: &str = "credentialSubject";

/// A type of credential and claims of it: all that a QR request says about what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactQuery {
    /// Which credential type.
    pub credential_type: TypeId,
    /// The claims, without the envelope: `given_name`, `age_equal_or_over.18`.
    pub claims: Vec<names::ClaimPath>,
}

/// What in a query a QR request cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompactError {
    /// Not exactly one credential query.
    #[error("a QR request asks for one credential; the query asks for {got}")]
    Credentials {
        /// How many there are.
        got: usize,
    },
    /// A member that has no place in the subset.
    #[error("a QR request cannot say `{member}`; ask online (OpenID4VP), or leave it out")]
    Member {
        /// The member of the credential query, or `credential_sets`.
        member: &'static str,
    },
    /// A format other than the two SD-JWT envelopes.
    #[error("a QR request asks for `vc+sd-jwt` or `dc+sd-jwt`, not for `{got}`")]
    Format {
        /// The format that is asked for.
        got: String,
    },
    /// `meta` does not name exactly one known type.
    #[error(
        "a QR request names one known type of credential; `meta` of the query names none, several, or another"
    )]
    Type,
    /// A path that is not names below the envelope.
    #[error(
        "a QR request cannot ask for `{path}`: a claim is names only, and below `credentialSubject` in `vc+sd-jwt`"
    )]
    Path {
        /// The path in the query.
        path: ClaimPath,
    },
    /// No claims.
    #[error("a QR request asks for at least one claim")]
    NoClaims,
}

impl CompactQuery {
    /// The full query, for a wallet or a peer that speaks OpenID4VP. `kind` is the type that
    /// [`credential_type`](Self::credential_type) names.
    ///
    /// # Errors
    /// [`DcqlError::TooMany`] beyond [`MAX_ITEMS`](super::MAX_ITEMS) claims.
    pub fn to_dcql(&self, format: Format, kind: &CredentialType) -> Result<Query, DcqlError> {
        Query::new(vec![self.credential_query(format, kind)], Vec::new())
    }

    /// The one credential query of [`to_dcql`](Self::to_dcql).
    pub(crate) fn credential_query(&self, format: Format, kind: &CredentialType) -> CredentialQuery {
        let meta = match format {
            Format::DcSdJwt => Meta::VctValues(vec![kind.vct.clone()]),
            // B.1.1: "the fully expanded types (IRIs)".
            Format::VcSdJwt | Format::LdpVc => {
                Meta::TypeValues(vec![vec![expanded_type(&kind.vc_type).into_owned()]])
            }
        };
        let claims = self.paths(format).into_iter().map(ClaimsQuery::new).collect();
        CredentialQuery { claims, ..CredentialQuery::new(Id::credential(), format.media_type(), meta) }
    }

    /// The claims as paths of a credential of `format`.
    #[must_use]
    pub fn paths(&self, format: Format) -> Vec<ClaimPath> {
        let envelope = envelope(format).into_iter();
        let path = |claim: &names::ClaimPath| ClaimPath::names(envelope.clone().chain(claim.segments()));
        self.claims.iter().map(path).collect()
    }

    /// The compact form of a query, if it has one. `types` are the types this side knows.
    ///
    /// # Errors
    /// What cannot be said in a QR code.
    pub fn from_dcql(query: &Query, types: &[CredentialType]) -> Result<Self, CompactError> {
        let [credential] = query.credentials() else {
            return Err(CompactError::Credentials { got: query.credentials().len() });
        };
        if !query.credential_sets().is_empty() {
            return Err(CompactError::Member { member: "credential_sets" });
        }
        if let Some(member) = inexpressible(credential) {
            return Err(CompactError::Member { member });
        }
        let format = Format::from_media_type(&credential.format)
            .filter(|format| matches!(format, Format::VcSdJwt | Format::DcSdJwt))
            .ok_or_else(|| CompactError::Format { got: credential.format.clone() })?;
        let kind = types.iter().find(|kind| means(&credential.meta, kind)).ok_or(CompactError::Type)?;
        let credential_type = TypeId::parse(&kind.id).map_err(|_| CompactError::Type)?;
        let mut claims = Vec::new();
        for claim in &credential.claims {
            let path =
                strip(&claim.path, format).ok_or_else(|| CompactError::Path { path: claim.path.clone() })?;
            // Section 6.1: "Wallets SHOULD ignore such duplicate claim queries".
            if !claims.contains(&path) {
                claims.push(path);
            }
        }
        if claims.is_empty() {
            return Err(CompactError::NoClaims);
        }
        Ok(Self { credential_type, claims })
    }
}

/// The member that the claims about the person stand in, if they stand in one.
pub(crate) fn envelope(format: Format) -> Option<&'static str> {
    (format != Format::DcSdJwt).then_some(CREDENTIAL_SUBJECT)
}

/// Whether `meta` asks for this type and for nothing more. The base type that every W3C credential has adds nothing.
fn means(meta: &Meta, kind: &CredentialType) -> bool {
    let is_base = |name: &str| expanded_type(name) == expanded_type(VERIFIABLE_CREDENTIAL);
    let is_kind = |name: &str| expanded_type(name) == expanded_type(&kind.vc_type);
    match meta {
        Meta::VctValues(values) => matches!(values.as_slice(), [value] if *value == kind.vct),
        Meta::TypeValues(values) => match values.as_slice() {
            [set] => {
                set.iter().any(|name| is_kind(name)) && set.iter().all(|name| is_kind(name) || is_base(name))
            }
            _ => false,
        },
        Meta::Any | Meta::DoctypeValue(_) | Meta::Other(_) => false,
    }
}

fn inexpressible(credential: &CredentialQuery) -> Option<&'static str> {
    let with_values = credential.claims.iter().any(|claim| !claim.values.is_empty());
    [
        ("multiple", credential.multiple),
        ("trusted_authorities", !credential.trusted_authorities.is_empty()),
        ("require_cryptographic_holder_binding", !credential.require_cryptographic_holder_binding),
        ("claim_sets", !credential.claim_sets.is_empty()),
        ("values", with_values),
    ]
    .into_iter()
    .find_map(|(member, used)| used.then_some(member))
}

fn strip(path: &ClaimPath, format: Format) -> Option<names::ClaimPath> {
    let ClaimPath(segments) = path;
    let name = |segment: &PathSegment| match segment {
        PathSegment::Name(name) if !name.contains('.') => Some(name.clone()),
        _ => None,
    };
    let names = segments.iter().map(name).collect::<Option<Vec<_>>>()?;
    let inside = match names.split_first() {
        Some((first, inside)) if format != Format::DcSdJwt => {
            (first == CREDENTIAL_SUBJECT).then_some(inside)?
        }
        _ => &names,
    };
    names::ClaimPath::parse(&inside.join(".")).ok()
}
