//! What a person does about their own record, without an officer and without the phone they lost.
//!
//! - `/citizen/v1/`: for programs, as the person, who shows UPI and activation code (HTTP Basic, RFC 7617).
//! - `/ussd/TOKEN`: any telephone, through an aggregator's USSD.
//!
//! A person can lock their credentials; only an officer unlocks them, who sees the person.

mod corrections;
mod lock;
mod person;
mod ussd;

use axum::Router;
use axum::routing::{get, post};

use super::Service;

pub(super) use self::ussd::Numbers;

/// The routes.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/citizen/v1/lock", post(lock::lock))
        .route("/citizen/v1/corrections", get(corrections::list).post(corrections::file))
        .route("/ussd/{token}", post(ussd::answer))
}
