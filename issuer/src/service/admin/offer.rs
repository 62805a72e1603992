//! What an officer gives a person at the counter: an offer for the wallet, or an activation code to take home.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::qr::image::{Code, Level};
use hati_formats::time::Timestamp;
use hati_program::system::random;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::guard::SignedIn;
use crate::activation::{Activation, ActivationError, DEFAULT_DAYS};
use crate::grants::offer::{self, OfferError, Wanted};
use crate::grants::open_offer::{self, OpenOffer, WantedOpen};
use crate::service::{Problem, Service};

/// Pixels of a module: a code that a phone reads from a screen.
const MODULE_PX: u32 = 6;

/// What to offer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfferOrder {
    /// Credential configurations of the issuer's metadata, such as maisha-id.dc-sd-jwt.
    configurations: Vec<String>,
    /// Whether the person has to type a transaction code: wise wherever somebody may look over a shoulder.
    #[serde(default)]
    tx_code: bool,
}

/// An offer.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeOffer {
    /// The offer itself, for a link.
    link: String,
    /// Where the wallet fetches it.
    by_reference_link: String,
    /// That as a QR code: a PNG as a data URL, for the person to scan.
    qr: String,
    /// What the person types: tell it, do not show it beside the code.
    tx_code: Option<String>,
    /// When it is nothing any more (RFC 3339).
    expires: String,
}

/// Offer credentials to a person's wallet
///
/// What is suspended is not offered (`credential_withheld`): reinstate or revoke it first.
#[utoipa::path(post, path = "/admin/v1/people/{upi}/offer", tag = "credentials", params(("upi" = String, Path)),
    request_body = OfferOrder, responses((status = 201, body = MadeOffer), (status = 422), (status = 409)))]
pub(super) async fn offer(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
    Body(body): Body<OfferOrder>,
) -> Result<(StatusCode, Json<MadeOffer>), Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let (home, site) = (&service.0.home, service.site());
            let wanted = Wanted {
                upi: &upi,
                configurations: &body.configurations,
                tx_code: body.tx_code,
                actor: &officer.actor(),
                now: service.now(),
            };
            let made = offer::make(&*home.store, &home.config, site.catalogue(), &wanted, &mut random()?)?;
            let made = MadeOffer {
                link: made.link,
                qr: qr(&made.by_reference_link)?,
                by_reference_link: made.by_reference_link,
                tx_code: made.tx_code.map(|code| code.as_str().to_owned()),
                expires: made.expires.to_string(),
            };
            Ok((StatusCode::CREATED, Json(made)))
        })
        .await
}

/// What to offer to everybody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenOrder {
    /// Credential configurations of the issuer's metadata, such as maisha-id.dc-sd-jwt.
    configurations: Vec<String>,
    /// For how many days; 90 where nothing is said.
    days: Option<u32>,
}

/// An offer for everybody.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeOpenOffer {
    /// By which the audit names it.
    name: String,
    /// The offer, for a page.
    link: String,
    /// The same as a QR code: a PNG as a data URL, for a poster.
    qr: String,
    /// When it is nothing any more (RFC 3339).
    expires: String,
}

/// Offer credentials to whoever signs in from home
#[utoipa::path(post, path = "/admin/v1/offers", tag = "credentials", request_body = OpenOrder,
    responses((status = 201, body = MadeOpenOffer), (status = 422, body = super::openapi::ProblemDocument)))]
pub(super) async fn open(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Body(body): Body<OpenOrder>,
) -> Result<(StatusCode, Json<MadeOpenOffer>), Problem> {
    service
        .attempt(move |service| {
            let (home, site) = (&service.0.home, service.site());
            let wanted = WantedOpen {
                configurations: &body.configurations,
                days: body.days.unwrap_or(open_offer::DEFAULT_DAYS),
                actor: &officer.actor(),
                now: service.now(),
            };
            let made =
                OpenOffer::make(&*home.store, &home.config, site.catalogue(), &wanted, &mut random()?)?;
            let (qr, expires) = (qr(&made.link)?, made.expires.to_string());
            Ok((StatusCode::CREATED, Json(MadeOpenOffer { name: made.name, link: made.link, qr, expires })))
        })
        .await
}

/// A link as a picture that a page shows as it stands.
fn qr(link: &str) -> Result<String, Problem> {
    let png = Code::new(link, Level::L).and_then(|code| code.png(MODULE_PX));
    let png = png.map_err(|error| {
        let detail = format!("the offer has no QR code ({error}). Offer fewer credentials at once");
        Problem::of(StatusCode::UNPROCESSABLE_ENTITY, "picture_not_drawn", detail)
    })?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

/// How long an activation code is good.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActivationOrder {
    /// Days; a year where nothing is said.
    days: Option<u32>,
}

/// An activation code.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeActivation {
    /// What the person types at home, with the UPI.
    activation_code: String,
    /// When it is nothing any more (RFC 3339).
    expires: String,
}

/// Make an activation code for a person, in place of the one before it
#[utoipa::path(post, path = "/admin/v1/people/{upi}/activation", tag = "credentials", params(("upi" = String, Path)),
    request_body = ActivationOrder, responses((status = 201, body = MadeActivation), (status = 422)))]
pub(super) async fn activation(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
    Body(body): Body<ActivationOrder>,
) -> Result<(StatusCode, Json<MadeActivation>), Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let (days, now): (u32, Timestamp) = (body.days.unwrap_or(DEFAULT_DAYS), service.now());
            let code =
                Activation::of(&service.0.home).make(&upi, days, &officer.actor(), now, &mut random()?)?;
            let expires = now.plus_seconds(i64::from(days) * hati_formats::time::SECONDS_PER_DAY).to_string();
            Ok((StatusCode::CREATED, Json(MadeActivation { activation_code: code.to_string(), expires })))
        })
        .await
}

impl From<OfferError> for Problem {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::Store(error) => error.into(),
            OfferError::Unknown { .. } => Self::of(StatusCode::NOT_FOUND, error.code(), error.to_string()),
            OfferError::Died { .. } | OfferError::Withheld { .. } => {
                Self::of(StatusCode::CONFLICT, error.code(), error.to_string())
            }
            error => Self::of(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error.to_string()),
        }
    }
}

impl From<ActivationError> for Problem {
    fn from(error: ActivationError) -> Self {
        match error {
            ActivationError::Store(error) => error.into(),
            ActivationError::Unknown { .. } => {
                Self::of(StatusCode::NOT_FOUND, error.code(), error.to_string())
            }
            error => Self::of(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error.to_string()),
        }
    }
}
