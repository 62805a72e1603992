//! Who asks: the access token of a request, and the proof that it was not stolen.

use axum::http::{HeaderMap, header};
use hati_protocol::oauth::dpop::{self, DpopError};
use hati_protocol::oauth::{Authorization, AuthorizationError, ErrorResponse, ResourceErrorCode, Scheme};
use hati_store::Seen;

use super::super::Service;
use super::{DEFERRED, Refusal, dpop_header, dpop_once};
use crate::grants::{AccessToken, Once};

type Refused = ErrorResponse<ResourceErrorCode>;

/// A wallet with a token that is valid now.
pub(super) struct Caller {
    pub(super) token: AccessToken,
    /// What its DPoP proof uses up: to be remembered with what the request does.
    pub(super) proof: Option<Once>,
}

impl Caller {
    /// Checks the token of a request to an endpoint.
    pub(super) fn of(service: &Service, headers: &HeaderMap, path: &str) -> Result<Self, Refusal> {
        let shown = shown(headers)?;
        let refused = |error: Refused| Refusal::Resource(shown.scheme, error);
        let (store, now) = (&*service.0.home.store, service.now());
        let is_good_here =
            |token: &AccessToken| path == DEFERRED || !token.is_for_waiting_alone(now.seconds());
        let token = AccessToken::find(store, &shown.token, now.seconds())?.filter(is_good_here);
        let token = token.ok_or_else(|| unknown(shown.scheme))?;
        let (jkt, proof) = match (&token.granted.jkt, shown.scheme) {
            (None, Scheme::Bearer) => return Ok(Self { token, proof: None }),
            (Some(jkt), Scheme::Dpop) => (jkt, dpop_header(headers)),
            // RFC 9449 section 7.2: a token bound to a key is no bearer token.
            _ => {
                let reason = "the access token is of another token_type: show it as the token response said";
                return Err(refused(Refused::new(ResourceErrorCode::InvalidToken, reason)));
            }
        };
        let expected = dpop::Expected {
            method: "POST",
            url: &service.endpoint(path),
            access_token: Some(shown.token.as_str()),
            is_nonce: None,
            now,
        };
        let missing = || {
            let reason = "the access token is bound to a key: send a DPoP proof";
            refused(Refused::new(ResourceErrorCode::InvalidDpopProof, reason))
        };
        let dpop_refused = |error: DpopError| refused(error.into());
        let proof = proof.map_err(dpop_refused)?.ok_or_else(missing)?;
        let proof = dpop::verify(proof, &expected).map_err(dpop_refused)?;
        proof.check_bound(jkt).map_err(dpop_refused)?;
        Ok(Self { proof: Some(dpop_once(&proof)), token })
    }

    /// Remembers the proof by itself, where nothing is done that would remember it.
    pub(super) fn use_proof(&self, service: &Service) -> Result<(), Refusal> {
        let Some((key, expires)) = &self.proof else { return Ok(()) };
        match service.0.home.store.remember(key, *expires, service.now().seconds())? {
            Seen::FirstTime => Ok(()),
            Seen::Before => Err(used_proof()),
        }
    }

    /// The token was good when the request came, and is so no more.
    pub(super) fn withdrawn(&self) -> Refusal {
        unknown(self.scheme())
    }

    /// The scheme of the token.
    pub(super) const fn scheme(&self) -> Scheme {
        if self.proof.is_some() { Scheme::Dpop } else { Scheme::Bearer }
    }
}

/// RFC 9449 section 11.1.
pub(super) fn used_proof() -> Refusal {
    let reason = "the DPoP proof was used before: make a new one for each request";
    Refusal::Resource(Scheme::Dpop, Refused::new(ResourceErrorCode::InvalidDpopProof, reason))
}

fn unknown(scheme: Scheme) -> Refusal {
    let reason = "the access token is unknown or expired: use the refresh token, or begin again";
    Refusal::Resource(scheme, Refused::new(ResourceErrorCode::InvalidToken, reason))
}

/// The token as it was shown: in the header, once (RFC 6750 section 2.1).
fn shown(headers: &HeaderMap) -> Result<Authorization, Refusal> {
    let refused = |error: Refused| Refusal::Resource(Scheme::Dpop, error);
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (None, _) => Err(Refusal::NoToken),
        (Some(only), None) => {
            let text = only.to_str().unwrap_or_default();
            Authorization::parse(text).map_err(|error| match error {
                // RFC 6750 section 3.1: another scheme is as no token, and names no error.
                AuthorizationError::Scheme => Refusal::NoToken,
                error @ AuthorizationError::Token { .. } => refused(error.into()),
            })
        }
        _ => Err(refused(Refused::new(ResourceErrorCode::InvalidRequest, "send one Authorization header"))),
    }
}
