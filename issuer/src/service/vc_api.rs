//! `POST /vc-api/credentials/issue`: the W3C's VC API for systems that the settings name (`spec/vc-api.md`). A caller names a
//! person and the key of a holder, and gets what the register says: nothing is signed because a caller states it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hati_protocol::vc_api::{IssueRequest, IssueRequestError, response};
use serde_json::{Map, Value};

use super::settings::Caller;
use super::{Problem, Service, json};
use crate::issuance::{HolderKeys, Order};

/// RFC 6750 section 3.
const CHALLENGE: &str = "Bearer realm=\"vc-api\"";

/// Issues a credential to the key that the request names.
pub(super) async fn issue(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(caller) = service.caller(&headers).cloned() else { return unknown() };
    let issued = service.attempt(move |service| {
        json::check_type(&headers)?;
        service.issue_for(&caller, &IssueRequest::parse(&body)?)
    });
    match issued.await {
        Ok(answer) => json::answer(StatusCode::CREATED, &answer),
        Err(problem) => problem.into_response(),
    }
}

impl Service {
    fn caller(&self, headers: &HeaderMap) -> Option<&Caller> {
        let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        let token = Some(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"))?;
        self.0.settings.vc_api.iter().find(|caller| caller.token.is(token))
    }

    fn issue_for(&self, caller: &Caller, request: &IssueRequest) -> Result<Value, Problem> {
        self.check_upi(&request.upi)?;
        let types = self.0.home.types()?;
        let named = types.iter().find(|it| it.vc_type == request.type_name && caller.may_issue(&it.id));
        let credential_type = named.ok_or_else(|| {
            let detail =
                "type: expected a type that the issuer's settings allow this caller. Ask the operator";
            Problem::of(StatusCode::FORBIDDEN, "caller_not_allowed", detail)
        })?;
        let holder_keys = HolderKeys::new(vec![request.holder.clone()]).map_err(|error| {
            Problem::of(StatusCode::BAD_REQUEST, "holder_keys_refused", error.to_string())
        })?;
        let order = Order {
            upi: &request.upi,
            credential_type,
            format: request.format,
            cryptosuite: request.cryptosuite,
            holder_keys: &holder_keys,
            actor: &format!("vc-api {}", caller.name),
            once: &[],
            grant: None,
            now: self.now(),
        };
        request.check(&self.would_write(&order)?)?;
        let issued = self.issue(&order)?;
        let text = issued.credentials.first().map(String::as_str).unwrap_or_default();
        response(issued.format, text).map_err(|error| {
            tracing::error!(%error, "an ldp_vc of ours");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here, not with the request")
        })
    }

    /// What a caller may state of the credential that it asks for.
    fn would_write(&self, order: &Order<'_>) -> Result<Map<String, Value>, Problem> {
        let home = &self.0.home;
        let (claims, validity) = home.issuance().claims(order)?;
        let written = [
            ("issuer", home.config.did().ok().into()),
            ("validFrom", validity.from.start().to_string().into()),
            ("validUntil", validity.until.start().to_string().into()),
            ("credentialSubject", claims.into()),
        ];
        Ok(written.into_iter().map(|(name, value): (_, Value)| (name.to_owned(), value)).collect())
    }
}

fn unknown() -> Response {
    let detail =
        "Expected Authorization: Bearer and a token that the issuer's settings name. Ask the operator";
    let mut response = Problem::of(StatusCode::UNAUTHORIZED, "caller_unknown", detail).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
    response
}

impl From<IssueRequestError> for Problem {
    fn from(error: IssueRequestError) -> Self {
        let status = match error {
            IssueRequestError::Differs { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::of(status, error.code(), error.to_string())
    }
}
