/// As much of a received text as an error repeats.
const ENOUGH_TO_RECOGNISE: usize = 64;

/// Why a document has no canonical RDF that could be signed or checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RdfcError {
    /// `@context` is no list of URLs.
    #[error(
        "the @context has {got}, but only URLs are accepted: a context in the document could give its terms any meaning"
    )]
    InlineContext {
        /// The kind of value.
        got: &'static str,
    },
    /// Another context comes first, or none.
    #[error("the first @context must be {expected}, got {got:?}")]
    FirstContext {
        /// VCDM 2.0's.
        expected: &'static str,
        /// What came first.
        got: String,
    },
    /// A context that is not bundled.
    #[error(
        "the context {got:?} is not known here, and none is fetched: ask for a credential with eddsa-jcs-2022"
    )]
    UnknownContext {
        /// Its URL.
        got: String,
    },
    /// A term that no context defines, or a reference that is relative.
    #[error("no context defines {got:?}, so no signature would cover it: define it, or leave it out")]
    Undefined {
        /// The term.
        got: String,
    },
    /// A member that JSON-LD drops, or that could be written in another way under the same signature.
    #[error("the member {member:?} has {got}, which this signature could not hold to its form: leave it out")]
    Form {
        /// The member's name.
        member: String,
        /// What is wrong with it.
        got: &'static str,
    },
    /// Too much of something.
    #[error("the document has {got} {what}; at most {limit} are accepted")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many.
        got: usize,
        /// The most that is accepted.
        limit: usize,
    },
    /// What the JSON states and what the RDF states differ in number.
    #[error(
        "the document makes {expected} statements, of which {got} would be signed: one is made twice, or has no form in RDF"
    )]
    Statements {
        /// As counted in the JSON.
        expected: usize,
        /// As counted in the RDF.
        got: usize,
    },
    /// The JSON-LD processor's own refusal.
    #[error("not valid JSON-LD: {reason}")]
    JsonLd {
        /// What it met.
        reason: String,
    },
}

pub(super) fn shown(text: &str) -> String {
    text.chars().take(ENOUGH_TO_RECOGNISE).collect()
}
