//! `POST /vc-api/credentials/issue`: the W3C's VC API for systems that the settings name (`spec/vc-api.md`). A caller names a
//! person and the key of a holder, and gets what the register says: nothing is signed because a caller states it.

use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hati_formats::credential::IssueError;
use hati_program::system::NoRandomness;
use hati_protocol::vc_api::{IssueRequest, IssueRequestError, response};
use serde_json::{Map, Value};

use super::for_log::ForLog as _;
use super::settings::Caller;
use super::throttle::Client;
use super::{Problem, Service, json};
use crate::actor::Actor;
use crate::home::HomeError;
use crate::issuance::{HolderKeys, IssuanceError, Order, PACE};
use crate::keys::SignError;

/// RFC 6750 section 3.
const CHALLENGE: &str = "Bearer realm=\"vc-api\"";

/// A caller whom the settings name. Whoever shows no token of theirs is counted by address, so that nobody guesses one; they
/// are not, because a county's desk is one address.
pub(super) struct Known(Caller);

impl FromRequestParts<Service> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        if let Some(caller) = service.caller(&parts.headers) {
            return Ok(Self(caller.clone()));
        }
        let Ok(client) = Client::from_request_parts(parts, service).await;
        service.charge(client)?;
        Err(unknown())
    }
}

/// Issues a credential to the key that the request names.
pub(super) async fn issue(
    State(service): State<Service>,
    Known(caller): Known,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
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
            actor: &Actor::VcApi(caller.name.clone()),
            once: &[],
            grant: None,
            pace: Some(PACE),
            now: self.now(),
        };
        request.check(&self.would_write(&order)?)?;
        let issued = self.issue::<Told>(&order)?;
        let text = issued.credentials.first().map(String::as_str).unwrap_or_default();
        response(issued.format, text).map_err(|error| {
            tracing::error!(error = error.for_log(), "an ldp_vc of ours");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here, not with the request")
        })
    }

    /// What a caller may state of the credential that it asks for.
    fn would_write(&self, order: &Order<'_>) -> Result<Map<String, Value>, Told> {
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

/// What a caller is told of a refusal: the code, and a sentence that is the same for everybody. What an officer reads could
/// tell about other people, and of the dead.
struct Told(Problem);

impl From<IssuanceError> for Told {
    fn from(error: IssuanceError) -> Self {
        let (status, detail) = match error {
            IssuanceError::Unknown { .. } => {
                (StatusCode::NOT_FOUND, "The UPI is not in the register. Check its digits")
            }
            IssuanceError::Quarantined { .. } => (
                StatusCode::CONFLICT,
                "The record waits for an officer's decision. Send the person to a service centre",
            ),
            IssuanceError::Died { .. } => (
                StatusCode::CONFLICT,
                "Nothing is issued for this UPI any more. If that is wrong, have the register corrected",
            ),
            IssuanceError::Issue(IssueError::NotEntitled { .. }) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "The register does not entitle the person to this credential. Ask for another type",
            ),
            // These tell the code alone.
            error => return Self(error.into()),
        };
        Self(Problem::of(status, error.code(), detail))
    }
}

impl From<Problem> for Told {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<HomeError> for Told {
    fn from(error: HomeError) -> Self {
        Self(error.into())
    }
}

impl From<NoRandomness> for Told {
    fn from(error: NoRandomness) -> Self {
        Self(error.into())
    }
}

impl From<SignError> for Told {
    fn from(error: SignError) -> Self {
        Self(error.into())
    }
}

impl From<Told> for Problem {
    fn from(Told(problem): Told) -> Self {
        problem
    }
}

fn unknown() -> Problem {
    let detail =
        "Expected Authorization: Bearer and a token that the issuer's settings name. Ask the operator";
    Problem::of(StatusCode::UNAUTHORIZED, "caller_unknown", detail).challenge(CHALLENGE)
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
