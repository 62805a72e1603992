//! What happens in the browser: the reference becomes a sign-in, the sign-in a code.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, SameSite};
use hati_formats::encoding::b64url;
use hati_program::system::random;
use hati_protocol::oauth::{
    AuthorizationErrorCode as Code, ErrorResponse, Form, PushedReference, REQUEST_URI_PREFIX, Secret,
};
use hati_store::{Action, Event, SeenRecord, Ticket, TicketId, TicketKind, UsedUp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Asked;
use super::page::{Shown, Trouble, sign_in_page};
use crate::activation::{Activation, ActivationError};
use crate::actor::Actor;
use crate::grants::{AuthorizationCode, kept};
use crate::service::Service;
use crate::service::html::Page;
use crate::service::language::Spoken;
use crate::service::upstream::Started;

/// How long a person has to sign in: to find a paper and type from it.
const SIGN_IN_SECONDS: i64 = 15 * 60;

/// How long a code holds. RFC 6749 section 4.1.2: "A maximum authorization code lifetime of 10 minutes is RECOMMENDED".
const CODE_SECONDS: i64 = 60;

/// Bound to this host and to TLS by its prefix (RFC 6265bis section 4.1.3.2).
const COOKIE: &str = "__Host-hati-sign-in";

const SIGN_IN_PATH: &str = "/authorize/signin";

/// `GET /authorize`: the reference is used up, and the browser is given the sign-in.
pub(super) async fn begin(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let spoken = Spoken::of(query.as_deref(), &headers);
    match service.blocking(move |service| service.begin(&query.unwrap_or_default())).await {
        Err(problem) => problem.into_response(),
        Ok(Err(trouble)) => trouble.page(spoken),
        Ok(Ok(sign_in)) => {
            let cookie = Cookie::build((COOKIE, sign_in.as_str())).path("/").secure(true).http_only(true);
            // Not `Strict`: the wallet opened this page, so the redirect below counts as another site's.
            let cookie = cookie.same_site(SameSite::Lax).build().to_string();
            let cookie = HeaderValue::try_from(cookie).map(|cookie| (header::SET_COOKIE, cookie));
            match cookie {
                Ok(cookie) => ([cookie], see_other(SIGN_IN_PATH)).into_response(),
                Err(_) => Trouble::Failed.page(spoken),
            }
        }
    }
}

/// `GET /authorize/signin`: the page.
pub(super) async fn show(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let spoken = Spoken::of(query.as_deref(), &headers);
    let shown = spoken.clone();
    let shown = service.blocking(move |service| {
        let sign_in = service.sign_in(&headers)?;
        Ok::<_, Trouble>(service.page(&sign_in, shown, None))
    });
    match shown.await {
        Err(problem) => problem.into_response(),
        Ok(Err(trouble)) => trouble.page(spoken),
        Ok(Ok(page)) => page.answer(StatusCode::OK),
    }
}

/// `POST /authorize/signin`: what the person typed, or that they do not want to.
pub(super) async fn submit(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let spoken = Spoken::of(query.as_deref(), &headers);
    let shown = spoken.clone();
    match service.blocking(move |service| service.submit(&headers, &body, shown)).await {
        Err(problem) => problem.into_response(),
        Ok(Err(trouble)) => trouble.page(spoken),
        Ok(Ok(answer)) => answer,
    }
}

/// `GET /authorize/upstream`: back from the other provider.
pub(super) async fn come_back(
    State(service): State<Service>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let spoken = Spoken::of(query.as_deref(), &headers);
    let query = query.unwrap_or_default();
    match service.blocking(move |service| service.come_back(&headers, &query)).await {
        Err(problem) => problem.into_response(),
        Ok(Err(trouble)) => trouble.page(spoken),
        Ok(Ok(answer)) => answer,
    }
}

/// What is kept of a sign-in.
#[derive(Serialize, Deserialize)]
struct Opened {
    asked: Asked,
    /// Where the person is at another provider.
    upstream: Option<Started>,
}

/// A sign-in that a browser has.
struct SignIn {
    ticket: Ticket,
    asked: Asked,
    upstream: Option<Started>,
    /// What the page's form carries. Made from the cookie, which no other site can read.
    form_token: String,
}

impl Service {
    fn begin(&self, query: &str) -> Result<Secret, Trouble> {
        let asked = Form::parse(query.as_bytes()).ok().and_then(|form| PushedReference::parse(&form).ok());
        let asked = asked.ok_or(Trouble::Request)?;
        let reference = asked.request_uri.strip_prefix(REQUEST_URI_PREFIX).unwrap_or_default();
        let id = TicketId::of(TicketKind::PushedRequest, reference.as_bytes());
        let (store, now) = (&self.0.home.store, self.now());
        let pushed = store.ticket(&id, now.seconds())?.ok_or(Trouble::Reference)?;
        let request: Asked = kept::read(TicketKind::PushedRequest, &pushed)?;
        // RFC 9126 section 4: the reference is bound to the client that pushed.
        if request.client_id != asked.client_id {
            return Err(Trouble::Reference);
        }
        let sign_in = kept::secret(&mut random()?);
        let id = kept::id(TicketKind::SigningIn, &sign_in);
        let expires = now.plus_seconds(SIGN_IN_SECONDS).seconds();
        let next =
            kept::ticket(TicketKind::SigningIn, id, "", &Opened { asked: request, upstream: None }, expires);
        // RFC 9126 section 7.3: a reference is used once.
        if store.exchange(&pushed, &[next], UsedUp::default(), &[])? {
            Ok(sign_in)
        } else {
            Err(Trouble::Reference)
        }
    }

    fn sign_in(&self, headers: &HeaderMap) -> Result<SignIn, Trouble> {
        let secret = cookie(headers).ok_or(Trouble::Expired)?;
        let id = TicketId::of(TicketKind::SigningIn, secret.as_bytes());
        let ticket = self.0.home.store.ticket(&id, self.now().seconds())?.ok_or(Trouble::Expired)?;
        let Opened { asked, upstream } = kept::read(TicketKind::SigningIn, &ticket)?;
        let form_token = b64url(&Sha256::digest(format!("form {secret}")));
        Ok(SignIn { ticket, asked, upstream, form_token })
    }

    fn page(&self, sign_in: &SignIn, spoken: Spoken, refused: Option<&ActivationError>) -> Page {
        let wallet = self.wallet(&sign_in.asked.client_id).map_or("", |wallet| &wallet.name);
        sign_in_page(Shown {
            asked: &sign_in.asked,
            wallet,
            catalogue: self.site().catalogue(),
            form_token: &sign_in.form_token,
            upstream: self.0.upstream.as_ref(),
            spoken,
            refused,
        })
    }

    fn submit(&self, headers: &HeaderMap, body: &[u8], spoken: Spoken) -> Result<Response, Trouble> {
        let form = Form::parse(body).map_err(|_| Trouble::Request)?;
        let sign_in = self.sign_in(headers)?;
        // A form that another site made this browser send does not know the token.
        if form.get("form") != Some(sign_in.form_token.as_str()) {
            return Err(Trouble::Expired);
        }
        if form.get("cancel").is_some() {
            return self.cancel(&sign_in);
        }
        if form.get("upstream").is_some() {
            return self.go_upstream(sign_in);
        }
        let text = |name| form.get(name).unwrap_or_default().trim();
        match Activation::of(&self.0.home).check(text("upi"), text("code"), self.now()) {
            Ok(citizen) => self.grant(&sign_in, citizen.upi(), Some(citizen.revision()), &[]),
            Err(ActivationError::Store(error)) => Err(error.into()),
            Err(ActivationError::Died) => Err(Trouble::Person),
            Err(refused) => {
                let status = match refused {
                    ActivationError::Locked { .. } => StatusCode::TOO_MANY_REQUESTS,
                    _ => StatusCode::FORBIDDEN,
                };
                Ok(self.page(&sign_in, spoken, Some(&refused)).answer(status))
            }
        }
    }

    /// To the other provider.
    fn go_upstream(&self, sign_in: SignIn) -> Result<Response, Trouble> {
        let upstream = self.0.upstream.as_ref().ok_or(Trouble::Request)?;
        let (url, started) = upstream.start(self.now(), &mut random()?)?;
        let opened = Opened { asked: sign_in.asked, upstream: Some(started) };
        let Ticket { id, expires, .. } = sign_in.ticket;
        let next = kept::ticket(TicketKind::SigningIn, id, "", &opened, expires);
        let is_first = self.0.home.store.exchange(&sign_in.ticket, &[next], UsedUp::default(), &[])?;
        if is_first { Ok(see_other(&url)) } else { Err(Trouble::Expired) }
    }

    /// Back from it.
    fn come_back(&self, headers: &HeaderMap, query: &str) -> Result<Response, Trouble> {
        let sign_in = self.sign_in(headers)?;
        let upstream = self.0.upstream.as_ref().ok_or(Trouble::Request)?;
        let started = sign_in.upstream.as_ref().ok_or(Trouble::Expired)?;
        let query = Form::parse(query.as_bytes()).map_err(|_| Trouble::Request)?;
        let now = self.now();
        let upi = upstream.finish(started, &query, now)?;
        let actor = Actor::Provider(upstream.issuer().to_owned());
        self.grant(&sign_in, &upi, None, &[Event::new(now.seconds(), actor, Action::SignedIn, &upi)])
    }

    /// The person signed in: the sign-in becomes a code, if the record is still the one of that `revision`. If it was amended
    /// meanwhile, it may be another person's.
    fn grant(
        &self,
        sign_in: &SignIn,
        upi: &str,
        revision: Option<u64>,
        events: &[Event],
    ) -> Result<Response, Trouble> {
        let (store, asked, now) = (&self.0.home.store, &sign_in.asked, self.now());
        // Another provider may say whatever it likes.
        self.check_upi(upi).map_err(|_| Trouble::Person)?;
        let registered = store.registered(upi)?.filter(|registered| registered.standing.died.is_none());
        let standing = registered.ok_or(Trouble::Person)?.standing;
        let record = SeenRecord { upi, revision: revision.unwrap_or(standing.revision) };
        let code = kept::secret(&mut random()?);
        let granted = AuthorizationCode {
            upi: upi.to_owned(),
            client_id: asked.client_id.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            code_challenge: asked.code_challenge.clone(),
            dpop_jkt: asked.dpop_jkt.clone(),
            configurations: asked.configurations.clone(),
            details_requested: asked.details_requested,
        };
        let ticket = granted.ticket(&code, now.plus_seconds(CODE_SECONDS).seconds());
        let url = self.answer_url(asked, Ok(code)).ok_or(Trouble::Failed)?;
        let by_offer = asked.offer.as_ref().map(|name| {
            Event::new(now.seconds(), Actor::Citizen, Action::SignedIn, format!("{upi}, by offer {name}"))
        });
        let events = [events, by_offer.as_slice()].concat();
        if store.exchange_as(Some(record), &sign_in.ticket, &[ticket], UsedUp::default(), &events)? {
            Ok(see_other(&url))
        } else {
            Err(Trouble::Expired)
        }
    }

    /// RFC 6749 section 4.1.2.1: the wallet is told.
    fn cancel(&self, sign_in: &SignIn) -> Result<Response, Trouble> {
        let denied = ErrorResponse::new(Code::AccessDenied, "the person did not want to sign in");
        let url = self.answer_url(&sign_in.asked, Err(denied)).ok_or(Trouble::Failed)?;
        if self.0.home.store.exchange(&sign_in.ticket, &[], UsedUp::default(), &[])? {
            Ok(see_other(&url))
        } else {
            Err(Trouble::Expired)
        }
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let headers = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = headers.flat_map(|value| Cookie::split_parse(value).flatten());
    cookies.find(|cookie| cookie.name() == COOKIE).map(|cookie| cookie.value().to_owned())
}

/// RFC 9110 section 15.4.4; never 307, which would send the form along (RFC 9700 section 4.12).
fn see_other(url: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(url) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
