//! Is it revoked or suspended, and as of when is that known?

use hati_formats::status::Status;
use hati_formats::time::Timestamp;
use hati_formats::trust::StatusLookupError;

use super::credential::Genuine;
use crate::verdict::Report;
use crate::{CheckName, Doubt, Policy, Reason, Trust};

/// Step 8. Without a trustworthy `now` a revocation still counts, but age does not.
pub(super) fn check(
    genuine: &Genuine<'_, '_>,
    trust: &Trust<'_>,
    policy: &Policy,
    now: Option<Timestamp>,
    report: &mut Report,
) {
    let Some(status) = &genuine.credential.status else {
        return doubt(policy.unknown_status, Reason::StatusUnknown, "it names no status list".into(), report);
    };
    if !genuine.issuer.publishes(&status.uri) {
        let evidence = format!("{} does not publish {}", genuine.issuer.id, status.uri);
        return report.fail(CheckName::Status, Reason::StatusListForeign, evidence);
    }
    let (value, as_of) = match trust.bundle().status(&status.uri, status.index) {
        Ok(found) => found,
        Err(error @ StatusLookupError::UnknownList { .. }) => {
            return doubt(policy.unknown_status, Reason::StatusUnknown, error.to_string(), report);
        }
        Err(error) => {
            return report.fail(CheckName::Status, Reason::StatusOutOfRange, error.to_string());
        }
    };
    report.status_as_of = Some(as_of);
    match value {
        Status::Invalid => {
            report.fail(CheckName::Status, Reason::Revoked, format!("revoked, as of {as_of}"));
        }
        Status::Suspended => {
            report.fail(CheckName::Status, Reason::Suspended, format!("suspended, as of {as_of}"));
        }
        Status::Other(value) => {
            let evidence = format!("status {value}, which this version does not know, as of {as_of}");
            doubt(policy.unknown_status, Reason::StatusUnknown, evidence, report);
        }
        Status::Valid => check_age(as_of, policy, now, report),
    }
}

fn check_age(as_of: Timestamp, policy: &Policy, now: Option<Timestamp>, report: &mut Report) {
    match now.map(|now| now.seconds_since(as_of)) {
        Some(age) if age > policy.max_status_age => {
            let evidence =
                format!("valid as of {as_of}, {age} s ago; the policy allows {} s", policy.max_status_age);
            doubt(policy.stale_status, Reason::StatusStale, evidence, report);
        }
        _ => report.pass(CheckName::Status, format!("valid as of {as_of}")),
    }
}

fn doubt(doubt: Doubt, reason: Reason, evidence: String, report: &mut Report) {
    match doubt {
        Doubt::Undetermined => report.doubt(CheckName::Status, reason, evidence),
        Doubt::Reject => report.fail(CheckName::Status, reason, evidence),
        Doubt::Accept => report.tolerate(CheckName::Status, evidence),
    }
}
