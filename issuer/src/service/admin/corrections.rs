//! What people say is wrong, and the answers.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use hati_formats::encoding::{b64url, b64url_decode_array};
use hati_program::system::random;
use hati_store::CorrectionId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Asked, Body};
use super::guard::SignedIn;
use super::people::consulted;
use super::quarantine::Page;
use super::records::{CorrectionRequest, Outcome};
use crate::register::amend::NewCorrection;
use crate::service::{Problem, Service};

/// A page of requests without an answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Open {
    corrections: Vec<CorrectionRequest>,
}

/// See which requests wait for an answer, the oldest first
#[utoipa::path(get, path = "/admin/v1/corrections", tag = "corrections", params(Page), responses((status = 200, body = Open)))]
pub(super) async fn list(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Asked(page): Asked<Page>,
) -> Result<Json<Open>, Problem> {
    service
        .attempt(move |service| {
            let after = page.after()?.map(CorrectionId);
            let open = service.0.home.store.open_corrections(after.as_ref(), page.count())?;
            consulted(service, &officer, open.iter().map(|it| it.upi.as_str()))?;
            Ok(Json(Open { corrections: open.into_iter().map(CorrectionRequest::from).collect() }))
        })
        .await
}

/// What a person says is wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRequest {
    /// The claim, such as family_name.
    claim: String,
    /// What it should be; several nationalities with semicolons between them.
    wanted: String,
    /// Where the evidence is found, such as the number of a birth certificate.
    evidence: String,
}

/// A request that was taken.
#[derive(Serialize, ToSchema)]
pub(super) struct Requested {
    id: String,
}

/// Take a person's request for a correction
#[utoipa::path(post, path = "/admin/v1/people/{upi}/corrections", tag = "corrections", params(("upi" = String, Path)),
    request_body = NewRequest, responses((status = 201, body = Requested), (status = 422), (status = 409)))]
pub(super) async fn request(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
    Body(body): Body<NewRequest>,
) -> Result<Response, Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let new = NewCorrection {
                revision: None,
                upi: &upi,
                claim: &body.claim,
                wanted: &body.wanted,
                evidence: &body.evidence,
            };
            let rng = &mut random()?;
            let id = service.as_clerk(&officer.actor(), |clerk| clerk.request_correction(new, rng))?;
            Ok((StatusCode::CREATED, Json(Requested { id: b64url(&id.0) })).into_response())
        })
        .await
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// Whether the record is corrected.
    granted: bool,
    /// Why, for the person to read.
    reason: String,
}

/// Answer a request; what is granted amends the record
#[utoipa::path(post, path = "/admin/v1/corrections/{id}", tag = "corrections", params(("id" = String, Path)),
    request_body = Answer, responses((status = 200, body = Outcome), (status = 409), (status = 422)))]
pub(super) async fn answer(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(text): Path<String>,
    Body(body): Body<Answer>,
) -> Result<Json<Outcome>, Problem> {
    service
        .attempt(move |service| {
            let id = id(&text)?;
            let changed = service.as_clerk(&officer.actor(), |clerk| {
                clerk.answer_correction(&id, body.granted, &body.reason)
            })?;
            service.announce();
            Ok(Json(changed.into()))
        })
        .await
}

fn id(text: &str) -> Result<CorrectionId, Problem> {
    b64url_decode_array(text).map(CorrectionId).map_err(|_| {
        let detail = "There is no such request. Look again at what is open";
        Problem::of(StatusCode::NOT_FOUND, "nothing_to_decide", detail)
    })
}
