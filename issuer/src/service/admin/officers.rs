//! The accounts, to look at, to unlock, and to give another second factor. The command line makes and changes them, so that
//! nobody becomes an officer, or gets another password, by a session that was stolen.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Json;
use hati_formats::time::Timestamp;
use hati_program::system::random;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::SignedIn;
use crate::officers::{Accounts, SEALING};
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

/// Unlock an account that guessing has locked
#[utoipa::path(post, path = "/admin/v1/officers/{name}/unlock", tag = "officers", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = super::openapi::ProblemDocument),
    (status = 409, body = super::openapi::ProblemDocument)))]
pub(super) async fn unlock(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    service
        .attempt(move |service| {
            let (home, now) = (&service.0.home, service.now());
            let seal = home.keys.sectors.derive(SEALING);
            let accounts = Accounts { store: &*home.store, seal: &seal };
            accounts.unlock(&name, &officer.actor(), now)?;
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}

/// What an authenticator app is enrolled with.
#[derive(Serialize, ToSchema)]
pub(super) struct SecondFactor {
    /// For the officer's authenticator app, as a code to scan. It is not shown again.
    otpauth: String,
}

/// Give an officer another second factor, for a lost telephone; the sessions end, the password stays
#[utoipa::path(post, path = "/admin/v1/officers/{name}/second-factor", tag = "officers",
    params(("name" = String, Path)), responses((status = 200, body = SecondFactor),
    (status = 404, body = super::openapi::ProblemDocument), (status = 409, body = super::openapi::ProblemDocument)))]
pub(super) async fn second_factor(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(name): Path<String>,
) -> Result<Json<SecondFactor>, Problem> {
    // Whoever has a session that was left open would have the account.
    if name == officer.name {
        let detail = "The second factor of one's own account is another administrator's to renew. Ask one";
        return Err(Problem::of(StatusCode::CONFLICT, "officer_own_account", detail));
    }
    service
        .attempt(move |service| {
            let (home, now) = (&service.0.home, service.now());
            let seal = home.keys.sectors.derive(SEALING);
            let accounts = Accounts { store: &*home.store, seal: &seal };
            let by = (&officer.actor(), now);
            let made = accounts.renew_second_factor(&name, home.config.names().0, by, &mut random()?)?;
            Ok(Json(SecondFactor { otpauth: made.uri.to_string() }))
        })
        .await
}
