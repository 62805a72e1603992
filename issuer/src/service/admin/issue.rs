//! Credentials are issued straight to a wallet whose keys are given, without a protocol between.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hati_formats::credential::Format;
use hati_formats::data_integrity::Cryptosuite;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::Body;
use super::guard::SignedIn;
use crate::actor::Actor;
use crate::issuance::{HolderKeys, Order, PACE};
use crate::register::record::shown;
use crate::service::{Problem, Service};

/// What to issue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IssueOrder {
    /// The credential type, such as maisha-id.
    #[serde(rename = "type")]
    credential_type: String,
    /// vc+sd-jwt, dc+sd-jwt or ldp_vc.
    format: String,
    /// The proof of an ldp_vc: eddsa-jcs-2022 where nothing is said.
    cryptosuite: Option<String>,
    /// The wallet's public keys, a JWK Set: one copy for each.
    #[schema(value_type = Object)]
    holder_keys: Value,
}

/// Issue a credential to the keys of a wallet
///
/// Answers with the file that the wallet takes in.
#[utoipa::path(post, path = "/admin/v1/people/{upi}/credentials", tag = "credentials", params(("upi" = String, Path)),
    request_body = IssueOrder, responses((status = 201, description = "The file for the wallet", body = Object), (status = 409), (status = 422)))]
pub(super) async fn issue(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
    Body(body): Body<IssueOrder>,
) -> Result<Response, Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let file = make(service, &officer.actor(), &upi, &body)?;
            Ok((StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], file).into_response())
        })
        .await
}

fn make(service: &Service, actor: &Actor, upi: &str, body: &IssueOrder) -> Result<String, Problem> {
    let refused = |code, detail: String| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
    let format = Format::from_media_type(&body.format).ok_or_else(|| {
        let got = shown(&body.format);
        let detail = format!("format: expected vc+sd-jwt, dc+sd-jwt or ldp_vc, got {got}. Name one of them");
        refused("format_unknown", detail)
    })?;
    let cryptosuite = match body.cryptosuite.as_deref() {
        None => Cryptosuite::default(),
        Some(name) => {
            let known = Cryptosuite::ALL.iter().find(|it| it.name() == name && format == Format::LdpVc);
            *known.ok_or_else(|| {
                let expected = Cryptosuite::ALL.iter().map(|it| it.name()).collect::<Vec<_>>().join(" or ");
                let detail = format!(
                    "cryptosuite: expected {expected}, with ldp_vc alone; got {} with {}. Leave it out",
                    shown(name),
                    format.media_type()
                );
                refused("cryptosuite_without_proof", detail)
            })?
        }
    };
    let holder_keys = HolderKeys::parse(body.holder_keys.to_string().as_bytes())
        .map_err(|error| refused("holder_keys_refused", error.to_string()))?;
    let types = service.0.home.types()?;
    let order = Order {
        upi,
        credential_type: types.get(&body.credential_type)?,
        format,
        cryptosuite,
        holder_keys: &holder_keys,
        actor,
        once: &[],
        grant: None,
        pace: Some(PACE),
        now: service.now(),
    };
    Ok(service.issue::<Problem>(&order)?.to_json())
}
