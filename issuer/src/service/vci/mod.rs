//! OpenID4VCI 1.0: from an offer or a sign-in to credentials, online.
//!
//! 1. `metadata` says what there is, `offer` gives an offer that was made by reference.
//! 2. `token`: a code, and later a refresh token, become an access token.
//! 3. `credential`: keys are proven, with a nonce of `nonce`, and copies issued; `deferred` where an officer decides
//!    first; `notification` hears what became of them.
//!
//! What is asked and answered is `hati_protocol`'s, what is remembered [`grants`](crate::grants)'. Here is HTTP: each
//! request is handled on a thread that may block, and each refusal is its standard's.

mod access;
mod body;
mod credential;
mod deferred;
mod encryption;
mod issue;
pub(super) mod metadata;
mod nonce;
mod notification;
mod offer;
mod refusal;
mod token;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hati_protocol::oauth::dpop;
use tower_http::cors::{Any, CorsLayer};

use self::encryption::Encryption;
use self::refusal::Refusal;
use super::Service;
use crate::grants::Stamps;
use crate::keys::SectorKeys;

pub(super) const TOKEN: &str = "/token";
pub(super) const NONCE: &str = "/nonce";
pub(super) const CREDENTIAL: &str = "/credential";
pub(super) const DEFERRED: &str = "/deferred_credential";
pub(super) const NOTIFICATION: &str = "/notification";

/// The secrets of these endpoints, made of the issuer's so that each of its processes has the same.
pub(super) struct Vci {
    stamps: Stamps,
    encryption: Encryption,
}

impl Vci {
    pub(super) fn new(secrets: &SectorKeys) -> Self {
        Self { stamps: Stamps::new(secrets), encryption: Encryption::new(secrets) }
    }
}

pub(super) fn routes(service: &Service) -> Router<Service> {
    // A wallet may be a page of any origin; it sends tokens of its own accord, and no cookie counts here.
    let dpop = HeaderName::from_static("dpop");
    let pages = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT, dpop])
        .expose_headers([header::WWW_AUTHENTICATE, header::RETRY_AFTER]);
    let routes = Router::new()
        .route("/.well-known/openid-credential-issuer", get(metadata::issuer))
        .route(&format!("{}{{id}}", crate::grants::offer::OFFERS), get(offer::offer))
        .route(TOKEN, post(token::token))
        .route(NONCE, post(nonce::nonce))
        .route(CREDENTIAL, post(credential::credential))
        .route(DEFERRED, post(deferred::deferred))
        .route(NOTIFICATION, post(notification::notification));
    service.limited(routes).layer(pages)
}

/// What a request is answered with.
type Answer = Result<Response, Refusal>;

impl Service {
    /// Handles a request where the store may be waited for.
    async fn handle(self, handle: impl FnOnce(&Self) -> Answer + Send + 'static) -> Response {
        let answer = tokio::task::spawn_blocking(move || handle(&self)).await;
        let mut response = match answer {
            Ok(Ok(response)) => response,
            Ok(Err(refusal)) => refusal.into_response(),
            Err(error) => Refusal::failed("a request's thread", &error).into_response(),
        };
        // RFC 6749 section 5.1, OpenID4VCI 1.0 sections 7.2 and 8.3.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// The address of an endpoint, as the metadata name it: never put together from a `Host` header.
    pub(super) fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.0.home.config.issuer_url())
    }
}

/// What the issuer's endpoints answer to (RFC 9449 section 4.2): one proof or none.
pub(super) fn dpop_header(headers: &axum::http::HeaderMap) -> Result<Option<&str>, dpop::DpopError> {
    dpop::only_proof(headers.get_all(dpop::HEADER).iter().map(HeaderValue::as_bytes))
}

/// RFC 9449 section 11.1: what a proof uses up, whatever its `jti` is made of.
pub(super) fn dpop_once(proof: &dpop::VerifiedProof) -> crate::grants::Once {
    use sha2::{Digest, Sha256};
    let digest =
        Sha256::new().chain_update(proof.jkt()).chain_update(" ").chain_update(proof.jti()).finalize();
    (["DPoP ".as_bytes(), &digest].concat(), proof.remember_until().seconds())
}

/// A JSON body.
fn json(status: axum::http::StatusCode, value: &serde_json::Value) -> Response {
    let media_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, media_type, value.to_string()).into_response()
}
