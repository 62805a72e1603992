//! What a log says of an error: never whom it concerns.

use hati_formats::json::JsonError;
use hati_program::system::NoRandomness;
use hati_store::StoreError;
use tokio::task::JoinError;

use super::EditionError;
use super::upstream::UpstreamError;
use crate::activation::ActivationError;
use crate::chronology::ChronologyError;
use crate::grants::GrantError;
use crate::home::HomeError;
use crate::keys::SignError;
use crate::publish::PublishError;
use crate::status::StatusError;
use crate::verifiers::VerifierError;

/// An error that may stand in a log. Its text may name a person; what this gives does not. Whoever logs errors of requests
/// asks for this, so that no type of error gets there before it is said what of it may.
pub(super) trait ForLog {
    /// What is wrong, without the person.
    fn for_log(&self) -> String;
}

impl ForLog for StoreError {
    fn for_log(&self) -> String {
        // Its own, which knows every variant.
        Self::for_log(self)
    }
}

impl ForLog for GrantError {
    fn for_log(&self) -> String {
        match self {
            Self::Store(error) => error.for_log(),
            Self::Refused(_) | Self::TooManyWaiting { .. } | Self::Withdrawn | Self::Damaged { .. } => {
                self.to_string()
            }
        }
    }
}

impl ForLog for StatusError {
    fn for_log(&self) -> String {
        match self {
            Self::NothingIssued { .. } | Self::Revoked { .. } => self.code().to_owned(),
            Self::Store(error) => error.for_log(),
            Self::List(error) => error.to_string(),
        }
    }
}

impl ForLog for ActivationError {
    fn for_log(&self) -> String {
        match self {
            Self::Unknown { .. } => self.code().to_owned(),
            Self::Store(error) => error.for_log(),
            Self::Days { .. } | Self::Mistyped(_) | Self::Wrong | Self::Died | Self::Locked { .. } => {
                self.to_string()
            }
        }
    }
}

impl ForLog for UpstreamError {
    fn for_log(&self) -> String {
        match self {
            // Whatever the browser brought; codes of OAuth are small letters.
            Self::Refused { error } if !error.bytes().all(|it| it.is_ascii_lowercase() || it == b'_') => {
                "the provider refused, with a code that is none".to_owned()
            }
            Self::Refused { .. }
            | Self::Unusable { .. }
            | Self::Away
            | Self::Foreign { .. }
            | Self::IdToken { .. } => self.to_string(),
        }
    }
}

impl ForLog for EditionError {
    fn for_log(&self) -> String {
        match self {
            Self::Home(error) => error.for_log(),
            Self::Publish(
                PublishError::Store(error)
                | PublishError::Status(StatusError::Store(error))
                | PublishError::Verifiers(VerifierError::Store(error)),
            ) => error.for_log(),
            Self::Publish(error) => error.to_string(),
        }
    }
}

impl ForLog for HomeError {
    fn for_log(&self) -> String {
        match self {
            Self::Store(error) => error.for_log(),
            error => error.to_string(),
        }
    }
}

impl ForLog for ChronologyError {
    fn for_log(&self) -> String {
        match self {
            Self::Store(error) => error.for_log(),
            error => error.to_string(),
        }
    }
}

impl ForLog for SignError {
    fn for_log(&self) -> String {
        self.to_string()
    }
}

impl ForLog for NoRandomness {
    fn for_log(&self) -> String {
        self.to_string()
    }
}

/// A panic's own text may hold what was worked on.
impl ForLog for JoinError {
    fn for_log(&self) -> String {
        let what = if self.is_panic() { "the work panicked" } else { "the work was given up" };
        what.to_owned()
    }
}

/// Its text may quote what was read.
impl ForLog for serde_json::Error {
    fn for_log(&self) -> String {
        format!("{:?} error in JSON at line {} column {}", self.classify(), self.line(), self.column())
    }
}

impl ForLog for JsonError {
    fn for_log(&self) -> String {
        match self {
            // What was met, such as a member that is there twice.
            Self::Invalid { .. } => "not valid JSON".to_owned(),
            Self::TooLong { .. } | Self::NotAnObject { .. } => self.to_string(),
        }
    }
}

/// Text of the program's own.
impl ForLog for &'static str {
    fn for_log(&self) -> String {
        (*self).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPI: &str = "20480163920017";

    fn named() -> [StoreError; 5] {
        let upi = || UPI.to_owned();
        [
            StoreError::UpiTaken { upi: upi() },
            StoreError::Revised { upi: upi(), expected: 1, got: 2 },
            StoreError::Withheld { upi: upi(), credential_type: "maisha-id".into() },
            StoreError::Repeated { upi: upi() },
            StoreError::IdNumberTaken { upi: upi(), of: upi() },
        ]
    }

    #[test]
    fn nothing_names_a_person() {
        let wrap: [fn(StoreError) -> Box<dyn ForLog>; 6] = [
            |error| Box::new(error),
            |error| Box::new(GrantError::Store(error)),
            |error| Box::new(StatusError::Store(error)),
            |error| Box::new(ActivationError::Store(error)),
            |error| Box::new(EditionError::Home(HomeError::Store(error))),
            |error| Box::new(EditionError::Publish(PublishError::Store(error))),
        ];
        let stores = wrap.into_iter().flat_map(|wrap| named().map(wrap));
        let upi = || UPI.to_owned();
        let json = serde_json::from_str::<u8>(&format!("\"{UPI}\"")).unwrap_err();
        assert!(json.to_string().contains(UPI));
        let others: [Box<dyn ForLog>; 5] = [
            Box::new(StatusError::NothingIssued { upi: upi(), what: "maisha-id".into() }),
            Box::new(StatusError::Revoked { upi: upi(), copies: 2 }),
            Box::new(ActivationError::Unknown { upi: upi() }),
            Box::new(UpstreamError::Refused { error: upi() }),
            Box::new(json),
        ];
        for error in stores.chain(others) {
            let said = error.for_log();
            assert!(!said.is_empty() && !said.contains(UPI), "{said}");
        }
    }

    #[test]
    fn what_names_nobody_is_told_as_it_is() {
        let store = StoreError::OldVersion { newest: 2, got: 1 };
        assert_eq!(store.for_log(), store.to_string());
        assert_eq!(
            GrantError::from(store).for_log(),
            StoreError::OldVersion { newest: 2, got: 1 }.to_string()
        );
        let refused = UpstreamError::Refused { error: "access_denied".into() };
        assert_eq!(refused.for_log(), "the provider refused: access_denied");
    }

    #[tokio::test]
    async fn a_panic_is_told_without_its_text() {
        let failed = tokio::spawn(async { panic!("{UPI}") }).await.unwrap_err();
        assert!(failed.to_string().contains(UPI));
        assert_eq!(failed.for_log(), "the work panicked");
    }
}
