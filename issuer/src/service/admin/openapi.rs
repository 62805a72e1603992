//! The document that describes the API, and its viewer, whose files are in this program.

use axum::Router;
use serde::Serialize;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::guard::{COOKIE, CSRF_HEADER};
use crate::service::Service;

const DOCUMENT: &str = "/admin/v1/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(title = "Hati issuer: what officers do", description = "Errors are problem documents (RFC 9457)."),
    modifiers(&Session),
    security(("session" = [], "csrf" = [])),
    components(schemas(ProblemDocument))
)]
pub(super) struct Api;

struct Session;

impl Modify for Session {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description(COOKIE, "Set by signing in");
        let header = ApiKeyValue::with_description(CSRF_HEADER, "Given by signing in; sent with all but GET");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        components.add_security_scheme("csrf", SecurityScheme::ApiKey(ApiKey::Header(header)));
    }
}

/// Why a request was not carried out (RFC 9457), as [`Problem`](crate::service::Problem) writes it.
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemDocument {
    /// Names the kind of problem.
    r#type: String,
    title: String,
    status: u16,
    /// What was expected, what came, and what to do.
    detail: String,
    /// The stable code.
    code: Option<String>,
}

/// The document, and a page that shows it. Nothing of either is fetched from anywhere else.
pub(super) fn viewer(document: utoipa::openapi::OpenApi) -> Router<Service> {
    // Swagger UI would have a server of its makers check the document.
    let config = Config::new([DOCUMENT]).validator_url("none");
    SwaggerUi::new("/admin/v1/docs").url(DOCUMENT, document).config(config).into()
}
