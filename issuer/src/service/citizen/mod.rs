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
use axum::middleware::map_response;
use axum::routing::{get, post};

use super::Service;

pub(super) use self::ussd::Numbers;

/// The routes.
pub(super) fn routes(service: &Service) -> Router<Service> {
    let as_person = Router::new()
        .route("/citizen/v1/lock", post(lock::lock))
        .route("/citizen/v1/corrections", get(corrections::list).post(corrections::file));
    let by_telephone = Router::new().route("/ussd/{token}", post(ussd::answer));
    let by_telephone = service.timed(by_telephone).layer(map_response(ussd::on_a_screen));
    service.limited(as_person).merge(by_telephone)
}
