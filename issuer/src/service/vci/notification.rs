//! The notification endpoint (OpenID4VCI 1.0 section 11).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hati_protocol::oauth::{ErrorResponse, Secret};
use hati_protocol::openid4vci::{NotificationErrorCode, NotificationEvent, NotificationRequest};
use hati_store::{Action, Event, Ticket, TicketId, TicketKind};

use super::super::Service;
use super::super::json::is_json;
use super::access::Caller;
use super::{Answer, NOTIFICATION, Refusal};

type Refused = ErrorResponse<NotificationErrorCode>;

pub(super) async fn notification(
    State(service): State<Service>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    service.handle(move |service| answer(service, &headers, &body)).await
}

fn answer(service: &Service, headers: &HeaderMap, body: &Bytes) -> Answer {
    let caller = Caller::of(service, headers, NOTIFICATION)?;
    // Section 11.1.
    if !is_json(headers) {
        let reason = "send the notification as JSON: Content-Type application/json";
        return Err(Refused::new(NotificationErrorCode::InvalidNotificationRequest, reason).into());
    }
    let request = NotificationRequest::parse(body).map_err(Refused::from)?;
    let (store, now, upi) = (&*service.0.home.store, service.now(), &caller.token.upi);
    let unknown = || {
        let reason = "there is no such notification id, or it has expired: nothing more has to be told";
        Refusal::Notification(Refused::new(NotificationErrorCode::InvalidNotificationId, reason))
    };
    let id = Secret::from(request.notification_id);
    let expires = service.0.vci.stamps.notification_expiry(id.as_str(), upi, now).ok_or_else(unknown)?;
    caller.use_proof(service)?;
    // Section 11.1: a wallet that got no answer tells it again. It is written down once.
    let event = name(request.event);
    let kind = TicketKind::Notification;
    let told = TicketId::of(kind, format!("{} {event}", id.as_str()).as_bytes());
    if store.ticket(&told, now.seconds())?.is_none() {
        let ticket = Ticket { id: told, kind, owner: upi.clone(), value: Vec::new(), expires };
        let said = Event::new(now.seconds(), "wallet", Action::Notified, format!("{upi}, {event}"));
        store.keep(&[ticket], &[said])?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

const fn name(event: NotificationEvent) -> &'static str {
    match event {
        NotificationEvent::CredentialAccepted => "credential_accepted",
        NotificationEvent::CredentialFailure => "credential_failure",
        NotificationEvent::CredentialDeleted => "credential_deleted",
    }
}
