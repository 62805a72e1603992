//! What an officer sees of a person.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::encoding::b64url;
use hati_formats::time::{Date, Timestamp};
use hati_store::{Changed, Correction, Entry, Person, QuarantineId, Quarantined, Reason, Role, Status};
use serde::Serialize;
use utoipa::ToSchema;

use crate::issuance::claims;

/// A person as listed.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonSummary {
    upi: String,
    given_name: String,
    family_name: String,
    birthdate: String,
    /// For officers who register alone: to tell people apart for issuing or revoking the rest is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    county: Option<String>,
}

impl PersonSummary {
    /// A person as an officer of these roles has to know them.
    pub(super) fn new(person: &Person, roles: &[Role]) -> Self {
        Self {
            upi: person.upi.clone(),
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            birthdate: Date::from_days(person.birthdate).to_string(),
            county: roles.contains(&Role::Registering).then(|| person.county.clone()),
        }
    }
}

/// A record: the members of a row of JSON Lines.
#[derive(Serialize, ToSchema)]
pub(super) struct Record {
    /// The fields, as a row of an import has them.
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, Object>)]
    fields: serde_json::Map<String, serde_json::Value>,
    /// The picture, as a data URL.
    portrait: Option<String>,
}

impl From<&Person> for Record {
    fn from(person: &Person) -> Self {
        let portrait = person.portrait.as_ref();
        let url = |it: &hati_store::Portrait| {
            format!("data:{};base64,{}", it.media_type, STANDARD.encode(&it.bytes))
        };
        Self { fields: claims::row(person), portrait: portrait.map(url) }
    }
}

/// Copies of a credential of one type, validity and status. Which index each has is nobody's business here.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedCopies {
    #[serde(rename = "type")]
    credential_type: String,
    /// valid, revoked or suspended.
    status: &'static str,
    valid_from: String,
    valid_until: String,
    copies: u64,
}

/// What was issued to a person, the newest first.
pub(super) fn issued(entries: &[Entry]) -> Vec<IssuedCopies> {
    let mut groups = BTreeMap::new();
    for it in entries {
        *groups
            .entry((it.valid_from, it.valid_until, it.credential_type.as_str(), it.status))
            .or_insert(0) += 1;
    }
    let group = |((from, until, kind, status), copies): ((i64, i64, &str, Status), u64)| IssuedCopies {
        credential_type: kind.to_owned(),
        status: match status {
            Status::Valid => "valid",
            Status::Revoked => "revoked",
            Status::Suspended => "suspended",
        },
        valid_from: Timestamp::from_seconds(from).to_string(),
        valid_until: Timestamp::from_seconds(until).to_string(),
        copies,
    };
    groups.into_iter().rev().map(group).collect()
}

/// Why a row waits.
#[derive(Serialize, ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub(super) enum WaitsBecause {
    /// The UPI is registered with other data.
    UpiTaken {
        /// The fields in which the two differ.
        differs: Vec<String>,
    },
    /// Another UPI is registered for what looks like the same person.
    LikelyDuplicate {
        /// The UPI that is registered.
        of: String,
        /// How alike the names are, in thousandths.
        likeness: u16,
    },
    /// Another UPI is registered with the same identity card.
    SameIdNumber {
        /// The UPI that is registered.
        of: String,
    },
    /// Another row of the UPI waits: decide on that one first.
    UpiWaiting {
        /// The fields in which the row differs from the record, or without one from the row that waits.
        differs: Vec<String>,
    },
}

/// A row that waits for a decision.
#[derive(Serialize, ToSchema)]
pub(super) struct WaitingRow {
    id: String,
    upi: String,
    #[serde(flatten)]
    reason: WaitsBecause,
    at: String,
    source: String,
}

impl WaitingRow {
    pub(super) fn new(id: &QuarantineId, row: &Quarantined) -> Self {
        let reason = match &row.reason {
            Reason::UpiTaken { differs } => WaitsBecause::UpiTaken { differs: differs.clone() },
            Reason::LikelyDuplicate { of, likeness } => {
                WaitsBecause::LikelyDuplicate { of: of.clone(), likeness: *likeness }
            }
            Reason::SameIdNumber { of } => WaitsBecause::SameIdNumber { of: of.clone() },
            Reason::UpiWaiting { differs } => WaitsBecause::UpiWaiting { differs: differs.clone() },
        };
        Self {
            id: b64url(&id.0),
            upi: row.person.upi.clone(),
            reason,
            at: Timestamp::from_seconds(row.at).to_string(),
            source: row.source.clone(),
        }
    }
}

/// A request for a correction.
#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionRequest {
    id: String,
    upi: String,
    claim: String,
    wanted: String,
    evidence: String,
    at: String,
    answer: Option<Answer>,
}

/// What an officer answered.
#[derive(Serialize, ToSchema)]
pub(super) struct Answer {
    granted: bool,
    reason: String,
    officer: String,
    at: String,
}

impl From<Correction> for CorrectionRequest {
    fn from(it: Correction) -> Self {
        Self {
            id: b64url(&it.id.0),
            upi: it.upi,
            claim: it.claim,
            wanted: it.wanted,
            evidence: it.evidence,
            at: Timestamp::from_seconds(it.at).to_string(),
            answer: it.answer.map(|answer| Answer {
                granted: answer.granted,
                reason: answer.reason,
                officer: answer.officer,
                at: Timestamp::from_seconds(answer.at).to_string(),
            }),
        }
    }
}

/// What became of a person's credentials.
#[derive(Serialize, ToSchema)]
pub(super) struct Outcome {
    /// Copies whose status is another now.
    changed: u64,
    /// Copies that had the wanted status already.
    unchanged: u64,
    /// Copies that are revoked, and stay so.
    stay_revoked: u64,
    /// Codes and tokens that ended: wallets, and after a death or another person's record the activation code, are to be
    /// given new ones.
    withdrawn: u64,
}

impl From<Changed> for Outcome {
    fn from(Changed { changed, unchanged, stay_revoked, withdrawn }: Changed) -> Self {
        Self { changed, unchanged, stay_revoked, withdrawn }
    }
}
