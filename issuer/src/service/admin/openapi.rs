//! The document that describes the API, and its viewer, whose files are in this program.

use axum::Router;
use hati_store::Role;
use serde::Serialize;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as OpenApiDocument, Ref, RefOr, Response, ResponseBuilder};
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
    fn modify(&self, document: &mut OpenApiDocument) {
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

/// What refuses a request, by status: each is described once, and operations refer to it.
const REFUSALS: [(&str, &str, &str); 11] = [
    ("400", "Malformed", "The body or the query is not what is expected here; detail says where"),
    ("401", "Anonymous", "There is no session, or what was shown to open one is wrong"),
    ("403", "Forbidden", "The role is missing, or X-CSRF-Token is"),
    ("404", "Unknown", "There is nobody, or nothing, of this name"),
    ("408", "TooSlow", "The request took too long to arrive or to be answered"),
    ("409", "Conflict", "What is registered stands against it: look at it again"),
    ("413", "TooLong", "The body is longer than is taken"),
    ("415", "NotJson", "The body does not say that it is JSON"),
    ("422", "Refused", "The request is understood, and what it says is not taken"),
    ("429", "TooOften", "Too many requests from this address: wait as long as Retry-After says"),
    ("500", "Failed", "Something is wrong here, not with the request"),
];

/// Whether a method only reads, and the operation.
fn operations(document: &mut OpenApiDocument) -> impl Iterator<Item = (&str, bool, &mut Operation)> {
    document.paths.paths.iter_mut().flat_map(|(path, item)| {
        let methods = [
            (true, &mut item.get),
            (false, &mut item.post),
            (false, &mut item.put),
            (false, &mut item.delete),
        ];
        methods.into_iter().filter_map(|(reads, it)| Some((path.as_str(), reads, it.as_mut()?)))
    })
}

fn refuses(operation: &mut Operation, statuses: &[&str]) {
    for status in statuses {
        operation.responses.responses.entry((*status).to_owned()).or_insert_with(|| Response::new("").into());
    }
}

/// What [`guard`](super::guard) refuses, for the operations that it stands before.
pub(super) fn guarded(document: &mut OpenApiDocument, roles: &[Role]) {
    for (_, reads, operation) in operations(document) {
        refuses(operation, &["401"]);
        if !roles.is_empty() || !reads {
            refuses(operation, &["403"]);
        }
        if !roles.is_empty() {
            let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
            let takes = format!("Takes the role {}.", names.join(" or "));
            let said = operation.description.take().filter(|said| !said.is_empty());
            operation.description = Some(said.map_or(takes.clone(), |said| format!("{said} {takes}")));
        }
    }
}

/// What an operation refuses because of its form, and every refusal as a problem document.
fn complete(document: &mut OpenApiDocument) {
    for (path, _, operation) in operations(document) {
        refuses(operation, &["408", "429", "500"]);
        if path.contains('{') {
            refuses(operation, &["404"]);
        }
        let has_query = operation
            .parameters
            .iter()
            .flatten()
            .any(|it| matches!(it, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query));
        if has_query || operation.request_body.is_some() {
            refuses(operation, &["400"]);
        }
        if operation.request_body.is_some() {
            refuses(operation, &["413", "415"]);
        }
        for (status, name, _) in REFUSALS {
            if let Some(response) = operation.responses.responses.get_mut(status) {
                *response = Ref::from_response_name(name).into();
            }
        }
    }
    let components = document.components.get_or_insert_default();
    for (_, name, said) in REFUSALS {
        let content = Content::new(Some(Ref::from_schema_name("ProblemDocument")));
        let response = ResponseBuilder::new().description(said).content("application/problem+json", content);
        components.responses.insert(name.to_owned(), response.into());
    }
}

/// The document, and a page that shows it. Nothing of either is fetched from anywhere else.
pub(super) fn viewer(mut document: OpenApiDocument) -> Router<Service> {
    complete(&mut document);
    // Swagger UI would have a server of its makers check the document.
    let config = Config::new([DOCUMENT]).validator_url("none");
    SwaggerUi::new("/admin/v1/docs").url(DOCUMENT, document).config(config).into()
}
