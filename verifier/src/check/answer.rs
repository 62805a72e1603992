//! Does it show all that was asked for, and nothing else?

use hati_formats::credential::Format;
use hati_formats::names::ClaimPath;
use hati_protocol::dcql::CompactQuery;
use hati_protocol::exchange::Answer;
use serde_json::{Map, Value};

use super::credential::Genuine;
use crate::verdict::Report;
use crate::{CheckName, Reason};

/// The claims of a `dc+sd-jwt` that are not about the person.
const ENVELOPE: [&str; 10] =
    ["iss", "vct", "vct#integrity", "nbf", "exp", "iat", "status", "cnf", "_sd_alg", "jti"];

/// The members whose truth is the question: a `false` answers it, but not with yes.
const AGE: &str = "age_equal_or_over";

/// Step 11. Gives the subject's claims.
pub(super) fn check(genuine: &Genuine<'_>, query: &CompactQuery, report: &mut Report) -> Map<String, Value> {
    let Some(credential) = genuine.read(report) else { return Map::new() };
    let mut subject = credential.subject.clone();
    if genuine.format == Format::DcSdJwt {
        subject.retain(|name, _| !ENVELOPE.contains(&name.as_str()));
    }
    if genuine.type_id != query.credential_type.as_str() {
        let evidence = format!("asked for {}, got {}", query.credential_type, genuine.type_id);
        report.fail(CheckName::QueryAnswered, Reason::TypeNotAskedFor, evidence);
        return subject;
    }
    let answer = Answer::of(query, genuine.format, genuine.token.claims(), genuine.token.disclosed());
    let unmet: Vec<&str> = query
        .claims
        .iter()
        .filter(|path| {
            path.segments().next() == Some(AGE) && find(&subject, path) == Some(&Value::Bool(false))
        })
        .map(ClaimPath::as_str)
        .collect();
    for (claims, reason, says) in [
        (join(&answer.surplus), Reason::ClaimNotAskedFor, "not asked for"),
        (join(&answer.missing), Reason::ClaimMissing, "missing"),
        (join(&unmet), Reason::ClaimNotSatisfied, "not so"),
    ] {
        if !claims.is_empty() {
            report.fail(CheckName::QueryAnswered, reason, format!("{says}: {claims}"));
            return subject;
        }
    }
    report.pass(CheckName::QueryAnswered, "all that was asked for, and nothing else");
    subject
}

fn join(claims: &[impl ToString]) -> String {
    claims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn find<'v>(subject: &'v Map<String, Value>, path: &ClaimPath) -> Option<&'v Value> {
    let mut names = path.segments();
    let mut value = subject.get(names.next()?)?;
    for name in names {
        value = value.get(name)?;
    }
    Some(value)
}
