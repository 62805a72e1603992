//! A batch of another system's changes is applied: all of it, and how far the feed came, in one transaction.

use hati_store::{FeedPosition, StoreError};

use super::plan::Plan;
use super::{AmendError, Clerk};
use crate::register::days::met_another;
use crate::register::feed::{Batch, Feed, FeedError, Position, Received};

/// How often a batch is decided again because a record was amended meanwhile.
const AMENDED_MEANWHILE: u32 = 3;

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// It is not valid, or not the next one.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The register was not changed.
    #[error(transparent)]
    Amend(#[from] AmendError),
}

impl FollowError {
    /// The stable code (`spec/verdict.md`).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Feed(error) => error.code(),
            // Another batch of the feed came first.
            Self::Amend(AmendError::Store(StoreError::FeedOrder { .. })) => "feed_out_of_order",
            Self::Amend(error) => error.code(),
        }
    }
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// How far the feed came.
    pub position: Position,
    /// What became of its changes; `None` if it had been taken before.
    pub counts: Option<Counts>,
}

/// What became of the changes of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// People who are new.
    pub added: usize,
    /// Records that are others now.
    pub amended: usize,
    /// Deaths that are registered now.
    pub died: usize,
    /// Deaths that were taken back.
    pub alive: usize,
    /// Changes that wait for an officer.
    pub quarantined: usize,
    /// Deaths, and deaths taken back, of people who are not in the register: their UPIs.
    pub not_registered: Vec<String>,
    /// Copies of credentials that were revoked.
    pub revoked: u64,
}

impl Clerk<'_> {
    /// Reads, checks and applies a batch.
    ///
    /// Somebody new who looks like somebody registered waits for an officer, and so does a record whose names and birth
    /// date would both be others: that is one UPI for two people. While a row of a UPI waits, each further one waits behind
    /// it. What an officer dismissed is passed over.
    ///
    /// # Errors
    ///
    /// [`FollowError`]. Then nothing of the batch is applied.
    pub fn follow(&self, feed: &Feed, token: &str) -> Result<Followed, FollowError> {
        let mut amended = 0;
        loop {
            match self.follow_once(feed, token) {
                Err(FollowError::Amend(AmendError::Store(error)))
                    if met_another(&error) && amended < AMENDED_MEANWHILE =>
                {
                    amended += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn follow_once(&self, feed: &Feed, token: &str) -> Result<Followed, FollowError> {
        let last = self.store.feed_position(feed.name()).map_err(AmendError::from)?;
        let last = Position { sequence: last.sequence, digest: last.digest };
        let last = Some(&last).filter(|last| last.sequence > 0);
        let batch = match Batch::parse_and_verify(token, feed, last, self.rules)? {
            Received::Again(position) => return Ok(Followed { position, counts: None }),
            Received::Next(batch) => batch,
        };
        let position = batch.position();
        let mut plan = Plan::new(self, format!("feed {}, batch {}", feed.name(), position.sequence))?;
        for (place, change) in batch.into_changes().into_iter().enumerate() {
            plan.add(place, change)?;
        }
        if !plan.refused.is_empty() {
            return Err(FeedError::Changes { refused: plan.refused }.into());
        }
        let counts = plan.apply(FeedPosition {
            feed: feed.name().to_owned(),
            sequence: position.sequence,
            digest: position.digest,
        })?;
        Ok(Followed { position, counts: Some(counts) })
    }
}
