//! The accounts, to look at; the command line makes and changes them.

use axum::extract::State;
use axum::response::Json;
use hati_formats::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::{Problem, Service};

/// Every account.
#[derive(Serialize, ToSchema)]
pub(super) struct OfficerList {
    officers: Vec<OfficerView>,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub(super) struct OfficerView {
    name: String,
    roles: Vec<&'static str>,
    /// Attempts to sign in that failed since the last that did not.
    failures: u32,
    /// Until when no attempt is looked at.
    locked_until: Option<String>,
    closed: bool,
}

/// See who may do what
#[utoipa::path(get, path = "/admin/v1/officers", tag = "officers", responses((status = 200, body = OfficerList)))]
pub(super) async fn list(State(service): State<Service>) -> Result<Json<OfficerList>, Problem> {
    service
        .attempt(|service| {
            let now = service.now().seconds();
            let officers = service.0.home.store.officers()?.into_iter().map(|it| OfficerView {
                name: it.name,
                roles: it.roles.iter().map(|role| role.name()).collect(),
                failures: it.failures,
                locked_until: (it.locked_until > now)
                    .then(|| Timestamp::from_seconds(it.locked_until).to_string()),
                closed: it.closed,
            });
            Ok(Json(OfficerList { officers: officers.collect() }))
        })
        .await
}
