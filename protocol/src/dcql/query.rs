use hati_formats::sd_jwt::ClaimPath;
use serde_json::{Map, Value};

use super::{DcqlError, rules};

/// The most elements of any array in a query. The largest published query has 5; a claim a line on a
/// phone's screen stops being readable far below this.
pub const MAX_ITEMS: usize = 64;

/// A DCQL query that keeps every rule of OpenID4VP 1.0, section 6.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    credentials: Vec<CredentialQuery>,
    credential_sets: Vec<CredentialSetQuery>,
}

/// A request for one credential, or for several of a kind (section 6.1). An empty list stands for an absent member:
/// the standard allows no empty array in any of them.
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialQuery {
    /// Identifies the answer, and is what credential sets refer to.
    pub id: Id,
    /// Credential format identifier (Appendix B).
    pub format: String,
    /// Whether several credentials may answer.
    pub multiple: bool,
    /// What kind of credential, in the words of its format.
    pub meta: Meta,
    /// The authorities one of which has to stand behind the issuer, if any are named.
    pub trusted_authorities: Vec<TrustedAuthorities>,
    /// Whether the holder has to prove possession of the key.
    pub require_cryptographic_holder_binding: bool,
    /// The claims asked for. None: only what is disclosed always.
    pub claims: Vec<ClaimsQuery>,
    /// Alternatives among `claims`, the preferred first.
    pub claim_sets: Vec<Vec<Id>>,
}

/// What kind of credential is asked for (section 6.1, `meta`; Appendix B for each format).
#[derive(Debug, Clone, PartialEq)]
pub enum Meta {
    /// An empty object: no constraint.
    Any,
    /// `vct_values` of `dc+sd-jwt` (B.3.5).
    VctValues(Vec<String>),
    /// `type_values` of the W3C formats (B.1.1): alternatives, each a set of types that all have to be there.
    TypeValues(Vec<Vec<String>>),
    /// `doctype_value` of `mso_mdoc` (B.2.3).
    DoctypeValue(String),
    /// The object of a format this profile does not know, kept as it came.
    Other(Map<String, Value>),
}

/// Authorities or trust frameworks that certify issuers (section 6.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedAuthorities {
    /// `type`: `aki`, `etsi_tl`, `openid_federation` or another.
    pub kind: String,
    /// Any one of them suffices.
    pub values: Vec<String>,
}

/// A choice among credential queries (section 6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSetQuery {
    /// Alternatives, the preferred first; each a set of credential queries to answer together.
    pub options: Vec<Vec<Id>>,
    /// Whether the verifier cannot do without.
    pub required: bool,
}

/// A claim that is asked for (section 6.3).
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsQuery {
    /// What `claim_sets` refer to.
    pub id: Option<Id>,
    /// Claims path pointer (section 7).
    pub path: ClaimPath,
    /// The values one of which the claim has to have, if any are named.
    pub values: Vec<Expected>,
    /// `intent_to_retain` of mdoc (B.2.4).
    pub intent_to_retain: Option<bool>,
}

/// A value a claim may be asked to have: a string, an integer or a boolean (section 6.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A boolean.
    Boolean(bool),
}

/// An identifier inside a query: letters, digits, `_` and `-` (sections 6.1 and 6.3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Query {
    /// Puts a query together.
    ///
    /// # Errors
    /// The first rule of section 6 that it breaks, and where.
    pub fn new(
        credentials: Vec<CredentialQuery>,
        credential_sets: Vec<CredentialSetQuery>,
    ) -> Result<Self, DcqlError> {
        rules::check(&credentials, &credential_sets)?;
        Ok(Self { credentials, credential_sets })
    }

    /// The credential queries, at least one.
    #[must_use]
    pub fn credentials(&self) -> &[CredentialQuery] {
        &self.credentials
    }

    /// The credential set queries; none if the member is absent.
    #[must_use]
    pub fn credential_sets(&self) -> &[CredentialSetQuery] {
        &self.credential_sets
    }
}

impl CredentialQuery {
    /// A query for one credential of a format, bound to its holder, without claims: the starting point for
    /// struct update syntax.
    #[must_use]
    pub fn new(id: Id, format: &str, meta: Meta) -> Self {
        Self {
            id,
            format: format.to_owned(),
            multiple: false,
            meta,
            trusted_authorities: Vec::new(),
            require_cryptographic_holder_binding: true,
            claims: Vec::new(),
            claim_sets: Vec::new(),
        }
    }
}

impl ClaimsQuery {
    /// A claim of any value.
    #[must_use]
    pub fn new(path: ClaimPath) -> Self {
        Self { id: None, path, values: Vec::new(), intent_to_retain: None }
    }
}

impl Id {
    /// The greatest length. The standard has none; a name that a person would write stays below.
    pub const MAX_LENGTH: usize = 128;

    /// Takes an identifier.
    ///
    /// # Errors
    /// If it is empty, too long, or holds another character than sections 6.1 and 6.3 allow.
    pub fn new(text: &str) -> Result<Self, DcqlError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.bytes().all(allowed) {
            let got = text.chars().take(Self::MAX_LENGTH).collect();
            return Err(DcqlError::Id { got, limit: Self::MAX_LENGTH });
        }
        Ok(Self(text.to_owned()))
    }

    /// The id of the one credential query in a query that was a [`CompactQuery`](super::CompactQuery).
    pub(super) fn credential() -> Self {
        Self("credential".to_owned())
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
