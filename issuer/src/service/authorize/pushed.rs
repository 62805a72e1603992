//! Pushed authorization requests (RFC 9126).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hati_program::system::random;
use hati_protocol::oauth::dpop::{self, Expected};
use hati_protocol::oauth::{
    AuthorizationErrorCode as Code, AuthorizationRequest, ErrorResponse, Form, PushedAuthorizationResponse,
    REQUEST_URI_PREFIX,
};
use hati_store::{Seen, TicketKind};
use serde_json::Value;

use super::Asked;
use crate::grants::kept;
use crate::grants::open_offer::OpenOffer;
use crate::service::Service;
use crate::service::for_log::ForLog;
use crate::service::vci::{dpop_header, dpop_once};

/// How long a reference holds: until the wallet has opened the browser. RFC 9126 section 2.2 gives 5 to 600 seconds as the
/// usual range; a slow phone takes a while.
const REFERENCE_SECONDS: u64 = 120;

/// The longest `state` that is kept and sent back: RFC 6749 sets no limit, addresses do.
const MAX_STATE: usize = 2_048;

type Refused = ErrorResponse<Code>;

/// `POST /par`.
pub(super) async fn push(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> Response {
    let pushed = service.blocking(move |service| service.push(&headers, &body)).await;
    let (status, json) = match pushed {
        Err(problem) => return problem.into_response(),
        // RFC 9126 section 2.2.
        Ok(Ok(answer)) => (StatusCode::CREATED, Value::Object(answer.to_json())),
        // Section 2.3.
        Ok(Err(refused)) => {
            (StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST), refused.to_json())
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, json.to_string()).into_response()
}

impl Service {
    fn push(&self, headers: &HeaderMap, body: &[u8]) -> Result<PushedAuthorizationResponse, Refused> {
        if !is_form(headers) {
            let expected = "the request must be a form: Content-Type application/x-www-form-urlencoded";
            return Err(Refused::new(Code::InvalidRequest, expected));
        }
        let request = AuthorizationRequest::parse(&Form::parse(body)?)?;
        let asked = self.asked(&request, self.dpop_key(headers)?)?;

        let reference = kept::secret(&mut random().map_err(failed)?);
        let id = kept::id(TicketKind::PushedRequest, &reference);
        let expires = self.now().seconds().saturating_add_unsigned(REFERENCE_SECONDS);
        let ticket = kept::ticket(TicketKind::PushedRequest, id, "", &asked, expires);
        self.0.home.store.keep(&[ticket], &[]).map_err(failed)?;
        let request_uri = format!("{REQUEST_URI_PREFIX}{}", reference.as_str());
        Ok(PushedAuthorizationResponse { request_uri, expires_in: REFERENCE_SECONDS })
    }

    /// Checks a request against what this issuer knows.
    fn asked(&self, request: &AuthorizationRequest, proven: Option<String>) -> Result<Asked, Refused> {
        let wallet = self.wallet(&request.client_id).ok_or_else(|| {
            Refused::new(
                Code::InvalidClient,
                "this wallet is not registered here: ask the issuer to name its client_id",
            )
        })?;
        // RFC 6749 section 3.1.2.3.
        if !wallet.may_answer_at(&request.redirect_uri) {
            let expected = "redirect_uri must be exactly one that is registered for this client_id";
            return Err(Refused::new(Code::InvalidRequest, expected));
        }
        if request.state.as_ref().is_some_and(|state| state.len() > MAX_STATE) {
            return Err(Refused::new(
                Code::InvalidRequest,
                format!("state must have at most {MAX_STATE} bytes"),
            ));
        }
        // RFC 9449 section 10.1.
        let dpop_jkt = match (&request.dpop_jkt, proven) {
            (Some(named), Some(proven)) if *named != proven => {
                return Err(Refused::new(
                    Code::InvalidDpopProof,
                    "dpop_jkt is not the key of the DPoP proof",
                ));
            }
            (named, proven) => proven.or_else(|| named.clone()),
        };
        let configurations = self.configurations(request)?;
        let offer = request.issuer_state.as_deref().map(|state| self.offer(state, &configurations));
        Ok(Asked {
            client_id: request.client_id.clone(),
            redirect_uri: request.redirect_uri.as_str().to_owned(),
            state: request.state.clone(),
            code_challenge: request.code_challenge.to_string(),
            dpop_jkt,
            configurations,
            details_requested: !request.authorization_details.is_empty(),
            offer: offer.transpose()?,
        })
    }

    /// The name of the offer that a wallet says it comes from (OpenID4VCI 1.0 section 5.1.3).
    fn offer(&self, issuer_state: &str, asked: &[String]) -> Result<String, Refused> {
        let refused = |reason| Refused::new(Code::InvalidRequest, reason);
        let found = OpenOffer::find(&*self.0.home.store, issuer_state, self.now().seconds());
        let offer = found.map_err(failed)?.ok_or_else(|| {
            refused(
                "issuer_state is of no offer that holds now: take a newer offer, or leave issuer_state out",
            )
        })?;
        if !offer.offers(asked) {
            return Err(refused("with issuer_state, ask for nothing but what its offer names"));
        }
        Ok(offer.name)
    }

    /// The credentials that are asked for, by details (OpenID4VCI 1.0 section 5.1.1) and scope (section 5.1.2).
    fn configurations(&self, request: &AuthorizationRequest) -> Result<Vec<String>, Refused> {
        let site = self.site();
        let is_known = |id: &str| site.catalogue().get(id).is_some();
        let mut asked = Vec::new();
        for detail in &request.authorization_details {
            let id = &detail.credential_configuration_id;
            if !is_known(id) || !detail.is_for(self.0.home.config.issuer_url()) {
                let expected =
                    "authorization_details must name credential configurations of this issuer's metadata";
                return Err(Refused::new(Code::InvalidAuthorizationDetails, expected));
            }
            asked.push(id.clone());
        }
        // Section 5.1.2: names that are no credential's may be there for others.
        let names = request.scope.iter().flat_map(|scope| scope.names());
        asked.extend(names.filter(|name| is_known(name)).map(str::to_owned));
        asked.sort();
        asked.dedup();
        if asked.is_empty() {
            let expected = "scope or authorization_details must name a credential of this issuer's metadata";
            return Err(Refused::new(Code::InvalidScope, expected));
        }
        Ok(asked)
    }

    /// The thumbprint of the key of a DPoP proof, where there is one (RFC 9449 section 10.1).
    fn dpop_key(&self, headers: &HeaderMap) -> Result<Option<String>, Refused> {
        let Some(proof) = dpop_header(headers)? else { return Ok(None) };
        let (url, now) = (self.endpoint("/par"), self.now());
        let expected = Expected { method: "POST", url: &url, access_token: None, is_nonce: None, now };
        let proof = dpop::verify(proof, &expected)?;
        let (once, until) = dpop_once(&proof);
        match self.0.home.store.remember(&once, until, now.seconds()).map_err(failed)? {
            Seen::FirstTime => Ok(Some(proof.jkt().to_owned())),
            Seen::Before => {
                Err(Refused::new(Code::InvalidDpopProof, "this DPoP proof was used before; make a new one"))
            }
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// What the wallet need not know is in the log.
fn failed(error: impl ForLog) -> Refused {
    tracing::error!(error = error.for_log(), "a pushed request was not kept");
    Refused::new(Code::ServerError, "the issuer failed; try again")
}
