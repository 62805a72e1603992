//! Who calls: every request but signing in has a session, whatever changes something its token, and the role it takes.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use hati_store::Role;

use crate::actor::Actor;
use crate::officers::session::{self, SessionSecret};
use crate::service::{Problem, Service};

/// RFC 6265bis section 4.1.3.2: a browser takes a cookie of this prefix over TLS alone, for this host alone.
pub(super) const COOKIE: &str = "__Host-hati-officer";

/// What whatever changes something carries beside the cookie.
pub(super) const CSRF_HEADER: &str = "x-csrf-token";

/// RFC 9110 section 15.5.2 asks for a challenge.
pub(in crate::service) const CHALLENGE: &str = "Session realm=\"/admin/v1/session\"";

/// An officer with a session.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) name: String,
    pub(super) roles: Vec<Role>,
    pub(super) csrf_token: String,
}

impl SignedIn {
    /// The officer, for the audit.
    pub(super) fn actor(&self) -> Actor {
        Actor::officer(&self.name)
    }
}

pub(super) async fn guard(
    State((service, roles)): State<(Service, &'static [Role])>,
    mut request: Request,
    next: Next,
) -> Response {
    let secret = secret(request.headers());
    let token = request.headers().get(CSRF_HEADER).and_then(|it| it.to_str().ok());
    let is_meant = request.method().is_safe()
        || token.is_some_and(|token| secret.as_ref().is_some_and(|secret| secret.is_csrf_token(token)));
    match signed_in(&service, roles, secret, is_meant).await {
        Ok(officer) => {
            request.extensions_mut().insert(officer);
            next.run(request).await
        }
        Err(problem) => problem,
    }
}

async fn signed_in(
    service: &Service,
    roles: &[Role],
    secret: Option<SessionSecret>,
    is_meant: bool,
) -> Result<SignedIn, Response> {
    let secret = secret.ok_or_else(anonymous)?;
    let csrf_token = secret.csrf_token();
    let officer = service.attempt(move |it| Ok(session::resume(&*it.0.home.store, &secret, it.now())?)).await;
    let officer = officer.map_err(IntoResponse::into_response)?.ok_or_else(anonymous)?;
    if !is_meant {
        let detail =
            "The header X-CSRF-Token has to be the csrf_token that signing in gave. Send it with the request";
        return Err(Problem::of(StatusCode::FORBIDDEN, "csrf_token_missing", detail).into_response());
    }
    if !roles.is_empty() && !officer.roles.iter().any(|role| roles.contains(role)) {
        let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let (roles, name) = (names.join(" or "), officer.name);
        let detail = format!("This takes the role {roles}, which {name} does not have. Ask an administrator");
        let problem = Problem::of(StatusCode::FORBIDDEN, "role_missing", detail).with("role", roles.into());
        return Err(problem.into_response());
    }
    Ok(SignedIn { name: officer.name, roles: officer.roles, csrf_token })
}

/// The secret of the session that a request's cookies name.
pub(super) fn secret(headers: &HeaderMap) -> Option<SessionSecret> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(Cookie::split_parse).filter_map(Result::ok);
    SessionSecret::parse(cookies.find(|cookie| cookie.name() == COOKIE)?.value())
}

fn anonymous() -> Response {
    let detail = "There is no session, or it has ended. Sign in: POST /admin/v1/session";
    Problem::of(StatusCode::UNAUTHORIZED, "not_signed_in", detail).challenge(CHALLENGE).into_response()
}
