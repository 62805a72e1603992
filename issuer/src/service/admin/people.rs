//! The register: searched, looked at, amended.

use std::collections::HashSet;

use axum::extract::{Path, State};
use axum::response::Json;
use axum::{Extension, http::StatusCode};
use hati_formats::time::Date;
use hati_program::system::random;
use hati_store::{Action, Event, Person, Registered};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::MAX_COUNT;
use super::body::{Asked, Body};
use super::guard::SignedIn;
use super::quarantine::Resolved;
use super::records::{self, CorrectionRequest, IssuedCopies, Outcome, PersonSummary, Record, WaitingRow};
use crate::register::phone;
use crate::register::record::MAX_TEXT;
use crate::service::{Problem, Service};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// A UPI, the number of an identity card, a telephone number (0712 345678, 254712345678, +254712345678), a birth date
    /// (YYYY-MM-DD), or names, or how they begin, in any order and without marks or capitals.
    q: String,
}

/// Who was found.
#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    people: Vec<PersonSummary>,
    /// Whether there are more: say more of the name.
    more: bool,
}

/// Search the register
#[utoipa::path(get, path = "/admin/v1/people", tag = "people", params(Search), responses((status = 200, body = Found)))]
pub(super) async fn search(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Asked(search): Asked<Search>,
) -> Result<Json<Found>, Problem> {
    service
        .attempt(move |service| {
            let mut people = find(service, search.q.trim())?;
            let more = people.len() > MAX_COUNT;
            people.truncate(MAX_COUNT);
            consulted(service, &officer, people.iter().map(|person| person.upi.as_str()))?;
            let people = people.iter().map(|person| PersonSummary::new(person, &officer.roles)).collect();
            Ok(Json(Found { people, more }))
        })
        .await
}

fn find(service: &Service, q: &str) -> Result<Vec<Person>, Problem> {
    let (store, upi_digits) = (&service.0.home.store, service.0.home.config.upi_digits());
    if !(2..=MAX_TEXT).contains(&q.chars().count()) {
        let detail =
            format!("q: expected 2 to {MAX_TEXT} characters, got {}. Say more of it", q.chars().count());
        return Err(Problem::of(StatusCode::BAD_REQUEST, "query_malformed", detail));
    }
    if let Ok(day) = Date::parse(q) {
        return Ok(store.born_on(day.days())?);
    }
    if q.chars().any(char::is_alphabetic) {
        return Ok(store.named(q, MAX_COUNT + 1)?);
    }
    // Digits can be each of these.
    let mut found = if q.len() == upi_digits { store.person(q)?.into_iter().collect() } else { Vec::new() };
    found.extend(store.with_id_number(q)?);
    if let Some(number) = phone::as_registered(q) {
        found.extend(store.with_phone(&number)?);
    }
    let mut seen = HashSet::new();
    found.retain(|person| seen.insert(person.upi.clone()));
    Ok(found)
}

/// A person, and all that an officer has to know to help.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonView {
    record: Record,
    /// To be named by whoever changes the record.
    revision: u64,
    /// The day of death.
    died: Option<String>,
    /// What was issued, the newest first.
    issued: Vec<IssuedCopies>,
    /// Credential types of which nothing is issued until they are reinstated or revoked.
    withheld: Vec<String>,
    /// Rows of the same UPI that wait for a decision.
    waiting: Vec<WaitingRow>,
    corrections: Vec<CorrectionRequest>,
}

/// Look at a person's record and at what is issued
#[utoipa::path(get, path = "/admin/v1/people/{upi}", tag = "people", params(("upi" = String, Path)),
    responses((status = 200, body = PersonView)))]
pub(super) async fn show(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
) -> Result<Json<PersonView>, Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let store = &service.0.home.store;
            let Registered { person, standing } = store.registered(&upi)?.ok_or_else(|| unknown(&upi))?;
            consulted(service, &officer, [upi.as_str()].into_iter())?;
            let waiting = store.quarantined_as(&upi)?;
            let types = service.0.home.types()?;
            let withheld = types.ids().into_iter().filter(|it| standing.withheld.has(it));
            Ok(Json(PersonView {
                record: Record::from(&person),
                revision: standing.revision,
                died: standing.died.map(|day| Date::from_days(day).to_string()),
                issued: records::issued(&store.entries_of(&upi)?),
                withheld: withheld.map(str::to_owned).collect(),
                waiting: waiting.iter().take(MAX_COUNT).map(|(id, row)| WaitingRow::new(id, row)).collect(),
                corrections: store.corrections_of(&upi)?.into_iter().map(CorrectionRequest::from).collect(),
            }))
        })
        .await
}

/// Nobody has this UPI.
pub(super) fn unknown(upi: &str) -> Problem {
    let detail = format!("UPI {upi} is not in the register. Check its digits, or look into the quarantine");
    Problem::of(StatusCode::NOT_FOUND, "person_unknown", detail)
}

/// Who looked at whom stands in the audit before it is shown.
pub(super) fn consulted<'a>(
    service: &Service,
    officer: &SignedIn,
    upis: impl Iterator<Item = &'a str>,
) -> Result<(), Problem> {
    let (at, actor) = (service.now().seconds(), officer.actor().to_string());
    let events: Vec<_> = upis.map(|upi| Event::new(at, &actor, Action::Consulted, upi)).collect();
    if events.is_empty() { Ok(()) } else { Ok(service.0.home.store.log(&events)?) }
}

/// Fields that become others.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Amend {
    /// The revision that was looked at.
    revision: u64,
    /// The fields, named and written as in a row of JSON Lines; those that are left out stay.
    #[schema(value_type = std::collections::HashMap<String, Object>)]
    fields: serde_json::Map<String, serde_json::Value>,
}

/// Amend a record; what this makes wrong is revoked
#[utoipa::path(post, path = "/admin/v1/people/{upi}/amend", tag = "people", params(("upi" = String, Path)),
    request_body = Amend, responses((status = 200, body = Outcome), (status = 409), (status = 422)))]
pub(super) async fn amend(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
    Body(body): Body<Amend>,
) -> Result<Json<Outcome>, Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let changed =
                service.as_clerk(&officer.actor(), |clerk| clerk.amend(&upi, body.fields, body.revision))?;
            service.announce();
            Ok(Json(changed.into()))
        })
        .await
}

/// A death.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Death {
    /// The revision that was looked at.
    revision: u64,
    /// The day, YYYY-MM-DD.
    date: String,
}

/// Register a death, or another day of it; everything issued to the person is revoked
#[utoipa::path(post, path = "/admin/v1/people/{upi}/death", tag = "people", params(("upi" = String, Path)),
    request_body = Death, responses((status = 200, body = Outcome), (status = 409), (status = 422)))]
pub(super) async fn death(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
    Body(body): Body<Death>,
) -> Result<Json<Outcome>, Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let changed = service
                .as_clerk(&officer.actor(), |clerk| clerk.register_death(&upi, &body.date, body.revision))?;
            service.announce();
            Ok(Json(changed.into()))
        })
        .await
}

/// A death that was registered by mistake.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lives {
    /// The revision that was looked at.
    revision: u64,
    /// Why, for whoever looks at the person later. It stays with the register: the audit names the decision alone.
    reason: String,
}

/// Take a death back that was registered by mistake
///
/// What was revoked for it stays revoked: give the person an offer or an activation code.
#[utoipa::path(post, path = "/admin/v1/people/{upi}/death/withdraw", tag = "people", params(("upi" = String, Path)),
    request_body = Lives, responses((status = 200, body = Resolved), (status = 409), (status = 422)))]
pub(super) async fn withdraw_death(
    State(service): State<Service>,
    Extension(officer): Extension<SignedIn>,
    Path(upi): Path<String>,
    Body(body): Body<Lives>,
) -> Result<Json<Resolved>, Problem> {
    service
        .attempt(move |service| {
            service.check_upi(&upi)?;
            let rng = &mut random()?;
            let withdrawn = service.as_clerk(&officer.actor(), |clerk| {
                clerk.withdraw_death(&upi, &body.reason, body.revision, rng)
            })?;
            Ok(Json(withdrawn.into()))
        })
        .await
}
