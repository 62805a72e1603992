//! Officers sign in and out.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Json, Response};
use cookie::{Cookie, SameSite};
use hati_program::system::random;
use hati_store::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::body::Body;
use super::guard::{self, COOKIE, SignedIn};
use crate::officers::{Accounts, SEALING, session};
use crate::service::{Problem, Service};

/// What an officer shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// The officer's name.
    name: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: Zeroizing<String>,
    /// The six digits that the authenticator app shows.
    code: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// The officer's name.
    name: String,
    /// What the officer may do.
    roles: Vec<&'static str>,
    /// To be sent as X-CSRF-Token with whatever changes something.
    csrf_token: String,
    /// Seconds after which a session ends in which nothing is done.
    idle_seconds: i64,
}

impl Session {
    fn new(name: String, roles: &[Role], csrf_token: String) -> Self {
        let roles = roles.iter().map(|role| role.name()).collect();
        Self { name, roles, csrf_token, idle_seconds: session::IDLE }
    }
}

/// Sign in
///
/// Sets the cookie of a session. Whoever is refused is not told why.
#[utoipa::path(post, path = "/admin/v1/session", tag = "session", request_body = Credentials, security(()),
    responses((status = 200, body = Session), (status = 401)))]
pub(super) async fn open(
    State(service): State<Service>,
    Body(shown): Body<Credentials>,
) -> Result<Response, Problem> {
    // Nobody closes the semaphore.
    let _turn = service.0.sign_ins.acquire().await;
    let (session, secret) = service
        .attempt(move |service| {
            let (home, now) = (&service.0.home, service.now());
            let seal = home.keys.sectors.derive(SEALING);
            let accounts = Accounts { store: &*home.store, seal: &seal };
            let officer = accounts.sign_in(&shown.name, &shown.password, &shown.code, now)?;
            let secret = session::open(&*home.store, &officer, now, &mut random()?)?;
            Ok((Session::new(officer.name, &officer.roles, secret.csrf_token()), secret.to_text()))
        })
        .await?;
    Ok((cookie(secret.as_str()), Json(session)).into_response())
}

/// Who is signed in
#[utoipa::path(get, path = "/admin/v1/session", tag = "session", responses((status = 200, body = Session)))]
pub(super) async fn show(Extension(officer): Extension<SignedIn>) -> Json<Session> {
    Json(Session::new(officer.name, &officer.roles, officer.csrf_token))
}

/// Sign out
#[utoipa::path(delete, path = "/admin/v1/session", tag = "session", responses((status = 204)))]
pub(super) async fn close(State(service): State<Service>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(secret) = guard::secret(&headers) {
        service.attempt(move |it| Ok(session::close(&*it.0.home.store, &secret, it.now())?)).await?;
    }
    let gone = Cookie::build((COOKIE, "")).secure(true).path("/").removal().build();
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, gone.to_string())])).into_response())
}

/// A cookie that goes with the browser, that no script reads and no other site makes it send.
fn cookie(secret: &str) -> AppendHeaders<[(header::HeaderName, String); 1]> {
    let cookie =
        Cookie::build((COOKIE, secret)).secure(true).http_only(true).same_site(SameSite::Strict).path("/");
    AppendHeaders([(header::SET_COOKIE, cookie.build().to_string())])
}
