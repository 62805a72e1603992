//! Checks 1 to 7: form, trust, signature, disclosures, type, validity.

use super::*;
use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::jws;
use hati_formats::time::Date;
use hati_verifier::Doubt;
use serde_json::{Value, json};

/// Changes a disclosed claim's value and leaves its digest as it was.
fn alter_disclosure(sd_jwt: &str) -> String {
    let mut parts: Vec<String> = sd_jwt.split('~').map(str::to_owned).collect();
    let json = String::from_utf8(b64url_decode(&parts[1]).unwrap()).unwrap();
    let altered = json.replace("Wanjiru", "Wangari").replace("1990", "1980");
    assert_ne!(json, altered);
    parts[1] = b64url(altered.as_bytes());
    parts.join("~")
}

#[test]
fn a_tampered_claim_is_refused_with_claim_tampered() {
    let mut scene = Scene::new();
    let credential = scene.credential(|_| {});
    let altered = alter_disclosure(&scene.present(&credential));
    assert_reason(&scene.judge(&altered), Reason::ClaimTampered);
}

#[test]
fn a_disclosure_that_no_digest_refers_to_is_refused_with_claim_tampered() {
    let mut scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    let invented = b64url(br#"["AAAAAAAAAAAAAAAAAAAAAA","portrait","mine"]"#);
    let (presented, kb) = shown.rsplit_once('~').unwrap();
    assert_reason(&scene.judge(&format!("{presented}~{invented}~{kb}")), Reason::ClaimTampered);
}

#[test]
fn a_tampered_signature_is_refused_with_issuer_signature_invalid() {
    let mut scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    let (jwt, rest) = shown.split_once('~').unwrap();
    let (body, signature) = jwt.rsplit_once('.').unwrap();
    let mut bytes = b64url_decode(signature).unwrap();
    bytes[10] ^= 1;
    let altered = format!("{body}.{}~{rest}", b64url(&bytes));
    assert_reason(&scene.judge(&altered), Reason::IssuerSignatureInvalid);
}

#[test]
fn a_tampered_payload_is_refused_with_issuer_signature_invalid() {
    let mut scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    let (jwt, rest) = shown.split_once('~').unwrap();
    let parts: Vec<&str> = jwt.split('.').collect();
    let payload = String::from_utf8(b64url_decode(parts[1]).unwrap()).unwrap();
    let longer = payload.replace("\"validUntil\":\"2028", "\"validUntil\":\"2048");
    assert_ne!(payload, longer);
    let altered = format!("{}.{}.{}~{rest}", parts[0], b64url(longer.as_bytes()), parts[2]);
    assert_reason(&scene.judge(&altered), Reason::IssuerSignatureInvalid);
}

#[test]
fn another_key_under_the_issuers_name_is_refused_with_issuer_signature_invalid() {
    let mut scene = Scene::new();
    let forger = country::key(Algorithm::EdDsa, 66).unwrap();
    let credential = scene.country.issue("maisha-id", &scene.holder, &forger, |_| {}).unwrap();
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::IssuerSignatureInvalid);
}

/// The key's algorithm decides, not the token's.
#[test]
fn another_algorithm_than_the_keys_is_refused_with_issuer_signature_invalid() {
    let mut scene = Scene::new();
    let forger = country::key(Algorithm::Es256, 66).unwrap();
    let credential = scene.country.issue("maisha-id", &scene.holder, &forger, |_| {}).unwrap();
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::IssuerSignatureInvalid);
}

#[test]
fn an_issuer_outside_the_trust_list_is_refused_with_issuer_unknown() {
    let mut scene = Scene::new();
    let credential = scene.credential(|e| e.issuer = "https://id.elsewhere.example".into());
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::IssuerUnknown);
}

#[test]
fn a_key_the_issuer_does_not_have_is_refused_with_issuer_key_unknown() {
    let mut scene = Scene::new();
    let credential = scene.credential(|e| e.kid = "AAAAAAAA".into());
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::IssuerKeyUnknown);
}

#[test]
fn a_key_whose_time_is_over_is_refused_with_issuer_key_unknown() {
    let mut scene = Scene::new();
    scene.country.list.issuers[0].keys[0].validity.until = at(-60);
    assert_reason(&scene.verdict(), Reason::IssuerKeyUnknown);
}

#[test]
fn a_type_the_issuer_may_not_issue_is_refused_with_type_not_allowed() {
    let mut scene = Scene::new();
    scene.country.list.issuers[0].types = vec!["proof-of-age".into()];
    assert_reason(&scene.verdict(), Reason::TypeNotAllowed);
}

#[test]
fn a_type_nobody_knows_is_refused_with_type_not_allowed() {
    let mut scene = Scene::new();
    let credential = scene.credential(|e| e.type_name = "LibraryCard".into());
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::TypeNotAllowed);
}

#[test]
fn before_its_first_day_it_is_refused_with_not_yet_valid() {
    let mut scene = Scene::new();
    let credential = scene.credential(|e| e.valid_from = at(country::DAY).date());
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::NotYetValid);
}

#[test]
fn from_its_last_moment_on_it_is_refused_with_expired() {
    let mut scene = Scene::new();
    let credential = scene.credential(|e| e.valid_until = at(0).date());
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::Expired);
    // The last second before the day starts is still good.
    scene.now = at(0).date().start().plus_seconds(-1);
    scene.signed_at = scene.now;
    scene.country.bundle.issued_at = at(-country::DAY);
    scene.country.bundle.status_lists[0].as_of = at(-country::DAY);
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::Ok);
}

/// Signs any payload with the issuer's key and binds it to the holder, to try what our issuer never writes.
fn signed(scene: &Scene, header: &Value, payload: &Value) -> String {
    let unsigned = jws::prepare(header.as_object().unwrap(), payload.to_string().as_bytes());
    let signature = scene.country.issuer.sign(unsigned.signing_input());
    let credential = format!("{}~", unsigned.finish(&signature));
    let held = hati_formats::sd_jwt::Held::parse(&credential).unwrap();
    let audience = audience(scene.verifier.public());
    let unsigned =
        held.select(&[]).unwrap().prepare_key_binding(Algorithm::EdDsa, &audience, NONCE, scene.signed_at);
    let signature = scene.holder.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

fn parts(scene: &Scene) -> (Value, Value) {
    let credential = scene.credential(|_| {});
    let (jwt, _) = credential.split_once('~').unwrap();
    let mut parts =
        jwt.split('.').map(|part| serde_json::from_slice(&b64url_decode(part).unwrap_or_default()));
    let (header, payload) = (parts.next().unwrap().unwrap(), parts.next().unwrap().unwrap());
    (header, payload)
}

#[test]
fn what_is_no_vcdm_credential_is_refused_with_credential_malformed() {
    let mut scene = Scene::new();
    let (header, payload) = parts(&scene);
    let mut without_context = payload.clone();
    without_context["@context"] = json!(["https://example.com"]);
    assert_reason(&scene.judge(&signed(&scene, &header, &without_context)), Reason::CredentialMalformed);
    let mut untyped = header.clone();
    untyped["typ"] = json!("JWT");
    assert_reason(&scene.judge(&signed(&scene, &untyped, &payload)), Reason::CredentialMalformed);
    let mut critical = header.clone();
    critical["crit"] = json!(["exp"]);
    let text = signed_unchecked(&scene, &critical, &payload);
    assert_reason(&scene.judge(&text), Reason::CredentialMalformed);
}

/// `Held` would refuse the header, so the key binding is put on by hand.
fn signed_unchecked(scene: &Scene, header: &Value, payload: &Value) -> String {
    let good = signed(scene, &parts(scene).0, payload);
    let (_, kb) = good.split_once('~').unwrap();
    let unsigned = jws::prepare(header.as_object().unwrap(), payload.to_string().as_bytes());
    let signature = scene.country.issuer.sign(unsigned.signing_input());
    format!("{}~{kb}", unsigned.finish(&signature))
}

#[test]
fn a_payload_with_a_member_twice_is_refused_with_credential_malformed() {
    let mut scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    let (jwt, rest) = shown.split_once('~').unwrap();
    let parts: Vec<&str> = jwt.split('.').collect();
    let payload = String::from_utf8(b64url_decode(parts[1]).unwrap()).unwrap();
    let twice = payload.replacen('{', r#"{"issuer":"did:web:id.maisha.go.ke","#, 1);
    let altered = format!("{}.{}.{}~{rest}", parts[0], b64url(twice.as_bytes()), parts[2]);
    assert_reason(&scene.judge(&altered), Reason::CredentialMalformed);
}

#[test]
fn a_clock_behind_the_bundle_decides_nothing_that_depends_on_time() {
    let mut scene = Scene::new();
    // A phone that was off for two days, one whose battery was out, and one that was never set.
    for now in [at(-2 * country::DAY), at(-6 * 365 * country::DAY), Timestamp::from_seconds(0)] {
        scene.now = now;
        let verdict = scene.verdict();
        assert_reason(&verdict, Reason::ClockBehind);
        let made: Vec<_> = verdict.checks.iter().map(|c| c.name).collect();
        use hati_verifier::CheckName::{Freshness, Replay, Validity};
        assert!([Validity, Freshness, Replay].iter().all(|name| !made.contains(name)), "{made:?}");
    }
    // What does not depend on time still does.
    let revoked = scene.credential(|e| e.status.index = country::REVOKED);
    assert_reason(&scene.judge(&scene.present(&revoked)), Reason::Revoked);
}

#[test]
fn an_overdue_trust_list_is_undetermined_with_trust_overdue() {
    let overdue = |doubt| {
        let mut scene = Scene::new();
        scene.country.list.next_update = at(-1);
        scene.policy.overdue_trust = doubt;
        scene.verdict()
    };
    assert_reason(&overdue(Doubt::Undetermined), Reason::TrustOverdue);
    assert_eq!(overdue(Doubt::Reject).outcome, Outcome::Rejected);
    assert_reason(&overdue(Doubt::Accept), Reason::Ok);
}

/// RFC 7519 sections 4.1.4 and 4.1.5: not on or after the end, and not before the beginning.
#[test]
fn the_first_moment_counts_and_the_last_does_not() {
    let day = at(0).date();
    let at_midnight = |from: i32, until: i32| {
        let mut scene = Scene {
            now: day.start(),
            signed_at: day.start(),
            until: day.start().plus_seconds(60),
            ..Scene::new()
        };
        scene.country.bundle.issued_at = day.start();
        scene.country.bundle.status_lists.iter_mut().for_each(|list| list.as_of = day.start());
        let credential = scene.credential(|e| {
            e.valid_from = Date::from_days(day.days() + from);
            e.valid_until = Date::from_days(day.days() + until);
        });
        scene.judge(&scene.present(&credential))
    };
    assert_reason(&at_midnight(0, 1), Reason::Ok);
    assert_reason(&at_midnight(1, 2), Reason::NotYetValid);
    assert_reason(&at_midnight(-2, 0), Reason::Expired);
}

/// A proof of age, of which nothing can be withheld: header and payload make all of it.
fn proof_of_age() -> (Scene, Value, Value) {
    let query = query("proof-of-age", &["age_equal_or_over.18"]);
    let mut scene = Scene { query, shown: Vec::new(), ..Scene::new() };
    let (header, payload) = parts(&scene);
    assert_reason(&scene.judge(&signed(&scene, &header, &payload)), Reason::Ok);
    (scene, header, payload)
}

/// What the envelope calls itself decides how it is read, so it has to be one of the two.
#[test]
fn a_token_of_another_type_is_refused_with_credential_malformed() {
    let (mut scene, header, payload) = proof_of_age();
    for typ in ["ldp_vc", "vc+jwt", "kb+jwt", "JWT", "vc+sd-jwtx", ""] {
        let mut other = header.clone();
        other["typ"] = json!(typ);
        assert_reason(&scene.judge(&signed(&scene, &other, &payload)), Reason::CredentialMalformed);
    }
}

#[test]
fn a_credential_without_a_status_is_undetermined_with_status_unknown() {
    let (mut scene, header, mut payload) = proof_of_age();
    payload.as_object_mut().unwrap().remove("status").unwrap();
    assert_reason(&scene.judge(&signed(&scene, &header, &payload)), Reason::StatusUnknown);
}
