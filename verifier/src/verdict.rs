//! The verdict: one flat value.

use std::borrow::Cow;

use hati_formats::time::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Doubt, Locale, Reason};

/// What the verifier makes of a presentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every check passed, or the policy accepted its doubt.
    Accepted,
    /// A check failed.
    Rejected,
    /// No check failed, but one could not be decided; a person has to.
    Undetermined,
}

/// The checks, in the order they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// The device's clock is not behind the bundle.
    Clock,
    /// The code and the token in it are whole.
    Form,
    /// The issuer and its key are in the trust list.
    Trust,
    /// The issuer signed the token.
    IssuerSignature,
    /// The disclosed claims are those the issuer signed.
    Disclosures,
    /// The issuer may issue this type.
    Type,
    /// Today lies within the credential's dates.
    Validity,
    /// Not revoked, not suspended, as of a shown date.
    Status,
    /// The holder's key signed.
    HolderBinding,
    /// Made for this request.
    Nonce,
    /// Made for this verifier.
    Audience,
    /// Made just now.
    Freshness,
    /// All that was asked for, and nothing else.
    QueryAnswered,
    /// Not seen before.
    Replay,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It could not be decided.
    Undetermined,
    /// In doubt, and the policy accepts this doubt.
    Tolerated,
}

/// One check that was made. A check that is not listed was not made, because one before it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which.
    pub name: CheckName,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// What was compared, so that a record stands up later. Holds no claim values.
    pub evidence: Cow<'static, str>,
}

/// The answer to "may I rely on this?".
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Accepted, rejected or undetermined.
    pub outcome: Outcome,
    /// Why: the first check that failed, else the first that could not be decided, else [`Reason::Ok`].
    pub reason: Reason,
    /// The disclosed claims, nested as in the credential's subject; none where the verdict is rejected.
    pub claims: Map<String, Value>,
    /// Every check that was made.
    pub checks: Vec<Check>,
    /// As of when the status is known.
    pub status_as_of: Option<Timestamp>,
}

impl Verdict {
    /// A presentation that could not even be read.
    #[must_use]
    pub fn unreadable(reason: Reason, evidence: String) -> Self {
        let mut report = Report::new();
        report.fail(CheckName::Form, reason, evidence);
        report.verdict()
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Verdict", 6)?;
        out.serialize_field("verdict", &self.outcome)?;
        out.serialize_field("code", &self.reason)?;
        let [en, sw] = [Locale::En, Locale::Sw].map(|locale| self.reason.text(locale));
        out.serialize_field("message", &serde_json::json!({"en": en, "sw": sw}))?;
        out.serialize_field("claims", &self.claims)?;
        out.serialize_field("checks", &self.checks)?;
        out.serialize_field("status_as_of", &self.status_as_of.map(|t| t.to_string()))?;
        out.end()
    }
}

/// Collects checks and what they come to.
#[derive(Debug)]
pub(crate) struct Report {
    checks: Vec<Check>,
    rejected: Option<Reason>,
    doubted: Option<Reason>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) status_as_of: Option<Timestamp>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            checks: Vec::with_capacity(14),
            rejected: None,
            doubted: None,
            claims: Map::new(),
            status_as_of: None,
        }
    }

    pub(crate) fn pass(&mut self, name: CheckName, evidence: impl Into<Cow<'static, str>>) {
        self.checks.push(Check { name, outcome: CheckOutcome::Passed, evidence: evidence.into() });
    }

    pub(crate) fn fail(&mut self, name: CheckName, reason: Reason, evidence: impl Into<Cow<'static, str>>) {
        self.rejected.get_or_insert(reason);
        self.checks.push(Check { name, outcome: CheckOutcome::Failed, evidence: evidence.into() });
    }

    pub(crate) fn doubt(&mut self, name: CheckName, reason: Reason, evidence: impl Into<Cow<'static, str>>) {
        self.doubted.get_or_insert(reason);
        self.checks.push(Check { name, outcome: CheckOutcome::Undetermined, evidence: evidence.into() });
    }

    pub(crate) fn tolerate(&mut self, name: CheckName, evidence: impl Into<Cow<'static, str>>) {
        self.checks.push(Check { name, outcome: CheckOutcome::Tolerated, evidence: evidence.into() });
    }

    /// A doubt of which the policy says what to make.
    pub(crate) fn doubt_as(&mut self, doubt: Doubt, name: CheckName, reason: Reason, evidence: String) {
        match doubt {
            Doubt::Undetermined => self.doubt(name, reason, evidence),
            Doubt::Reject => self.fail(name, reason, evidence),
            Doubt::Accept => self.tolerate(name, evidence),
        }
    }

    /// Whether nothing has failed and nothing is in doubt.
    pub(crate) const fn is_clean(&self) -> bool {
        self.rejected.is_none() && self.doubted.is_none()
    }

    pub(crate) fn verdict(mut self) -> Verdict {
        let (outcome, reason) = match (self.rejected, self.doubted) {
            (Some(reason), _) => (Outcome::Rejected, reason),
            (None, Some(reason)) => (Outcome::Undetermined, reason),
            (None, None) => (Outcome::Accepted, Reason::Ok),
        };
        if outcome == Outcome::Rejected {
            // Whoever rejects has no use for the person's data, so it does not get any.
            self.claims.clear();
        }
        Verdict { outcome, reason, claims: self.claims, checks: self.checks, status_as_of: self.status_as_of }
    }
}
