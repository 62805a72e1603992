//! What the database answers, sorted by what can be done about it.

use std::error::Error;
use std::fmt;

use postgres::error::SqlState;

use crate::StoreError;

/// Why a transaction did not come to its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// The store's own refusal: it stands.
    Refused(StoreError),
    /// The database's.
    Database(postgres::Error),
    /// The transaction never began.
    NotBegun(postgres::Error),
}

impl Failure {
    /// Whether the same transaction may well succeed when it is run again: it met another one, and the database
    /// has undone it.
    pub(super) fn met_another(&self) -> bool {
        let Self::Database(error) = self else { return false };
        matches!(error.code(), Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)))
    }

    pub(super) fn into_error(self, action: &'static str, place: &str) -> StoreError {
        let place = place.to_owned();
        let error = match self {
            Self::Refused(error) => return error,
            Self::NotBegun(error) => {
                return StoreError::Unreachable { place, source: Box::new(Answer(error)) };
            }
            Self::Database(error) => error,
        };
        if is_lost(&error) {
            return StoreError::ConnectionLost { action, place, source: Box::new(Answer(error)) };
        }
        StoreError::Backend { action, place, source: Box::new(Answer(error)) }
    }
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

/// What the database or the way to it said, causes included; but not the details, which name the values of a
/// row, and so may name a person.
pub(super) struct Answer(pub(super) postgres::Error);

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(answer) = self.0.as_db_error() {
            return write!(f, "{} (SQLSTATE {})", answer.message(), answer.code().code());
        }
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Answer {}

/// The connection broke, or the server said that it ends it (PostgreSQL, appendix A, classes 08 and 57P).
fn is_lost(error: &postgres::Error) -> bool {
    match error.code() {
        Some(state) => state.code().starts_with("08") || state.code().starts_with("57P"),
        None => error.is_closed() || error.source().is_some_and(|it| it.is::<std::io::Error>()),
    }
}
