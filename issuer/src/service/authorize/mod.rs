//! Signing in from home: the front half of the authorization code flow (RFC 6749 section 4.1), for wallets without a
//! secret.
//!
//! 1. The wallet pushes its request (RFC 9126) and gets a reference: `pushed`. There is no other way to ask.
//! 2. It opens `/authorize` in the person's browser with that reference, which is then used up: `sign_in`.
//! 3. The person sees which wallet asks for what, and signs in: with UPI and activation code, or at another provider
//!    (`upstream`).
//! 4. The browser carries a code back to the wallet, with `state` and `iss` (RFC 9207).
//!
//! Each step is one ticket exchanged for the next, so that of two who show the same thing one is served.

mod page;
mod pushed;
mod sign_in;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hati_protocol::oauth::{
    AuthorizationErrorCode, AuthorizationResponse, ErrorResponse, RedirectUri, Secret,
};
use serde::{Deserialize, Serialize};
use tower_http::cors::{Any, CorsLayer};

use super::Service;
use super::settings::Wallet;
use super::upstream::CALLBACK;

/// The routes.
pub(super) fn routes(service: &Service) -> Router<Service> {
    // A wallet may be a page of any origin, which pushes; signing in is this origin's alone.
    let dpop = HeaderName::from_static("dpop");
    let pages = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::ACCEPT, dpop])
        .expose_headers([header::RETRY_AFTER]);
    let in_the_browser = Router::new()
        .route("/authorize", get(sign_in::begin).head(get_alone).fallback(get_alone))
        .route(CALLBACK, get(sign_in::come_back).head(get_alone).fallback(get_alone))
        .route("/authorize/signin", get(sign_in::show).post(sign_in::submit));
    let pushed = Router::new().route("/par", post(pushed::push));
    service.limited(pushed).layer(pages).merge(service.limited(in_the_browser))
}

/// Every other method, also `HEAD`, by which programs look at a link: it would use up what the link is good for, once, and show
/// the outcome to nobody.
async fn get_alone() -> impl IntoResponse {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, HeaderValue::from_static("GET"))])
}

/// What a wallet asks for, as it is kept from its push until the code is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    state: Option<String>,
    code_challenge: String,
    dpop_jkt: Option<String>,
    configurations: Vec<String>,
    details_requested: bool,
    /// The name of the offer that the wallet comes from.
    offer: Option<String>,
}

impl Service {
    fn wallet(&self, client_id: &str) -> Option<&Wallet> {
        self.0.settings.wallets.iter().find(|known| known.client_id == client_id)
    }

    /// The address that carries an outcome to the wallet; none where the wallet is not known any more.
    fn answer_url(
        &self,
        asked: &Asked,
        outcome: Result<Secret, ErrorResponse<AuthorizationErrorCode>>,
    ) -> Option<String> {
        let redirect_uri = RedirectUri::parse(&asked.redirect_uri).ok()?;
        self.wallet(&asked.client_id).filter(|wallet| wallet.may_answer_at(&redirect_uri))?;
        let iss = self.0.home.config.issuer_url().to_owned();
        Some(AuthorizationResponse { outcome, state: asked.state.clone(), iss }.to_url(&redirect_uri))
    }
}
