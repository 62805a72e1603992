//! Does it show all that was asked for, and nothing else?

use hati_formats::credential::Format;
use hati_formats::names::ClaimPath;
use hati_protocol::dcql::CompactQuery;
use hati_protocol::exchange::Answer;
use serde_json::{Map, Value};

use super::credential::{Genuine, Token};
use crate::verdict::Report;
use crate::{CheckName, Reason};

/// The claims of a `dc+sd-jwt` that are not about the person.
const ENVELOPE: [&str; 10] =
    ["iss", "vct", "vct#integrity", "nbf", "exp", "iat", "status", "cnf", "_sd_alg", "jti"];

/// The members whose truth is the question: a `false` answers it, but not with yes.
const AGE: &str = "age_equal_or_over";

/// Step 11.
pub(super) fn check(genuine: &Genuine<'_, '_>, query: &CompactQuery, report: &mut Report) {
    if genuine.type_id != query.credential_type.as_str() {
        let evidence = format!("asked for {}, got {}", query.credential_type, genuine.type_id);
        return report.fail(CheckName::QueryAnswered, Reason::TypeNotAskedFor, evidence);
    }
    let answer = Answer::of(query, genuine.format, genuine.token.claims(), genuine.token.disclosed());
    let subject = genuine.credential.subject;
    let is_unmet = |path: &&ClaimPath| {
        path.segments().next() == Some(AGE) && path.find(subject) == Some(&Value::Bool(false))
    };
    let unmet: Vec<&ClaimPath> = query.claims.iter().filter(is_unmet).collect();
    for (claims, reason, says) in [
        (join(&answer.surplus), Reason::ClaimNotAskedFor, "not asked for"),
        (join(&answer.missing), Reason::ClaimMissing, "missing"),
        (join(&unmet), Reason::ClaimNotSatisfied, "not so"),
    ] {
        if !claims.is_empty() {
            return report.fail(CheckName::QueryAnswered, reason, format!("{says}: {claims}"));
        }
    }
    report.pass(CheckName::QueryAnswered, "all that was asked for, and nothing else");
}

/// The claims about the person.
pub(super) fn subject(token: Token<'_>) -> Map<String, Value> {
    let mut claims = token.verified.into_claims();
    if token.format == Format::DcSdJwt {
        claims.retain(|name, _| !ENVELOPE.contains(&name.as_str()));
        return claims;
    }
    match claims.swap_remove("credentialSubject") {
        Some(Value::Object(subject)) => subject,
        _ => Map::new(),
    }
}

fn join(claims: &[impl ToString]) -> String {
    claims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
