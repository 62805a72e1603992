//! Why a batch is not taken.

use hati_formats::json::JsonError;
use hati_formats::jws::JwsError;
use hati_formats::keys::KeyError;

use crate::register::FieldError;

/// Why a batch, or the source of one, is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The name of a feed.
    #[error(
        "the feed's name is {got}, expected 1 to {expected} small letters, digits and hyphens. Choose another"
    )]
    Name {
        /// The most characters.
        expected: usize,
        /// What came, shortened.
        got: String,
    },
    /// The key of a feed.
    #[error("the feed's key: {0}")]
    Key(#[from] KeyError),
    /// It is no JWS, or another key signed it.
    #[error("{0}. Sign the batch with the key that is registered for the feed, and send it again")]
    Jws(#[from] JwsError),
    /// It is another kind of statement.
    #[error("the header's typ is {got}, expected {expected:?}. Send batches of the change feed alone")]
    Type {
        /// The type of a batch.
        expected: &'static str,
        /// What came, shortened.
        got: String,
    },
    /// The payload is no strict JSON object.
    #[error("the payload: {0}")]
    Payload(#[from] JsonError),
    /// A member is missing, unknown or of another kind.
    #[error("the payload's member {member} has {expected}. Correct it, and sign the batch again")]
    Member {
        /// Its name.
        member: String,
        /// What is expected.
        expected: &'static str,
    },
    /// The batch names another feed.
    #[error("the batch is of the feed {got}, expected {expected:?}. Send it where that feed is taken")]
    OtherFeed {
        /// The feed whose key signed it.
        expected: String,
        /// What came, shortened.
        got: String,
    },
    /// A batch is missing, or this one was taken long ago.
    #[error("the batch has number {got}, expected {expected}. Send that one first, and each once")]
    Sequence {
        /// The number of the next batch.
        expected: u64,
        /// What came.
        got: u64,
    },
    /// Under the last number something else was taken.
    #[error("batch {sequence} was taken with another content. Send what is new as batch {}", sequence.saturating_add(1))]
    OtherContent {
        /// The number.
        sequence: u64,
    },
    /// The batch follows another one.
    #[error("the batch follows {got}, expected {expected}. Look which batch went elsewhere")]
    Previous {
        /// The digest of the last batch.
        expected: String,
        /// What came.
        got: String,
    },
    /// Too few or too many changes.
    #[error("the batch has {got} changes, expected 1 to {expected}. Cut it into several")]
    Count {
        /// The most changes.
        expected: usize,
        /// What came.
        got: usize,
    },
    /// Changes are not valid.
    #[error("{} changes are not valid, so none is made.{}", refused.len(), first(refused))]
    Changes {
        /// Each with what is wrong.
        refused: Vec<ChangeError>,
    },
}

hati_formats::error_codes!(FeedError {
    Self::Name { .. } | Self::Key(_) => "feed_refused",
    Self::Jws(JwsError::Signature(_) | JwsError::AlgorithmOfKey { .. }) => "feed_signature_invalid",
    Self::Jws(_) | Self::Type { .. } | Self::Payload(_) | Self::Member { .. } | Self::Count { .. } => "feed_malformed",
    Self::OtherFeed { .. } => "feed_unknown",
    Self::Sequence { .. } | Self::OtherContent { .. } | Self::Previous { .. } => "feed_out_of_order",
    Self::Changes { .. } => "feed_changes_refused",
});

/// A change that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ChangeError {
    /// Its place in the batch, from 0.
    pub place: usize,
    /// What is wrong, field by field.
    pub errors: Vec<FieldError>,
}

/// The first error of the first change, for a log line; programs get them all.
fn first(refused: &[ChangeError]) -> String {
    let first = refused.first().and_then(|change| Some((change.place, change.errors.first()?)));
    first.map(|(place, error)| format!(" Change {place}: {error}")).unwrap_or_default()
}
