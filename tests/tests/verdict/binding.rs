//! Checks 9, 10 and 12: holder binding, nonce, audience, freshness, replay.

use super::*;
use hati_verifier::{ReplayError, ReplayMemory, Seen};

#[test]
fn a_presentation_without_key_binding_is_refused_with_key_binding_missing() {
    let mut scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    let (presented, _) = shown.rsplit_once('~').unwrap();
    assert_reason(&scene.judge(&format!("{presented}~")), Reason::KeyBindingMissing);
}

#[test]
fn a_key_binding_by_another_key_is_refused_with_key_binding_invalid() {
    let mut scene = Scene::new();
    let thief = country::key(Algorithm::EdDsa, 11).unwrap();
    let shown = scene.present_by(&scene.credential(|_| {}), &thief);
    assert_reason(&scene.judge(&shown), Reason::KeyBindingInvalid);
}

#[test]
fn a_key_binding_over_other_disclosures_is_refused_with_key_binding_invalid() {
    let mut scene = Scene::new();
    let credential = scene.credential(|_| {});
    let both = scene.present(&credential);
    scene.shown = vec!["given_name"];
    let one = scene.present(&credential);
    let (presented, _) = both.rsplit_once('~').unwrap();
    let (_, kb) = one.rsplit_once('~').unwrap();
    assert_reason(&scene.judge(&format!("{presented}~{kb}")), Reason::KeyBindingInvalid);
}

#[test]
fn an_answer_to_another_request_is_refused_with_nonce_mismatch() {
    let mut scene = Scene { nonce: "bm9uY2Utbm9uY2Utbm9uZA", ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::NonceMismatch);
}

#[test]
fn an_answer_for_another_verifier_is_refused_with_audience_mismatch() {
    let other = country::key(Algorithm::EdDsa, 21).unwrap();
    let mut scene = Scene { audience: Some(audience(other.public())), ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::AudienceMismatch);
}

#[test]
fn an_old_answer_is_refused_with_key_binding_too_old() {
    let mut scene = Scene { signed_at: at(-121), ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::KeyBindingTooOld);
    let mut scene = Scene { signed_at: at(-120), ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::Ok);
    let mut scene = Scene { signed_at: at(-61), ..Scene::single_scan() };
    assert_reason(&scene.verdict(), Reason::KeyBindingTooOld);
}

#[test]
fn an_answer_after_the_end_of_its_request_is_refused_with_request_expired() {
    let mut scene = Scene { until: at(-1), ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::RequestExpired);
    let mut scene = Scene { until: at(0), ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::Ok);
}

/// However fresh: whoever saw the answer cannot have it replaced by another.
#[test]
fn another_answer_to_the_same_request_is_refused_with_replayed() {
    let mut scene = Scene::new();
    let credential = scene.credential(|_| {});
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::Ok);
    scene.signed_at = at(-4);
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::Replayed);
}

/// A peer accepts a key binding of 1970.
#[test]
fn an_answer_of_1970_is_refused_with_key_binding_too_old() {
    let mut scene = Scene { signed_at: Timestamp::from_seconds(1), ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::KeyBindingTooOld);
}

#[test]
fn an_answer_from_the_future_is_refused_with_key_binding_in_future() {
    let mut scene = Scene { signed_at: at(61), ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::KeyBindingInFuture);
    let mut scene = Scene { signed_at: at(60), ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::Ok);
}

#[test]
fn the_same_answer_twice_is_refused_with_replayed() {
    for mut scene in [Scene::new(), Scene::single_scan()] {
        let shown = scene.present(&scene.credential(|_| {}));
        assert_reason(&scene.judge(&shown), Reason::Ok);
        assert_reason(&scene.judge(&shown), Reason::Replayed);
    }
}

/// Anyone can turn an ECDSA signature (r, s) into (r, n - s), which holds as well.
#[test]
fn the_same_answer_with_its_signature_mirrored_is_refused_with_replayed() {
    use hati_formats::encoding::{b64url, b64url_decode};
    let mut scene = Scene { holder: country::key(Algorithm::Es256, 10).unwrap(), ..Scene::single_scan() };
    let shown = scene.present(&scene.credential(|_| {}));
    let (body, signature) = shown.rsplit_once('.').unwrap();
    let mut bytes = b64url_decode(signature).unwrap();
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51u8,
    ];
    let mut borrow = 0;
    for (at, n) in order.iter().enumerate().rev() {
        let difference = i16::from(*n) - i16::from(bytes[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        bytes[32 + at] = difference.rem_euclid(256) as u8;
    }
    let mirrored = format!("{body}.{}", b64url(&bytes));
    assert_ne!(mirrored, shown);
    assert_reason(&scene.judge(&shown), Reason::Ok);
    assert_reason(&scene.judge(&mirrored), Reason::Replayed);
}

/// What was refused is not remembered: a bad scan does not burn a good answer.
#[test]
fn only_what_was_accepted_is_remembered() {
    let mut scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    scene.now = at(-200);
    assert_reason(&scene.judge(&shown), Reason::KeyBindingInFuture);
    scene.now = at(0);
    assert_reason(&scene.judge(&shown), Reason::Ok);
}

#[test]
fn a_memory_that_fails_is_undetermined_with_replay_unknown() {
    struct Full;
    impl ReplayMemory for Full {
        fn remember(&mut self, _: &[u8; 32], _: Timestamp, _: Timestamp) -> Result<Seen, ReplayError> {
            Err(ReplayError { reason: "no space left".into() })
        }
    }
    let scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    let bundle = scene.country.verified_bundle().unwrap();
    let trust = Trust::new(&bundle).unwrap();
    let audience = audience(scene.verifier.public());
    let expected = Expected::Response { nonce: NONCE, audience: &audience, until: scene.until };
    let question = Question { query: &scene.query, expected };
    let presented = scan::Presented { sd_jwt: shown, single_scan: false };
    let verdict = check::check(&presented, &question, &trust, &scene.policy, &mut Full, scene.now);
    assert_reason(&verdict, Reason::ReplayUnknown);
}

#[test]
fn a_single_scan_where_a_request_is_wanted_is_refused_with_single_scan_not_enough() {
    let mut scene = Scene { policy: Policy::default(), ..Scene::single_scan() };
    assert_reason(&scene.verdict(), Reason::SingleScanNotEnough);
}

/// An answer that somebody gave to a request elsewhere must not pass as a single scan.
#[test]
fn an_answer_shown_as_a_single_scan_is_refused() {
    let mut scene = Scene { audience: None, ..Scene::single_scan() };
    let shown = scene.present(&scene.credential(|_| {}));
    assert_reason(&scene.judge(&shown), Reason::AudienceMismatch);
    let presented = scan::Presented { sd_jwt: shown, single_scan: false };
    assert_reason(&scene.judge_presented(&presented), Reason::NonceMismatch);
}
