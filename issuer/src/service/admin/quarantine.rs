//! Rows that wait for an officer.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Json;
use hati_formats::encoding::{b64url, b64url_decode_array};
use hati_formats::time::Timestamp;
use hati_program::system::random;
use hati_store::{Changed, DecisionId, QuarantineId, Reason};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::MAX_COUNT;
use super::body::{Asked, Body};
use super::guard::SignedIn;
use super::people::consulted;
use super::records::{Outcome, Record, WaitingRow};
use crate::register::amend;
use crate::service::{Problem, Service};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// The id of the last entry of the page before.
    pub(super) after: Option<String>,
    /// How many, 100 at most.
    pub(super) count: Option<usize>,
}

impl Page {
    pub(super) fn count(&self) -> usize {
        self.count.unwrap_or(MAX_COUNT).clamp(1, MAX_COUNT)
    }

    /// The id that the page before ended with.
    pub(super) fn after<const N: usize>(&self) -> Result<Option<[u8; N]>, Problem> {
        self.after.as_deref().map(b64url_decode_array).transpose().map_err(|_| {
            let detail = "after: expected the id of the last entry of the page before. Leave it out for the first page";
            Problem::of(StatusCode::BAD_REQUEST, "query_malformed", detail)
        })
    }
}

/// A page of rows that wait.
#[derive(Serialize, ToSchema)]
pub(super) struct Waiting {
    rows: Vec<WaitingRow>,
}

/// See which rows wait for a decision
#[utoipa::path(get, path = "/admin/v1/quarantine", tag = "quarantine", params(Page), responses((status = 200, body = Waiting)))]
pub(super) async fn list(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Asked(page): Asked<Page>,
) -> Result<Json<Waiting>, Problem> {
    service
        .attempt(move |service| {
            let after = page.after()?.map(QuarantineId);
            let rows = service.0.home.store.quarantine(after.as_ref(), page.count())?;
            consulted(service, &officer, rows.iter().map(|(_, row)| row.person.upi.as_str()))?;
            Ok(Json(Waiting { rows: rows.iter().map(|(id, row)| WaitingRow::new(id, row)).collect() }))
        })
        .await
}

/// A row beside the record that it conflicts with.
#[derive(Serialize, ToSchema)]
pub(super) struct Conflict {
    #[serde(flatten)]
    waiting: WaitingRow,
    row: Record,
    /// The record under the same UPI, or the one that looks like the same person.
    record: Option<Record>,
}

/// Look at a row beside the record that it conflicts with
#[utoipa::path(get, path = "/admin/v1/quarantine/{id}", tag = "quarantine", params(("id" = String, Path)),
    responses((status = 200, body = Conflict)))]
pub(super) async fn show(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(text): Path<String>,
) -> Result<Json<Conflict>, Problem> {
    service
        .attempt(move |service| {
            let store = &service.0.home.store;
            let id = id(&text)?;
            let row = store.quarantined(&id)?.ok_or_else(nothing)?;
            let other = match &row.reason {
                Reason::UpiTaken { .. } | Reason::UpiWaiting { .. } => row.person.upi.as_str(),
                Reason::LikelyDuplicate { of, .. } | Reason::SameIdNumber { of } => of.as_str(),
            };
            consulted(service, &officer, [row.person.upi.as_str(), other].into_iter())?;
            let record = store.person(other)?.as_ref().map(Record::from);
            Ok(Json(Conflict { waiting: WaitingRow::new(&id, &row), row: Record::from(&row.person), record }))
        })
        .await
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resolve {
    decision: Decision,
    /// Why, for whoever looks at the person later. It stays with the register: the audit names the decision alone.
    reason: String,
}

/// What becomes of a row.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Decision {
    /// Another person: the row is admitted.
    Admit,
    /// The row is right: it takes the place of the record under its UPI. Where that is somebody else, by name and birth
    /// date, everything issued is revoked, and the wallets and the activation code of whoever had the UPI are worth nothing.
    Replace,
    /// The row is wrong. The same row never waits again.
    Dismiss,
}

/// Decide on a row
///
/// Nothing is issued under its UPI before. `withdrawn` counts the codes and tokens that ended because the UPI is another
/// person's now: give the person an offer or an activation code of their own.
#[utoipa::path(post, path = "/admin/v1/quarantine/{id}", tag = "quarantine", params(("id" = String, Path)),
    request_body = Resolve, responses((status = 200, body = Resolved), (status = 409), (status = 422)))]
pub(super) async fn resolve(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(text): Path<String>,
    Body(body): Body<Resolve>,
) -> Result<Json<Resolved>, Problem> {
    let decision = match body.decision {
        Decision::Admit => amend::Decision::Admit,
        Decision::Replace => amend::Decision::Replace,
        Decision::Dismiss => amend::Decision::Dismiss,
    };
    service
        .attempt(move |service| {
            let id = id(&text)?;
            let rng = &mut random()?;
            let resolved = service
                .as_clerk(&officer.actor(), |clerk| clerk.resolve(&id, decision, &body.reason, rng))?;
            service.announce();
            Ok(Json(resolved.into()))
        })
        .await
}

/// What came of a decision.
#[derive(Serialize, ToSchema)]
pub(super) struct Resolved {
    /// Names the decision, as the audit does.
    decision_id: String,
    #[serde(flatten)]
    outcome: Outcome,
}

impl From<(DecisionId, Changed)> for Resolved {
    fn from((decision, changed): (DecisionId, Changed)) -> Self {
        Self { decision_id: b64url(&decision.0), outcome: changed.into() }
    }
}

/// Decisions on rows of one UPI, and on a death registered by mistake.
#[derive(Serialize, ToSchema)]
pub(super) struct Decisions {
    decisions: Vec<DecisionView>,
}

/// A decision on a row.
#[derive(Serialize, ToSchema)]
pub(super) struct DecisionView {
    /// Names the decision, as the audit does.
    id: String,
    /// The id under which the row waited, if it was on one.
    row: Option<String>,
    /// admit, replace or dismiss; or death_withdrawn.
    decision: String,
    reason: String,
    officer: String,
    at: String,
}

/// See what was decided on rows of a UPI, and why
#[utoipa::path(get, path = "/admin/v1/people/{upi}/decisions", tag = "quarantine", params(("upi" = String, Path)),
    responses((status = 200, body = Decisions), (status = 404, body = super::openapi::ProblemDocument)))]
pub(super) async fn decisions(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
) -> Result<Json<Decisions>, Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            consulted(service, &officer, [upi.as_str()].into_iter())?;
            let decisions = service.0.home.store.decisions_on(&upi)?.into_iter().map(|it| DecisionView {
                id: b64url(&it.id.0),
                row: (it.row != amend::NO_ROW).then(|| b64url(&it.row)),
                decision: it.decision,
                reason: it.reason,
                officer: it.officer,
                at: Timestamp::from_seconds(it.at).to_string(),
            });
            Ok(Json(Decisions { decisions: decisions.collect() }))
        })
        .await
}

fn id(text: &str) -> Result<QuarantineId, Problem> {
    b64url_decode_array(text).map(QuarantineId).map_err(|_| nothing())
}

fn nothing() -> Problem {
    let detail = "There is no such row, or it was decided before. Look again at what is open";
    Problem::of(StatusCode::NOT_FOUND, "nothing_to_decide", detail)
}
