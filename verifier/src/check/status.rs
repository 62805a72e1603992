//! Is it revoked or suspended, and as of when is that known?

use hati_formats::status::Status;
use hati_formats::time::Timestamp;
use hati_formats::trust::StatusLookupError;

use super::credential::Genuine;
use crate::verdict::Report;
use crate::{CheckName, Policy, Reason, Trust};

/// Step 8. Without a trustworthy `now` a revocation still counts, but age does not.
pub(super) fn check(
    genuine: &Genuine<'_, '_>,
    trust: &Trust<'_>,
    policy: &Policy,
    now: Option<Timestamp>,
    report: &mut Report,
) {
    let Some(status) = &genuine.credential.status else {
        let evidence = "it names no status list".to_owned();
        return report.doubt_as(policy.unknown_status, CheckName::Status, Reason::StatusUnknown, evidence);
    };
    if !genuine.issuer.publishes(&status.uri) {
        let evidence = format!("{} does not publish {}", genuine.issuer.id, status.uri);
        return report.fail(CheckName::Status, Reason::StatusListForeign, evidence);
    }
    let (value, as_of) = match trust.bundle().status(&status.uri, status.index) {
        Ok(found) => found,
        Err(error @ StatusLookupError::UnknownList { .. }) => {
            let evidence = error.to_string();
            return report.doubt_as(
                policy.unknown_status,
                CheckName::Status,
                Reason::StatusUnknown,
                evidence,
            );
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
            report.doubt_as(policy.unknown_status, CheckName::Status, Reason::StatusUnknown, evidence);
        }
        Status::Valid => check_age(as_of, policy, now, report),
    }
}

fn check_age(as_of: Timestamp, policy: &Policy, now: Option<Timestamp>, report: &mut Report) {
    match now.map(|now| now.seconds_since(as_of)) {
        Some(age) if age > policy.max_status_age => {
            let evidence =
                format!("valid as of {as_of}, {age} s ago; the policy allows {} s", policy.max_status_age);
            report.doubt_as(policy.stale_status, CheckName::Status, Reason::StatusStale, evidence);
        }
        _ => report.pass(CheckName::Status, format!("valid as of {as_of}")),
    }
}
