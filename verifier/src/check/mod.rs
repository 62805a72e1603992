//! Every check, in the order of `spec/verdict.md`, online and offline alike.

mod answer;
mod credential;
mod holder;
mod status;

use hati_formats::time::Timestamp;
use hati_protocol::dcql::CompactQuery;

use crate::scan::Presented;
use crate::verdict::Report;
use crate::{CheckName, Policy, Reason, ReplayMemory, Trust, Verdict};

/// What was asked, and how the answer must be bound.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// Which claims of which credential.
    pub query: &'q CompactQuery,
    /// What the holder must have signed.
    pub expected: Expected<'q>,
}

/// What a key binding must be made for.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'q> {
    /// An answer to this verifier's request.
    Response {
        /// The nonce of the request.
        nonce: &'q str,
        /// The verifier's audience.
        audience: &'q str,
        /// The end of the request.
        until: Timestamp,
    },
    /// A single scan, which names no request.
    SingleScan,
}

/// Makes every check and gives the verdict.
///
/// 1. *Clock*: not behind the bundle; else nothing that depends on time is decided.
/// 2. *Form*: an SD-JWT+KB of one of the two envelopes.
/// 3. *Trust*: the issuer and the key it names are in the trust list, now, and the list is not overdue.
/// 4. *Issuer signature*, over the bytes received.
/// 5. *Disclosures*: each has its digest (RFC 9901 section 7.1), and the claims are a credential.
/// 6. *Type*: one the issuer may issue.
/// 7. *Validity*: today is within its dates.
/// 8. *Status*: in the issuer's list, not revoked or suspended, known recently enough.
/// 9. *Holder binding*: the key the issuer named signed this presentation (RFC 9901 section 7.3).
/// 10. *Nonce*, *audience* and *freshness* of that signature.
/// 11. *Query answered*: the type and all the claims that were asked for, and nothing else.
/// 12. *Replay*: not seen before. Only what passed all else is remembered.
///
/// A failure in 2 to 6 ends the checks, because nothing behind it would mean anything; after that all are
/// made, so that the verdict says all that is wrong.
#[must_use]
pub fn check(
    presented: &Presented,
    question: &Question<'_>,
    trust: &Trust<'_>,
    policy: &Policy,
    replay: &mut impl ReplayMemory,
    now: Timestamp,
) -> Verdict {
    let mut report = Report::new();
    let trusted_now = check_clock(trust, now, &mut report).then_some(now);
    let Some(token) = credential::check_token(&presented.sd_jwt, trust, policy, trusted_now, &mut report)
    else {
        return report.verdict();
    };
    let Some(genuine) = credential::check_type(&token, trust, &mut report) else {
        return report.verdict();
    };
    if let Some(now) = trusted_now {
        credential::check_validity(&genuine.credential, now, &mut report);
    }
    status::check(&genuine, trust, policy, trusted_now, &mut report);
    let binding = holder::check(&genuine, presented, &question.expected, policy, trusted_now, &mut report);
    answer::check(&genuine, question.query, &mut report);
    // In doubt nothing is remembered, so that the same answer can be checked again with a newer bundle.
    if let Some(binding) = binding.filter(|_| report.is_clean()) {
        binding.remember(replay, now, &mut report);
    }
    report.claims = answer::subject(token);
    report.verdict()
}

fn check_clock(trust: &Trust<'_>, now: Timestamp, report: &mut Report) -> bool {
    let issued_at = trust.bundle().content().issued_at;
    if trust.bundle().clock_behind(now) {
        let evidence = format!("the clock says {now}, but the bundle was made at {issued_at}");
        report.doubt(CheckName::Clock, Reason::ClockBehind, evidence);
        return false;
    }
    report.pass(CheckName::Clock, "not behind the bundle");
    true
}
