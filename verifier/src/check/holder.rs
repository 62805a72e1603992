//! Does its holder show it, to this verifier, for this request, now?

use hati_formats::qr::presentation::SINGLE_SCAN_AUDIENCE;
use hati_formats::sd_jwt::{Freshness, KeyBinding, SdJwtError};
use hati_formats::time::Timestamp;
use sha2::{Digest, Sha256};

use super::Expected;
use super::credential::Genuine;
use crate::scan::Presented;
use crate::verdict::Report;
use crate::{CheckName, Policy, Reason, ReplayMemory, Seen};

/// A key binding that passed, ready to be remembered.
pub(super) struct Binding {
    key: [u8; 32],
    until: Timestamp,
}

impl Binding {
    /// Step 12.
    pub(super) fn remember(self, replay: &mut impl ReplayMemory, now: Timestamp, report: &mut Report) {
        match replay.remember(&self.key, self.until, now) {
            Ok(Seen::First) => report.pass(CheckName::Replay, "for the first time"),
            Ok(Seen::Again) => report.fail(CheckName::Replay, Reason::Replayed, "accepted before"),
            Err(error) => report.doubt(CheckName::Replay, Reason::ReplayUnknown, error.to_string()),
        }
    }
}

/// Steps 9 and 10. Freshness is decided only where the clock is right.
pub(super) fn check(
    genuine: &Genuine<'_, '_>,
    presented: &Presented,
    expected: &Expected<'_>,
    policy: &Policy,
    now: Option<Timestamp>,
    report: &mut Report,
) -> Option<Binding> {
    let signed = genuine
        .token
        .key_binding()
        .and_then(|binding| binding.verify_signature(&genuine.token.confirmation_key()?))
        .and_then(|binding| binding.check_sd_hash().map(|()| binding));
    let binding = match signed {
        Ok(binding) => binding,
        Err(error) => {
            let missing = matches!(error, SdJwtError::KeyBindingMissing);
            let reason = if missing { Reason::KeyBindingMissing } else { Reason::KeyBindingInvalid };
            report.fail(CheckName::HolderBinding, reason, error.to_string());
            return None;
        }
    };
    report.pass(CheckName::HolderBinding, "the holder's key signed");
    let (max_age, key) = match expected {
        Expected::Response { nonce, audience, .. } => {
            check_addressed(&binding, nonce, audience, report);
            // One answer for each request, whichever it is.
            (policy.max_response_age, Sha256::new_with_prefix("request:").chain_update(nonce))
        }
        Expected::SingleScan => {
            check_single_scan(&binding, presented, policy, report);
            // What the signature covers, not the signature: of an ECDSA signature anyone can make a second.
            let jwt = genuine.token.parts().key_binding.unwrap_or_default();
            let signed = jwt.rsplit_once('.').unwrap_or_default().0;
            (policy.max_single_scan_age, Sha256::new_with_prefix("scan:").chain_update(signed))
        }
    };
    if let Some(now) = now {
        let freshness = Freshness { now, max_age, max_ahead: policy.max_ahead };
        check_freshness(&binding, freshness, expected, report);
    }
    let signed_at = match expected {
        Expected::Response { until, .. } => (*until).max(binding.issued_at()),
        Expected::SingleScan => binding.issued_at(),
    };
    let until = signed_at.plus_seconds(max_age.saturating_add(policy.max_ahead).saturating_add(1));
    Some(Binding { key: key.finalize().into(), until })
}

fn check_addressed(binding: &KeyBinding<'_>, nonce: &str, audience: &str, report: &mut Report) {
    match binding.check_nonce(nonce) {
        Ok(()) => report.pass(CheckName::Nonce, "of this request"),
        Err(error) => report.fail(CheckName::Nonce, Reason::NonceMismatch, error.to_string()),
    }
    match binding.check_audience(audience) {
        Ok(()) => report.pass(CheckName::Audience, "this verifier"),
        Err(error) => report.fail(CheckName::Audience, Reason::AudienceMismatch, error.to_string()),
    }
}

fn check_single_scan(binding: &KeyBinding<'_>, presented: &Presented, policy: &Policy, report: &mut Report) {
    if !policy.single_scan {
        let evidence = "the policy wants an answer to a request";
        report.fail(CheckName::Nonce, Reason::SingleScanNotEnough, evidence);
    } else if !presented.single_scan {
        // An answer made for one verifier must not pass as a single scan with another.
        report.fail(CheckName::Nonce, Reason::NonceMismatch, "an answer to a request, but none is pending");
    } else {
        report.pass(CheckName::Nonce, "a single scan, which names no request");
    }
    match binding.check_audience(SINGLE_SCAN_AUDIENCE) {
        Ok(()) => report.pass(CheckName::Audience, "whoever scans"),
        Err(error) => report.fail(CheckName::Audience, Reason::AudienceMismatch, error.to_string()),
    }
}

fn check_freshness(
    binding: &KeyBinding<'_>,
    freshness: Freshness,
    expected: &Expected<'_>,
    report: &mut Report,
) {
    let now = freshness.now;
    match (binding.check_freshness(&freshness), expected) {
        (Ok(()), Expected::Response { until, .. }) if now > *until => {
            let evidence = format!("the request could be answered until {until}, and it is {now}");
            report.fail(CheckName::Freshness, Reason::RequestExpired, evidence);
        }
        (Ok(()), _) => report.pass(CheckName::Freshness, format!("signed at {}", binding.issued_at())),
        (Err(error @ SdJwtError::KeyBindingInFuture { .. }), _) => {
            report.fail(CheckName::Freshness, Reason::KeyBindingInFuture, error.to_string());
        }
        (Err(error @ SdJwtError::KeyBindingTooOld { .. }), _) => {
            report.fail(CheckName::Freshness, Reason::KeyBindingTooOld, error.to_string());
        }
        (Err(error), _) => {
            report.fail(CheckName::HolderBinding, Reason::KeyBindingInvalid, error.to_string())
        }
    }
}
