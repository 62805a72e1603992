//! The token endpoint (RFC 6749 section 3.2, OpenID4VCI 1.0 section 6).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hati_program::system::random;
use hati_protocol::oauth::dpop::{self, DpopError, VerifiedProof};
use hati_protocol::oauth::{ErrorResponse, Form, TokenErrorCode, TokenRequest};
use hati_store::StoreError;
use serde_json::Value;

use super::super::Service;
use super::body::has_type;
use super::{Answer, Refusal, TOKEN, dpop_header, dpop_once, json};
use crate::grants::{GrantError, Tokens};

type Refused = ErrorResponse<TokenErrorCode>;

pub(super) async fn token(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> Response {
    service.handle(move |service| redeem(service, &headers, &body)).await
}

fn redeem(service: &Service, headers: &HeaderMap, body: &Bytes) -> Answer {
    // RFC 6749 section 3.2 and appendix B.
    if !has_type(headers, "application/x-www-form-urlencoded") {
        let reason = "send the parameters as application/x-www-form-urlencoded";
        return Err(Refused::new(TokenErrorCode::InvalidRequest, reason).into());
    }
    let form = Form::parse(body).map_err(Refused::from)?;
    let request = TokenRequest::parse(&form).map_err(Refused::from)?;
    let home = &service.0.home;
    let proof = proof(service, headers)?;
    let once = proof.as_ref().map(dpop_once);
    let tokens = Tokens {
        store: &*home.store,
        issuer: home.config.issuer_url(),
        jkt: proof.as_ref().map(VerifiedProof::jkt),
        proof: once.as_ref(),
        now: service.now().seconds(),
    };
    let response = match tokens.redeem(&request, &mut random()?) {
        // RFC 9449 section 11.1.
        Err(GrantError::Store(StoreError::Replayed)) => {
            let reason = "the DPoP proof was used before: make a new one for each request";
            return Err(Refused::new(TokenErrorCode::InvalidDpopProof, reason).into());
        }
        redeemed => redeemed?,
    };
    Ok(json(StatusCode::OK, &Value::Object(response.to_json())))
}

/// The request's DPoP proof, where it has one (RFC 9449 section 5).
fn proof(service: &Service, headers: &HeaderMap) -> Result<Option<VerifiedProof>, Refusal> {
    let refused = |error: DpopError| Refusal::Token(error.into());
    let Some(proof) = dpop_header(headers).map_err(refused)? else { return Ok(None) };
    let expected = dpop::Expected {
        method: "POST",
        url: &service.endpoint(TOKEN),
        access_token: None,
        is_nonce: None,
        now: service.now(),
    };
    dpop::verify(proof, &expected).map(Some).map_err(refused)
}
