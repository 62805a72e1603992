//! The deferred credential endpoint (OpenID4VCI 1.0 section 9).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hati_protocol::oauth::ErrorResponse;
use hati_protocol::openid4vci::{CredentialErrorCode, CredentialResponse, DeferredRequest};

use super::super::Service;
use super::access::{Caller, used_proof};
use super::body::Body;
use super::credential::INTERVAL;
use super::encryption::Recipient;
use super::issue::{Outcome, Wanted, denied, issue, respond};
use super::{Answer, DEFERRED, Refusal};
use crate::grants::Transaction;

pub(super) async fn deferred(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> Response {
    service.handle(move |service| answer(service, &headers, &body)).await
}

fn answer(service: &Service, headers: &HeaderMap, bytes: &Bytes) -> Answer {
    let caller = Caller::of(service, headers, DEFERRED)?;
    let body = Body::read(headers, bytes, &service.0.vci.encryption)?;
    let request = DeferredRequest::parse(&body.json)?;
    let recipient = Recipient::of(request.response_encryption.as_ref(), body.was_encrypted)?;
    let (store, now) = (&*service.0.home.store, service.now().seconds());
    let found = Transaction::find(store, &request.transaction_id, &caller.token, now)?;
    let transaction = found.ok_or_else(unknown)?;
    let site = service.site();
    // A type that is no longer issued.
    let listed = site.catalogue().get(transaction.configuration()).ok_or_else(denied)?;
    let keys = transaction.keys()?;
    let once = caller.proof.as_slice();
    match issue(service, &Wanted { caller: &caller, listed, keys: &keys, once }) {
        Ok(Outcome::Issued(response)) => {
            transaction.answered(store, now)?;
            respond(&response, recipient.as_ref())
        }
        // It waits on, whatever it waits for: section 9.2 knows no other way to say "not yet".
        Ok(Outcome::Waiting | Outcome::NotNow(_)) => {
            caller.use_proof(service)?;
            let transaction_id = request.transaction_id;
            respond(&CredentialResponse::Deferred { transaction_id, interval: INTERVAL }, recipient.as_ref())
        }
        Ok(Outcome::Replayed) => Err(used_proof()),
        Ok(Outcome::Withdrawn) => Err(caller.withdrawn()),
        // The officer dismissed it, or the person died, or is not entitled to it: nobody waits any more.
        Err(refused @ Refusal::Credential(_)) => {
            transaction.close(store)?;
            Err(refused)
        }
        Err(other) => Err(other),
    }
}

fn unknown() -> Refusal {
    let reason = "there is no such transaction: it was answered a while ago, or has expired";
    Refusal::Credential(ErrorResponse::new(CredentialErrorCode::InvalidTransactionId, reason))
}
