//! From proven keys to a response: what the credential and deferred credential endpoints have in common.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hati_formats::credential::{Format, IssueError, Unsigned};
use hati_program::system::random;
use hati_protocol::oauth::ErrorResponse;
use hati_protocol::openid4vci::{CredentialErrorCode, CredentialResponse};
use hati_store::StoreError;
use serde_json::Value;

use super::super::Service;
use super::super::lists::PATIENCE;
use super::access::Caller;
use super::encryption::Recipient;
use super::{Answer, Refusal, json};
use crate::actor::Actor;
use crate::catalogue::Listed;
use crate::grants::Once;
use crate::issuance::{HolderKeys, IssuanceError, Order, PACE};
use crate::keys::Keys;

/// What is to be issued.
pub(super) struct Wanted<'a> {
    /// Whose access token it is: what was revoked while this was on its way gets no copies.
    pub(super) caller: &'a Caller,
    pub(super) listed: &'a Listed,
    pub(super) keys: &'a HolderKeys,
    /// Used up with it, in one transaction.
    pub(super) once: &'a [Once],
}

/// What came of it.
pub(super) enum Outcome {
    Issued(CredentialResponse),
    /// An officer decides first.
    Waiting,
    /// Nothing is issued as things are, and may be later: what is suspended can be reinstated, and who has had too much today
    /// gets more tomorrow.
    NotNow(Refusal),
    /// Something that was to be used up had been used before.
    Replayed,
    /// The access token was withdrawn while the request was on its way.
    Withdrawn,
}

/// Issues copies, one for each key.
pub(super) fn issue(service: &Service, wanted: &Wanted<'_>) -> Result<Outcome, Refusal> {
    match copies(service, wanted) {
        Ok(credentials) => {
            let (token, now) = (&wanted.caller.token, service.now());
            // OpenID4VCI 1.0 section 11.1: it is told with an access token, and this one opens nothing else any more.
            let can_tell = !token.is_for_waiting_alone(now.seconds());
            let id = can_tell.then(|| {
                random().map(|mut rng| service.0.vci.stamps.notification(&token.upi, now, &mut rng))
            });
            Ok(Outcome::Issued(CredentialResponse::Issued { credentials, notification_id: id.transpose()? }))
        }
        Err(Failed::Issuance(error)) => match error {
            IssuanceError::Quarantined { .. } => Ok(Outcome::Waiting),
            IssuanceError::Store(StoreError::Replayed) => Ok(Outcome::Replayed),
            IssuanceError::Store(StoreError::Withdrawn) => Ok(Outcome::Withdrawn),
            // One text for all: it tells nobody whether the register knows the person.
            IssuanceError::Withheld { .. } | IssuanceError::Store(StoreError::Withheld { .. }) => {
                Ok(Outcome::NotNow(denied()))
            }
            IssuanceError::Store(StoreError::TooManyCopies { at_once, seconds, .. }) => {
                Ok(Outcome::NotNow(too_many(at_once, seconds)))
            }
            IssuanceError::Store(error) => Err(error.into()),
            IssuanceError::Unknown { .. }
            | IssuanceError::Died { .. }
            | IssuanceError::Issue(IssueError::NotEntitled { .. }) => Err(denied()),
            // Its text can name a person.
            error => Err(Refusal::failed("issuing", &error.code())),
        },
        Err(Failed::Refused(refusal)) => Err(refusal),
    }
}

/// `credential_request_denied`.
pub(super) fn denied() -> Refusal {
    let reason = "this credential is not issued to this person: ask at a service centre";
    Refusal::Credential(ErrorResponse::new(CredentialErrorCode::CredentialRequestDenied, reason))
}

/// The standard has no code for a wallet that has had enough. This one it takes for final, and the text says until when it is.
fn too_many(at_once: u32, seconds: u64) -> Refusal {
    let hours = seconds.div_ceil(3_600);
    let reason = format!(
        "this person has had {at_once} copies of it lately, as many as one gets: use those, and ask again in {hours} h"
    );
    Refusal::Credential(ErrorResponse::new(CredentialErrorCode::CredentialRequestDenied, reason))
}

/// A response as JSON, or encrypted to the wallet.
pub(super) fn respond(response: &CredentialResponse, recipient: Option<&Recipient>) -> Answer {
    let status = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::OK);
    let body = response.to_json();
    let Some(recipient) = recipient else { return Ok(json(status, &body)) };
    let jwe = recipient.encrypt(body.to_string().as_bytes())?;
    Ok(encrypted(status, jwe))
}

enum Failed {
    Issuance(IssuanceError),
    Refused(Refusal),
}

impl<E: Into<IssuanceError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Issuance(error.into())
    }
}

fn copies(service: &Service, wanted: &Wanted<'_>) -> Result<Vec<Value>, Failed> {
    let (home, securing) = (&service.0.home, wanted.listed.securing);
    let order = Order {
        upi: &wanted.caller.token.upi,
        credential_type: &wanted.listed.credential_type,
        format: securing.format,
        cryptosuite: securing.cryptosuite,
        holder_keys: wanted.keys,
        actor: &Actor::Wallet,
        once: wanted.once,
        grant: Some(wanted.caller.token.ticket()),
        pace: Some(PACE),
        now: service.now(),
    };
    let mut rng = random().map_err(|error| Failed::Refused(error.into()))?;
    // Others may sign a moment later, and the copies name these.
    let keys: &Keys = &home.keys;
    let batch = home.issuance_by(keys).prepare(&order, &mut rng)?;
    let lists = batch.status_lists().clone();
    service.announce_lists(&lists);
    let messages = batch.unsigned().iter().map(Unsigned::signing_input);
    let signatures = keys.issuer.sign_all(messages);
    let signatures =
        signatures.map_err(|error| Failed::Refused(Refusal::failed("the issuer's key", &error)))?;
    let issued = batch.finish(&signatures)?.credentials.into_iter();
    service.await_lists(&lists, PATIENCE).map_err(|problem| Failed::Refused(Refusal::Problem(problem)))?;
    issued.map(|text| element(securing.format, text)).collect()
}

/// OpenID4VCI 1.0 appendix A: an SD-JWT is a string, an `ldp_vc` an object.
fn element(format: Format, text: String) -> Result<Value, Failed> {
    match format {
        Format::VcSdJwt | Format::DcSdJwt => Ok(Value::String(text)),
        Format::LdpVc => serde_json::from_str(&text)
            .map_err(|error| Failed::Refused(Refusal::failed("an ldp_vc of ours", &error))),
    }
}

fn encrypted(status: StatusCode, jwe: String) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/jwt"))], jwe).into_response()
}
