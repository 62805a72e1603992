//! Asking for a correction of one's own record, and reading what became of it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hati_formats::encoding::b64url;
use hati_formats::time::Timestamp;
use hati_program::system::random;
use hati_store::{Correction, CorrectionAnswer};
use serde_json::{Map, Value, json};

use super::person::failed;
use crate::activation::Citizen;
use crate::actor::Actor;
use crate::register::amend::NewCorrection;
use crate::service::{Problem, Service, json};

/// Requests of one person that wait at the same time: one for each thing that can be wrong.
const MAX_OPEN: usize = 10;

/// `GET /citizen/v1/corrections`: the person's requests, the newest last.
pub(super) async fn list(State(service): State<Service>, headers: HeaderMap) -> Response {
    let listed = service.attempt(move |service| {
        let citizen = service.citizen(&headers)?;
        let corrections = service.0.home.store.corrections_of(citizen.upi()).map_err(failed)?;
        Ok(json!({ "corrections": corrections.iter().map(shown).collect::<Vec<_>>() }))
    });
    match listed.await {
        Err(problem) => problem.into_response(),
        Ok(answer) => json::answer(StatusCode::OK, &answer),
    }
}

/// `POST /citizen/v1/corrections` with `claim`, `wanted` and `evidence`.
pub(super) async fn file(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> Response {
    let filed = service.attempt(move |service| {
        let request = Request::read(&json::object_of(&headers, &body, &["claim", "wanted", "evidence"])?)?;
        let citizen = service.citizen(&headers)?;
        service.file(&citizen, &request)
    });
    match filed.await {
        Err(problem) => problem.into_response(),
        Ok(answer) => json::answer(StatusCode::CREATED, &answer),
    }
}

struct Request {
    claim: String,
    wanted: String,
    evidence: String,
}

impl Request {
    fn read(body: &Map<String, Value>) -> Result<Self, Problem> {
        Ok(Self {
            claim: text(body, "claim")?,
            wanted: text(body, "wanted")?,
            evidence: text(body, "evidence")?,
        })
    }
}

impl Service {
    /// As an officer at the counter files it: what no record could take is refused, and waits for nobody.
    fn file(&self, citizen: &Citizen, request: &Request) -> Result<Value, Problem> {
        let (store, upi) = (&self.0.home.store, citizen.upi());
        let before = store.corrections_of(upi).map_err(failed)?;
        if before.iter().filter(|correction| correction.answer.is_none()).count() >= MAX_OPEN {
            let wait = format!("{MAX_OPEN} requests of yours wait for an answer. Wait for one of them");
            return Err(Problem::new(StatusCode::CONFLICT, wait));
        }
        let Request { claim, wanted, evidence } = request;
        let rng = &mut random().map_err(failed)?;
        let revision = Some(citizen.revision());
        let new = NewCorrection { upi, claim, wanted, evidence, revision };
        let id = self.as_clerk(&Actor::Citizen, |clerk| clerk.request_correction(new, rng))?;
        let filed = store.correction(&id).map_err(failed)?;
        Ok(filed.as_ref().map_or(Value::Null, shown))
    }
}

fn text(body: &Map<String, Value>, member: &str) -> Result<String, Problem> {
    let text = body.get(member).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{member}: expected a text. Give one"))
    })
}

/// The officer's name stays inside.
fn shown(correction: &Correction) -> Value {
    let time = |seconds| Timestamp::from_seconds(seconds).to_string();
    let answer = |answer: &CorrectionAnswer| json!({ "granted": answer.granted, "reason": answer.reason, "at": time(answer.at) });
    json!({
        "id": b64url(&correction.id.0),
        "claim": correction.claim,
        "wanted": correction.wanted,
        "evidence": correction.evidence,
        "at": time(correction.at),
        "answer": correction.answer.as_ref().map(answer),
    })
}
