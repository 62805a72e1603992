use crate::time::{TimeError, Timestamp};

/// Why an object is no credential or presentation of the data model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VcdmError {
    /// A member that must be there is not.
    #[error("{member} is missing: it must be {expected}")]
    Missing {
        /// The member.
        member: &'static str,
        /// What the standard asks for.
        expected: &'static str,
    },
    /// A member of another kind.
    #[error("{member} is {got}: it must be {expected}")]
    Kind {
        /// The member.
        member: &'static str,
        /// What the standard asks for.
        expected: &'static str,
        /// The kind of JSON value it is.
        got: &'static str,
    },
    /// A list or an object that must not be empty.
    #[error("{member} is empty: it must be {expected}")]
    Empty {
        /// The member.
        member: &'static str,
        /// What the standard asks for.
        expected: &'static str,
    },
    /// The first context is another one.
    #[error("the first @context is {got:?}: it must be {expected} for VCDM 2.0")]
    Context {
        /// The base context.
        expected: &'static str,
        /// What stands first.
        got: String,
    },
    /// A type that must be named is not.
    #[error("type does not name {expected}")]
    Type {
        /// The type.
        expected: &'static str,
    },
    /// A text that must be a URL is none.
    #[error("{member} is {got:?}: it must be a URL, such as https://… or did:…")]
    Url {
        /// The member.
        member: &'static str,
        /// What it holds.
        got: String,
    },
    /// A text that must be a date is none.
    #[error("{member} is no date and time with a zone: {source}")]
    Date {
        /// The member.
        member: &'static str,
        /// Why not.
        source: TimeError,
    },
    /// The period of validity ends before it starts.
    #[error("validUntil {valid_until} is before validFrom {valid_from}: there is no moment in between")]
    Period {
        /// When validity starts.
        valid_from: Timestamp,
        /// When it ends.
        valid_until: Timestamp,
    },
    /// A language value with members it must not have, or without text.
    #[error("{member} is no language value: it must have @value and may have @language and @direction")]
    Language {
        /// The member.
        member: &'static str,
    },
    /// Two related resources with one identifier.
    #[error("relatedResource lists {id:?} twice")]
    DuplicateResource {
        /// The identifier.
        id: String,
    },
    /// A related resource that cannot be checked.
    #[error("relatedResource {id:?} has no digestSRI and no digestMultibase: it could not be checked")]
    NoDigest {
        /// The identifier.
        id: String,
    },
    /// A claim that VC-JOSE-COSE 1.0 forbids.
    #[error("the payload has the claim {claim:?} of VCDM 1.1: in 2.0 the payload itself is the credential")]
    ForbiddenClaim {
        /// `vc` or `vp`.
        claim: &'static str,
    },
    /// Another media type in the header.
    #[error("header {parameter} is {got:?}: it must be {expected:?}")]
    MediaType {
        /// `typ` or `cty`.
        parameter: &'static str,
        /// The media type, without `application/`.
        expected: &'static str,
        /// What the header holds, if anything.
        got: Option<String>,
    },
    /// Two different issuers.
    #[error("iss is {iss:?} but the issuer is {issuer:?}: both must name the same issuer")]
    IssuerMismatch {
        /// The claim `iss`.
        iss: String,
        /// The credential's issuer.
        issuer: String,
    },
}
