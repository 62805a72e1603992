//! What the domain refuses, as a problem document: with the domain's own code and text, and a status for it.

use axum::http::{HeaderValue, StatusCode, header};
use hati_formats::credential::IssueError;
use hati_program::system::NoRandomness;
use hati_store::StoreError;
use serde_json::json;

use super::Problem;
use crate::home::HomeError;
use crate::issuance::IssuanceError;
use crate::keys::SignError;
use crate::officers::{AccountError, SignInError};
use crate::register::amend::{AmendError, FollowError};
use crate::register::feed::FeedError;
use crate::register::record::shown;
use crate::status::StatusError;
use crate::types::TypesError;
use crate::verifiers::VerifierError;

/// What went wrong here. Its text could name a person, so the log and the caller have the code alone.
fn failed(code: &'static str) -> Problem {
    tracing::error!(code, "a request failed");
    Problem::of(
        StatusCode::INTERNAL_SERVER_ERROR,
        code,
        "Something is wrong here, not with the request. Tell the operator",
    )
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::IdNumberTaken { .. } => {
                Self::of(StatusCode::CONFLICT, "id_number_taken", error.to_string())
            }
            StoreError::Revised { .. } | StoreError::UpiTaken { .. } | StoreError::Outdated { .. } => {
                Self::of(StatusCode::CONFLICT, "record_revised", error.to_string())
            }
            StoreError::Withheld { .. } => {
                Self::of(StatusCode::CONFLICT, "credential_withheld", error.to_string())
            }
            StoreError::TooManyCopies { seconds, .. } => {
                Self::of(StatusCode::TOO_MANY_REQUESTS, "too_many_copies", error.to_string())
                    .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
            }
            StoreError::Gone { .. } => {
                Self::of(StatusCode::NOT_FOUND, "nothing_to_decide", error.to_string())
            }
            // It names an entry's number, and nobody.
            StoreError::UnreadableEntry { .. } => {
                tracing::error!(%error, "a request failed");
                Self::of(StatusCode::INTERNAL_SERVER_ERROR, "audit_entry_altered", error.to_string())
            }
            _ => failed("store_failed"),
        }
    }
}

impl From<NoRandomness> for Problem {
    fn from(error: NoRandomness) -> Self {
        failed(error.code())
    }
}

impl From<SignError> for Problem {
    fn from(error: SignError) -> Self {
        failed(error.code())
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Refused => Self::of(StatusCode::UNAUTHORIZED, error.code(), error.to_string())
                .challenge(crate::service::admin::CHALLENGE),
            SignInError::Unreadable { .. } | SignInError::Store(_) => failed(error.code()),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let status = match error {
            AccountError::Unknown { .. } => StatusCode::NOT_FOUND,
            AccountError::Changed { .. } => StatusCode::CONFLICT,
            _ => return failed(error.code()),
        };
        Self::of(status, error.code(), error.to_string())
    }
}

impl From<HomeError> for Problem {
    fn from(error: HomeError) -> Self {
        match error {
            // Its own text is for whoever has the issuer's folder.
            HomeError::NotListed { ref type_id, .. } => {
                let detail = format!(
                    "The trust list does not name the type {type_id}, so no verifier would take it. Ask the operator for a new one"
                );
                Self::of(StatusCode::CONFLICT, error.code(), detail)
            }
            _ => failed(error.code()),
        }
    }
}

impl From<TypesError> for Problem {
    fn from(error: TypesError) -> Self {
        match error {
            // Likewise.
            TypesError::Unknown { ref expected, ref got } => {
                let detail =
                    format!("type: expected one of {expected}; got {}. Name one of them", shown(got));
                Self::of(StatusCode::UNPROCESSABLE_ENTITY, error.code(), detail)
            }
            _ => failed(error.code()),
        }
    }
}

impl From<AmendError> for Problem {
    fn from(error: AmendError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        let status = match error {
            AmendError::Fields { errors } => {
                return Self::of(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
                    .with("errors", json!(errors));
            }
            AmendError::Store(error) => return error.into(),
            AmendError::Source(_) => return failed(code),
            AmendError::Unknown { .. } | AmendError::NothingThere { .. } => StatusCode::NOT_FOUND,
            AmendError::Died { .. } | AmendError::Unfit { .. } | AmendError::AlreadySo { .. } => {
                StatusCode::CONFLICT
            }
            AmendError::Claim { .. } | AmendError::Text { .. } | AmendError::Lines { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
        };
        Self::of(status, code, detail)
    }
}

impl From<StatusError> for Problem {
    fn from(error: StatusError) -> Self {
        let status = match error {
            StatusError::NothingIssued { .. } => StatusCode::NOT_FOUND,
            StatusError::Revoked { .. } => StatusCode::CONFLICT,
            _ => return failed(error.code()),
        };
        Self::of(status, error.code(), error.to_string())
    }
}

impl From<IssuanceError> for Problem {
    fn from(error: IssuanceError) -> Self {
        let status = match error {
            IssuanceError::Unknown { .. } => StatusCode::NOT_FOUND,
            IssuanceError::Quarantined { .. }
            | IssuanceError::Died { .. }
            | IssuanceError::Withheld { .. } => StatusCode::CONFLICT,
            IssuanceError::Issue(IssueError::NotEntitled { .. }) => StatusCode::UNPROCESSABLE_ENTITY,
            IssuanceError::Store(error) => return error.into(),
            _ => return failed(error.code()),
        };
        Self::of(status, error.code(), error.to_string())
    }
}

impl From<VerifierError> for Problem {
    fn from(error: VerifierError) -> Self {
        let status = match error {
            VerifierError::Content(_) | VerifierError::UnknownClaim { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            VerifierError::NotInForce { .. } => StatusCode::NOT_FOUND,
            _ => return failed(error.code()),
        };
        Self::of(status, error.code(), error.to_string())
    }
}

impl From<FollowError> for Problem {
    fn from(error: FollowError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            FollowError::Amend(AmendError::Store(StoreError::FeedOrder { expected, .. }))
            | FollowError::Feed(FeedError::Sequence { expected, .. }) => {
                Self::of(StatusCode::CONFLICT, code, detail).with("expected", json!({ "sequence": expected }))
            }
            FollowError::Feed(FeedError::Previous { expected, .. }) => {
                Self::of(StatusCode::CONFLICT, code, detail).with("expected", json!({ "previous": expected }))
            }
            FollowError::Feed(FeedError::OtherContent { sequence }) => {
                let next = sequence.saturating_add(1);
                Self::of(StatusCode::CONFLICT, code, detail).with("expected", json!({ "sequence": next }))
            }
            FollowError::Feed(FeedError::Changes { refused }) => {
                Self::of(StatusCode::UNPROCESSABLE_ENTITY, code, detail).with("errors", json!(refused))
            }
            FollowError::Feed(_) => {
                let is_signed = code != "feed_signature_invalid";
                let status = if is_signed { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
                Self::of(status, code, detail)
            }
            FollowError::Amend(error) => error.into(),
        }
    }
}
