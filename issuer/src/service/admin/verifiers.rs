//! Verifiers are registered, and registrations withdrawn.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use hati_formats::encoding::b64url;
use hati_formats::keys::PublicKey;
use hati_formats::names::ClaimPath;
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_formats::trust::{Names, RegistrationContent, Serial, Validity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::Body;
use super::guard::SignedIn;
use crate::service::{Problem, Service};
use crate::verifiers::{Office, withdraw as withdraw_registration};

/// Days a registration may hold: three years, as on the command line.
const MAX_DAYS: u32 = 1095;

/// A registration.
#[derive(Serialize, ToSchema)]
pub(super) struct VerifierView {
    serial: String,
    name: String,
    expires: String,
    withdrawn_at: Option<String>,
}

/// Every registration.
#[derive(Serialize, ToSchema)]
pub(super) struct Registrations {
    verifiers: Vec<VerifierView>,
}

/// See who is registered to ask for what
#[utoipa::path(get, path = "/admin/v1/verifiers", tag = "verifiers", responses((status = 200, body = Registrations)))]
pub(super) async fn list(State(service): State<Service>) -> Result<Json<Registrations>, Problem> {
    service
        .attempt(|service| {
            let text = |seconds| Timestamp::from_seconds(seconds).to_string();
            let verifiers = service.0.home.store.verifiers()?.into_iter().map(|it| VerifierView {
                serial: it.id,
                name: it.name,
                expires: text(it.expires),
                withdrawn_at: it.withdrawn_at.map(text),
            });
            Ok(Json(Registrations { verifiers: verifiers.collect() }))
        })
        .await
}

/// Who asks, and for what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewVerifier {
    /// The name in English, as wallets show it.
    name: String,
    /// The name in Swahili; the English one without it.
    name_sw: Option<String>,
    /// Where it asks, as wallets show it.
    place: Option<String>,
    /// Its public key, a JWK.
    #[schema(value_type = Object)]
    key: Value,
    /// The claims it may ask for, each with what lies inside it, such as given_name or age_equal_or_over.18.
    claims: Vec<String>,
    /// The purposes it may name; any without them.
    #[serde(default)]
    purposes: Vec<String>,
    /// How many days the registration holds, 1 to 1095.
    days: u32,
}

/// A registration, signed.
#[derive(Serialize, ToSchema)]
pub(super) struct RegisteredVerifier {
    serial: String,
    audience: String,
    until: String,
    /// The file for the verifier, in base64url.
    registration: String,
}

/// Register a verifier
#[utoipa::path(post, path = "/admin/v1/verifiers", tag = "verifiers", request_body = NewVerifier,
    responses((status = 201, body = RegisteredVerifier), (status = 422)))]
pub(super) async fn register(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Body(body): Body<NewVerifier>,
) -> Result<Response, Problem> {
    service
        .attempt(move |service| {
            let (home, now) = (&service.0.home, service.now());
            let content = content(body, now)?;
            let (trust, types) = (home.trust()?, service.0.home.types()?);
            let office = Office {
                store: &*home.store,
                trust: &trust,
                key: &home.keys.registrar,
                types: &types,
                actor: &officer.actor(),
                now,
            };
            let (registration, statement) = office.register(content)?;
            let made = RegisteredVerifier {
                serial: registration.serial().to_string(),
                audience: registration.audience().to_owned(),
                until: registration.content().validity.until.to_string(),
                registration: b64url(&statement),
            };
            Ok((StatusCode::CREATED, Json(made)).into_response())
        })
        .await
}

fn content(new: NewVerifier, now: Timestamp) -> Result<RegistrationContent, Problem> {
    let refused = |code, detail: String| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
    if !(1..=MAX_DAYS).contains(&new.days) {
        let detail = format!("days: expected 1 to {MAX_DAYS}, got {}", new.days);
        return Err(refused("registration_malformed", detail));
    }
    let claims = new.claims.iter().map(|claim| claim.parse::<ClaimPath>()).collect::<Result<_, _>>();
    // From the day's start, as the registrar's key is valid, so that no clock that is a little behind refuses it.
    let from = now.date().start();
    Ok(RegistrationContent {
        key: PublicKey::from_jwk(&new.key).map_err(|error| {
            refused("verifier_key_refused", format!("key: {error}. Give an Ed25519 or P-256 public JWK"))
        })?,
        names: Names::new(&new.name, new.name_sw.as_deref().unwrap_or(&new.name)),
        place: new.place,
        claims: claims.map_err(|error| refused("claim_unknown", format!("claims: {error}")))?,
        purposes: new.purposes,
        validity: Validity { from, until: from.plus_seconds(i64::from(new.days) * SECONDS_PER_DAY) },
    })
}

/// Withdraw a registration; wallets learn it from the next bundle
#[utoipa::path(delete, path = "/admin/v1/verifiers/{serial}", tag = "verifiers", params(("serial" = String, Path)),
    responses((status = 204)))]
pub(super) async fn withdraw(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(serial): Path<String>,
) -> Result<StatusCode, Problem> {
    let serial: Serial = serial.parse().map_err(|error| {
        let detail = format!("{error}. GET /admin/v1/verifiers lists the serials");
        Problem::of(StatusCode::NOT_FOUND, "registration_not_in_force", detail)
    })?;
    service
        .attempt(move |service| {
            withdraw_registration(&*service.0.home.store, serial, &officer.actor(), service.now())?;
            service.announce();
            Ok(StatusCode::NO_CONTENT)
        })
        .await
}
