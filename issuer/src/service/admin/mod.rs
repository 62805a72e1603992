//! What officers do: the REST API under `/admin/v1`, described by a document made from this code.
//!
//! Whoever calls has a session (`session`), `guard` checks it, and which role may call what is said here and nowhere else.

mod audit;
mod body;
mod corrections;
mod credentials;
mod guard;
mod issue;
mod offer;
mod officers;
mod openapi;
mod people;
mod quarantine;
mod records;
mod session;
mod verifiers;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use hati_store::Role;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use self::guard::CHALLENGE;
use super::Service;

/// Officers who may sign in at the same time, each with 19 MiB of memory; others wait.
pub(super) const SIGN_INS_AT_ONCE: usize = 4;

/// The most entries of one answer.
const MAX_COUNT: usize = 100;

/// Bytes of the largest body: a record with a portrait, or the keys of a wallet.
const MAX_BODY_BYTES: usize = hati_formats::json::MAX_BYTES;

/// Every route, the document that describes them, and its viewer.
pub(super) fn routes(service: &Service) -> Router<Service> {
    let guarded = |roles: &'static [Role], mut routes: OpenApiRouter<Service>| {
        openapi::guarded(routes.get_openapi_mut(), roles);
        routes.route_layer(from_fn_with_state((service.clone(), roles), guard::guard))
    };
    let finding = OpenApiRouter::new().routes(routes!(people::search)).routes(routes!(credentials::list));
    let registering = OpenApiRouter::new()
        .routes(routes!(people::show))
        .routes(routes!(people::amend))
        .routes(routes!(people::death))
        .routes(routes!(people::withdraw_death))
        .routes(routes!(quarantine::list))
        .routes(routes!(quarantine::show, quarantine::resolve))
        .routes(routes!(quarantine::decisions))
        .routes(routes!(corrections::list))
        .routes(routes!(corrections::request))
        .routes(routes!(corrections::answer));
    let revoking = OpenApiRouter::new().routes(routes!(credentials::change));
    let issuing = OpenApiRouter::new()
        .routes(routes!(issue::issue))
        .routes(routes!(offer::offer))
        .routes(routes!(offer::open))
        .routes(routes!(offer::activation));
    let auditing = OpenApiRouter::new().routes(routes!(audit::read));
    let administering = OpenApiRouter::new()
        .routes(routes!(verifiers::list, verifiers::register))
        .routes(routes!(verifiers::withdraw))
        .routes(routes!(officers::list))
        .routes(routes!(officers::unlock))
        .routes(routes!(officers::second_factor));
    let signed_in = OpenApiRouter::new().routes(routes!(session::show, session::close));
    let (routes, document) = OpenApiRouter::with_openapi(openapi::Api::openapi())
        .routes(routes!(session::open))
        .merge(guarded(&[], signed_in))
        .merge(guarded(&[Role::Registering, Role::Issuing, Role::Revoking], finding))
        .merge(guarded(&[Role::Registering], registering))
        .merge(guarded(&[Role::Revoking], revoking))
        .merge(guarded(&[Role::Issuing], issuing))
        .merge(guarded(&[Role::Auditing], auditing))
        .merge(guarded(&[Role::Administering], administering))
        .split_for_parts();
    // What the API can do is for those to read who may call it.
    let viewer = openapi::viewer(document);
    let viewer = viewer.route_layer(from_fn_with_state((service.clone(), &[][..]), guard::guard));
    routes.merge(viewer).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).layer(map_response(never_kept))
}

/// What officers see is about people, and stays in no cache.
async fn never_kept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
