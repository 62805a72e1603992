use hati_formats::json::JsonError;

/// Why a JSON text is not a DCQL query. Every place is written as in `credentials[0].claims[2].path`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DcqlError {
    /// Not strict JSON.
    #[error("the query is not strict JSON: {0}")]
    Json(#[from] JsonError),
    /// A required member is absent.
    #[error("{at} is missing; OpenID4VP 1.0 section 6 requires it")]
    Missing {
        /// Where it was expected.
        at: String,
    },
    /// A value of another type.
    #[error("{at} has to be {expected}, but is {got}")]
    Type {
        /// Where the value stands.
        at: String,
        /// What the standard asks for.
        expected: &'static str,
        /// What stands there.
        got: &'static str,
    },
    /// An array or a text without content, where the standard asks for at least one.
    #[error("{at} is empty; give at least one element or leave the member out")]
    Empty {
        /// Where it stands.
        at: String,
    },
    /// More elements than any honest query needs.
    #[error("{at} has {got} elements; at most {limit} are accepted")]
    TooMany {
        /// Where the array stands.
        at: String,
        /// The bound.
        limit: usize,
        /// What came.
        got: usize,
    },
    /// An identifier outside of the allowed characters.
    #[error("the identifier {got:?} may hold only letters, digits, `_` and `-`, and at most {limit} of them")]
    Id {
        /// The identifier.
        got: String,
        /// The greatest length.
        limit: usize,
    },
    /// The same identifier twice.
    #[error("{at}: the identifier `{id}` is used twice; each has to be unique")]
    DuplicateId {
        /// The array with the second use.
        at: String,
        /// The identifier.
        id: String,
    },
    /// A reference to nothing.
    #[error("{at} names `{id}`, which no element carries as its id")]
    UnknownId {
        /// Where the reference stands.
        at: String,
        /// The identifier.
        id: String,
    },
    /// `claim_sets` choose among `claims`, so they need them.
    #[error("{at} is given without `claims`; list the claims it chooses from")]
    ClaimSetsWithoutClaims {
        /// Where `claim_sets` stands.
        at: String,
    },
    /// `claim_sets` refer to claims by id.
    #[error("{at} needs an id, because `claim_sets` is present")]
    ClaimWithoutId {
        /// The claim.
        at: String,
    },
    /// A claims path pointer that cannot point into this format.
    #[error("{at}: a path into an mdoc is exactly a namespace and a data element")]
    MdocPath {
        /// Where the path stands.
        at: String,
    },
    /// `meta` of another format than the credential query's.
    #[error("{at} does not belong to the format `{format}`")]
    MetaFormat {
        /// Where `meta` stands.
        at: String,
        /// The format of the credential query.
        format: String,
    },
}
