//! The subset of DCQL that one credential can answer and a QR code can hold (`spec/dcql.md`).

use hati_formats::names;
use hati_formats::sd_jwt::{ClaimPath, PathSegment};

use super::rules::is_w3c;
use super::{ClaimsQuery, CredentialQuery, DC_SD_JWT, DcqlError, Id, Meta, Query, VC_SD_JWT};

/// Where the claims about the person stand in a W3C credential (VCDM 2.0, 4.8).
const CREDENTIAL_SUBJECT: &str = "credentialSubject";

/// The id of the one credential query that [`CompactQuery::to_dcql`] writes.
const CREDENTIAL_ID: &str = "credential";

/// A type of credential and claims of it: all that a QR request says about what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactQuery {
    /// Id of the credential type, such as `maisha-id`.
    pub credential_type: String,
    /// The claims, without the envelope: `given_name`, `age_equal_or_over.18`.
    pub claims: Vec<names::ClaimPath>,
}

/// What a credential type is called in each envelope, as its Type Metadata says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeNames {
    /// The id in this profile, such as `maisha-id`.
    pub id: String,
    /// `vct` in `dc+sd-jwt`.
    pub vct: String,
    /// `type` in `vc+sd-jwt`, each as it stands after JSON-LD expansion.
    pub types: Vec<String>,
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
    /// The full query, for a wallet or a peer that speaks OpenID4VP.
    ///
    /// # Errors
    /// [`DcqlError::TooMany`] beyond [`MAX_ITEMS`](super::MAX_ITEMS) claims; [`DcqlError::MetaFormat`] for a format other than
    /// `vc+sd-jwt` and `dc+sd-jwt`.
    pub fn to_dcql(&self, format: &str, names: &TypeNames) -> Result<Query, DcqlError> {
        let meta = if format == VC_SD_JWT {
            Meta::TypeValues(vec![names.types.clone()])
        } else {
            Meta::VctValues(vec![names.vct.clone()])
        };
        let claims = self.paths(format).into_iter().map(ClaimsQuery::new).collect();
        let id = Id::new(CREDENTIAL_ID)?;
        Query::new(vec![CredentialQuery { claims, ..CredentialQuery::new(id, format, meta) }], Vec::new())
    }

    /// The claims as paths of a credential of `format`.
    #[must_use]
    pub fn paths(&self, format: &str) -> Vec<ClaimPath> {
        let envelope = is_w3c(format).then_some(CREDENTIAL_SUBJECT);
        self.claims
            .iter()
            .map(|claim| ClaimPath::names(envelope.into_iter().chain(claim.segments())))
            .collect()
    }

    /// The compact form of a query, if it has one. `types` are the types this side knows.
    ///
    /// # Errors
    /// What cannot be said in a QR code.
    pub fn from_dcql(query: &Query, types: &[TypeNames]) -> Result<Self, CompactError> {
        let [credential] = query.credentials() else {
            return Err(CompactError::Credentials { got: query.credentials().len() });
        };
        if !query.credential_sets().is_empty() {
            return Err(CompactError::Member { member: "credential_sets" });
        }
        if let Some(member) = inexpressible(credential) {
            return Err(CompactError::Member { member });
        }
        if !matches!(credential.format.as_str(), VC_SD_JWT | DC_SD_JWT) {
            return Err(CompactError::Format { got: credential.format.clone() });
        }
        let named =
            types.iter().find(|names| names.are_meant_by(&credential.meta)).ok_or(CompactError::Type)?;
        let mut claims = Vec::new();
        for claim in &credential.claims {
            let path = strip(&claim.path, &credential.format)
                .ok_or_else(|| CompactError::Path { path: claim.path.clone() })?;
            // Section 6.1: "Wallets SHOULD ignore such duplicate claim queries".
            if !claims.contains(&path) {
                claims.push(path);
            }
        }
        if claims.is_empty() {
            return Err(CompactError::NoClaims);
        }
        Ok(Self { credential_type: named.id.clone(), claims })
    }
}

impl TypeNames {
    fn are_meant_by(&self, meta: &Meta) -> bool {
        match meta {
            Meta::VctValues(values) => matches!(values.as_slice(), [value] if *value == self.vct),
            Meta::TypeValues(values) => match values.as_slice() {
                [set] => {
                    self.types.iter().all(|one| set.contains(one))
                        && set.iter().all(|one| self.types.contains(one))
                }
                _ => false,
            },
            Meta::Any | Meta::DoctypeValue(_) | Meta::Other(_) => false,
        }
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

fn strip(path: &ClaimPath, format: &str) -> Option<names::ClaimPath> {
    let ClaimPath(segments) = path;
    let name = |segment: &PathSegment| match segment {
        PathSegment::Name(name) if !name.contains('.') => Some(name.clone()),
        _ => None,
    };
    let names = segments.iter().map(name).collect::<Option<Vec<_>>>()?;
    let inside = match names.split_first() {
        Some((first, inside)) if format == VC_SD_JWT => (first == CREDENTIAL_SUBJECT).then_some(inside)?,
        _ => &names,
    };
    names::ClaimPath::parse(&inside.join(".")).ok()
}
