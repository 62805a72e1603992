//! Credentials are looked at, revoked, suspended and reinstated.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Json;
use hati_formats::time::Date;
use hati_store::{Change, Registered};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::guard::SignedIn;
use super::people::{consulted, unknown};
use super::records::{self, IssuedCopies, Outcome, PersonSummary};
use crate::service::{Problem, Service};
use crate::status::{self, StatusOrder};

/// What is issued to a person, and as little of the record as tells who it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Issued {
    person: PersonSummary,
    /// The day of death: nothing more is issued.
    died: Option<String>,
    /// What was issued, the newest first.
    issued: Vec<IssuedCopies>,
}

/// See what is issued to a person
#[utoipa::path(get, path = "/admin/v1/people/{upi}/credentials", tag = "credentials", params(("upi" = String, Path)),
    responses((status = 200, body = Issued), (status = 404, body = super::openapi::ProblemDocument)))]
pub(super) async fn list(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
) -> Result<Json<Issued>, Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let store = &service.0.home.store;
            let Registered { person, standing } = store.registered(&upi)?.ok_or_else(|| unknown(&upi))?;
            consulted(service, &officer, [upi.as_str()].into_iter())?;
            Ok(Json(Issued {
                person: PersonSummary::new(&person, &officer.roles),
                died: standing.died.map(|day| Date::from_days(day).to_string()),
                issued: records::issued(&store.entries_of(&upi)?),
            }))
        })
        .await
}

/// Which credentials.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Of one type; of all without it.
    #[serde(rename = "type")]
    credential_type: Option<String>,
}

/// Revoke for good, suspend for the time being, or reinstate a person's credentials
///
/// While something is suspended, nothing of it is offered or issued, to no wallet, whether or not a copy was there. After
/// it is reinstated the same wallet goes on. A revocation also ends every offer and every wallet's access, of whatever type:
/// `withdrawn` says how many codes and tokens that were, and the person begins anew with an offer or by signing in.
#[utoipa::path(post, path = "/admin/v1/people/{upi}/credentials/{change}", tag = "credentials",
    params(("upi" = String, Path), ("change" = String, Path, description = "revoke, suspend or reinstate")),
    request_body = Which, responses((status = 200, body = Outcome), (status = 409)))]
pub(super) async fn change(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path((upi, change)): Path<(String, String)>,
    Body(which): Body<Which>,
) -> Result<Json<Outcome>, Problem> {
    let change = match change.as_str() {
        "revoke" => Change::Revoke,
        "suspend" => Change::Suspend,
        "reinstate" => Change::Reinstate,
        _ => {
            let detail = "There is nothing at this address. Expected revoke, suspend or reinstate at its end";
            return Err(Problem::new(StatusCode::NOT_FOUND, detail));
        }
    };
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let types = service.0.home.types()?;
            let order = StatusOrder {
                upi: &upi,
                credential_type: which.credential_type.as_deref(),
                types: &types.ids(),
                change,
                actor: &officer.actor(),
                now: service.now(),
            };
            let changed = status::change(&*service.0.home.store, order)?;
            service.announce();
            Ok(Json(changed.into()))
        })
        .await
}
