//! Locking one's own credentials.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hati_store::{Change, Changed};
use serde_json::json;

use super::person::failed;
use crate::actor::Actor;
use crate::service::{Problem, Service, json};
use crate::status::{StatusError, StatusOrder, change};

const UNLOCK: &str =
    "No telephone of yours gets an ID until an officer at a service centre unlocks: go there in person";

/// `POST /citizen/v1/lock` with an empty JSON object: every credential of the person is suspended, and none is issued.
pub(super) async fn lock(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> Response {
    let locked = service.attempt(move |service| {
        json::object_of(&headers, &body, &[])?;
        let citizen = service.citizen(&headers)?;
        let Changed { changed, unchanged, .. } =
            service.lock(citizen.upi(), &Actor::Citizen).map_err(problem)?;
        Ok(json!({ "locked": changed, "already_locked": unchanged, "unlock": UNLOCK }))
    });
    match locked.await {
        Err(problem) => problem.into_response(),
        Ok(answer) => json::answer(StatusCode::OK, &answer),
    }
}

impl Service {
    /// Suspends every credential of a person, withholds new ones, and has that published at once.
    pub(super) fn lock(&self, upi: &str, actor: &Actor) -> Result<Changed, StatusError> {
        let order = StatusOrder {
            upi,
            credential_type: None,
            types: &[],
            change: Change::Suspend,
            actor,
            now: self.now(),
        };
        let changed = change(&*self.0.home.store, order)?;
        self.announce();
        Ok(changed)
    }
}

fn problem(error: StatusError) -> Problem {
    match error {
        StatusError::NothingIssued { .. } => {
            Problem::new(StatusCode::NOT_FOUND, "No ID was ever issued to you, so there is none to lock")
        }
        StatusError::Revoked { .. } => {
            Problem::new(StatusCode::CONFLICT, "Every ID of yours is revoked, so there is none to lock")
        }
        other => failed(other),
    }
}
