use hati_formats::credential::Format;
use hati_formats::keys::{Algorithm, Signature};
use hati_formats::qr::request::TypeId;
use hati_formats::qr::text::{self, Kind};
use hati_formats::sd_jwt::{Freshness, KeyBindingExpectation, Unverified};
use hati_protocol::dcql::CompactQuery;
use hati_protocol::exchange;
use hati_wallet_core::pool::{Reuse, Way};
use hati_wallet_core::present::{Codes, PresentError};
use proptest::prelude::*;

use crate::country::{Asker, DAY, REGISTERED, issuer};
use crate::{Device, now};

const IDENTITY: [&str; 5] = ["given_name", "family_name", "birthdate", "sex", "id_number"];

#[test]
fn the_holder_sees_who_asks_and_every_claim_and_then_answers() {
    for format in [Format::VcSdJwt, Format::DcSdJwt] {
        let mut device = Device::holding("maisha-id", format, 2);
        let request = device.country.request(Asker::Shop, "maisha-id", &IDENTITY);
        let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
        assert_eq!(
            consent.names().map(|names| (names.en(), names.sw())),
            Some(("Kibra Corner Shop", "Duka la Kona Kibra"))
        );
        assert_eq!(
            (consent.place(), consent.purpose().sw()),
            (Some("Counter 2"), "Kuthibitisha utambulisho")
        );
        assert!(consent.is_registered() && !consent.reuses());
        let shown: Vec<_> = consent
            .claims()
            .iter()
            .map(|shown| (shown.claim.name(), shown.claim.value.clone(), shown.asked))
            .collect();
        assert_eq!(shown.len(), 5, "{format}");
        assert_eq!(shown[2], ("birthdate".to_owned(), "1997-03-14".into(), true));

        let (audience, nonce) =
            (consent.request().audience().to_owned(), consent.request().content().nonce.to_string());
        let answer = device.approve(consent, now().plus_seconds(60));
        let verified = Unverified::parse(&answer.sd_jwt).unwrap().verify_issuer(issuer().public()).unwrap();
        let freshness = Freshness { now: now().plus_seconds(60), max_age: 0, max_ahead: 0 };
        let expected = KeyBindingExpectation { audience: &audience, nonce: &nonce, freshness };
        verified.verify_key_binding(&expected).unwrap();
        let query = CompactQuery {
            credential_type: TypeId::parse("maisha-id").unwrap(),
            claims: IDENTITY.map(|claim| claim.parse().unwrap()).to_vec(),
        };
        let found = exchange::Answer::of(&query, format, verified.claims(), verified.disclosed());
        assert_eq!(found, exchange::Answer::default());
    }
}

#[test]
fn an_unregistered_verifier_has_no_name_and_learns_an_age_only() {
    let mut device = Device::holding("proof-of-age", Format::VcSdJwt, 1);
    let request = device.country.request(Asker::Unregistered, "proof-of-age", &["age_equal_or_over.18"]);
    let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
    assert!(!consent.is_registered() && consent.names().is_none() && consent.place().is_none());
    let claims = consent.claims();
    assert_eq!((claims.len(), claims[0].claim.label("en")), (1, "18 years or older"));
    let answer = device.approve(consent, now());
    let entry = device.wallet.history().last().unwrap();
    assert!(entry.to.as_ref().is_some_and(|to| to.names.is_none()));
    assert!(matches!(answer.codes, Codes::One(text) if text.len() <= 420));
}

#[test]
fn requests_that_may_not_be_answered_are_refused_with_their_code() {
    let mut device = Device::holding("maisha-id", Format::VcSdJwt, 1);
    let upi = device.country.request(Asker::Shop, "maisha-id", &["identifiers.upi"]);
    assert_eq!(device.refused(&upi), "request_beyond_registration");
    let name = device.country.request(Asker::Unregistered, "maisha-id", &["given_name"]);
    assert_eq!(device.refused(&name), "request_unregistered_beyond_age");
    let good = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    for (late, code) in [(121, "request_too_old"), (120, "")] {
        let considered = device.wallet.consider(&good, Reuse::Never, now().plus_seconds(late));
        assert_eq!(considered.map_or_else(|error| error.code(), |_| ""), code);
    }
    let mut altered = good.clone().into_bytes();
    let last = altered.len() - 3;
    altered[last] = if altered[last] == b'0' { b'1' } else { b'0' };
    assert_eq!(device.refused(&String::from_utf8(altered).unwrap()), "request_signature_invalid");

    device.country.now = now().plus_seconds(1);
    let withdrawn = device.country.bundle(2, true);
    let later = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    let _ = device.wallet.take_bundle(&withdrawn, &mut device.rng).unwrap();
    let refused = device.wallet.consider(&later, Reuse::Never, now().plus_seconds(1)).unwrap_err();
    // The registration of this time is another one than that of a second ago.
    assert_eq!(refused.code(), "registration_withdrawn");
}

#[test]
fn codes_of_another_kind_are_named() {
    let device = Device::trusting();
    for (text, code) in [
        ("https://example.org", "code_foreign"),
        ("H2R:BB8", "code_too_new"),
        ("H1R:BB", "code_damaged"),
        ("H1R:BB8", "request_malformed"),
        ("H1P:BB8", "code_wrong_kind"),
    ] {
        assert_eq!(device.refused(text), code, "{text}");
    }
    assert_eq!(device.refused(&text::encode(Kind::Request, &[0; 1300])), "request_too_long");
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_code() {
    let mut device = Device::trusting();
    let request = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    assert_eq!(device.refused(&request), "credential_missing");
    // An ldp_vc shows all or nothing, so no code carries one.
    device.add("maisha-id", Format::LdpVc, Algorithm::EdDsa, 1);
    assert_eq!(device.refused(&request), "credential_missing");
    device.add("maisha-id", Format::VcSdJwt, Algorithm::EdDsa, 1);
    assert!(device.wallet.consider(&request, Reuse::Never, now()).is_ok());
}

impl Device {
    fn consider_at(&mut self, days: i64) -> &'static str {
        self.country.now = now().plus_seconds(days * DAY);
        let request = self.country.request(Asker::Unregistered, "proof-of-age", &["age_equal_or_over.21"]);
        let at = self.country.now;
        self.wallet.consider(&request, Reuse::Never, at).map_or_else(|error| error.code(), |_| "")
    }
}

#[test]
fn a_claim_the_credential_lacks_and_expiry_are_refused() {
    let mut device = Device::holding("proof-of-age", Format::VcSdJwt, 1);
    assert_eq!(device.consider_at(0), "claim_missing");
    assert_eq!(device.consider_at(730), "expired");
    let mut early = Device::trusting();
    let keys = early.new_keys(Algorithm::EdDsa, 1);
    early.country.now = now().plus_seconds(2 * DAY);
    let issued = early.country.issue("proof-of-age", Format::VcSdJwt, &keys);
    let _ = early.wallet.take_in(&issued, now(), &mut early.rng).unwrap();
    assert_eq!(early.consider_at(1), "not_yet_valid");
}

#[test]
fn a_copy_is_shown_once_and_the_last_only_by_the_holders_wish() {
    let mut device = Device::holding("maisha-id", Format::VcSdJwt, 3);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let request = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
        let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
        seen.push(consent.copy());
        let answer = device.approve(consent, now());
        assert!(!device.wallet.history().last().unwrap().reused);
        assert!(answer.sd_jwt.contains('~'));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 3);
    let request = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    assert_eq!(device.refused(&request), "copies_used_up");
    let consent = device.wallet.consider(&request, Reuse::LastResort, now()).unwrap();
    assert!(consent.reuses());
    let copy = consent.copy();
    device.approve(consent, now());
    assert!(device.wallet.history().last().unwrap().reused);
    let uses = device.wallet.pool().copy(copy).unwrap().uses();
    assert_eq!((uses.len(), uses[1].way), (2, Way::Answer));
    // New copies come first again.
    device.add("maisha-id", Format::VcSdJwt, Algorithm::EdDsa, 1);
    let request = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    assert!(!device.wallet.consider(&request, Reuse::LastResort, now()).unwrap().reuses());
}

#[test]
fn an_answer_needs_time_the_right_key_and_a_copy_that_is_still_unused() {
    let mut device = Device::holding("maisha-id", Format::VcSdJwt, 1);
    let request = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    let consider = |device: &Device| device.wallet.consider(&request, Reuse::Never, now()).unwrap();
    let late = consider(&device).approve(now().plus_seconds(121)).unwrap_err();
    assert_eq!(late.code(), "request_too_old");

    let unsigned = consider(&device).approve(now()).unwrap();
    let foreign = device.wallet.finish(unsigned, &Signature([7; 64]), &mut device.rng).unwrap_err();
    assert_eq!(foreign.code(), "key_binding_invalid");
    assert!(device.wallet.history().is_empty() && !device.wallet.pool().copies()[0].is_used());

    let other = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    let (first, second) = (device.wallet.consider(&other, Reuse::Never, now()).unwrap(), consider(&device));
    device.approve(first, now());
    let unsigned = second.approve(now()).unwrap();
    let signature = device.wallet.pool().sign(unsigned.copy(), unsigned.signing_input()).unwrap();
    let taken = device.wallet.finish(unsigned, &signature, &mut device.rng).unwrap_err();
    assert!(matches!(taken, PresentError::CopyTaken { .. }));
}

#[test]
fn a_request_is_answered_once() {
    let mut device = Device::holding("maisha-id", Format::VcSdJwt, 3);
    let request = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    let consider = |device: &Device| device.wallet.consider(&request, Reuse::LastResort, now()).unwrap();
    let (first, second) = (consider(&device), consider(&device));
    device.approve(first, now());
    // What was considered before, what is considered after, and what is after the wallet was opened anew.
    let unsigned = second.approve(now()).unwrap();
    let signature = device.wallet.pool().sign(unsigned.copy(), unsigned.signing_input()).unwrap();
    let refused = device.wallet.finish(unsigned, &signature, &mut device.rng).unwrap_err();
    assert_eq!(refused.code(), "request_answered");
    assert_eq!(device.refused(&request), "request_answered");
    device.reopen();
    assert_eq!(device.refused(&request), "request_answered");
    let used = device.wallet.pool().copies().iter().filter(|copy| copy.is_used()).count();
    assert_eq!((used, device.wallet.history().len()), (1, 1));
    let another = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    assert!(device.wallet.consider(&another, Reuse::Never, now()).is_ok());
}

#[test]
fn the_newest_answer_can_be_shown_again_while_its_request_is_open() {
    let mut device = Device::holding("maisha-id", Format::VcSdJwt, 2);
    let request = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    assert!(device.wallet.answered(&request, now()).unwrap().is_none());
    let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
    let copy = consent.copy();
    let answer = device.approve(consent, now());
    let (entry, again) = device.wallet.answered(&request, now().plus_seconds(120)).unwrap().unwrap();
    assert_eq!((entry.copy, again), (copy, answer));
    assert_eq!(device.wallet.history().len(), 1);
    let late = device.wallet.answered(&request, now().plus_seconds(121)).unwrap_err();
    assert_eq!(late.code(), "request_too_old");

    let other = device.country.request(Asker::Shop, "maisha-id", &["sex"]);
    assert!(device.wallet.answered(&other, now()).unwrap().is_none());
    let consent = device.wallet.consider(&other, Reuse::Never, now()).unwrap();
    device.approve(consent, now());
    assert!(device.wallet.answered(&request, now()).unwrap().is_none());
    assert_eq!(device.refused(&request), "request_answered");
}

#[test]
fn a_copy_that_is_not_there_signs_nothing() {
    let device = Device::trusting();
    assert_eq!(device.wallet.pool().sign(7, b"x").unwrap_err().code(), "copy_unknown");
}

#[test]
fn the_history_names_claims_and_never_values() {
    let mut device = Device::holding("maisha-id", Format::VcSdJwt, 1);
    let request = device.country.request(Asker::Shop, "maisha-id", &["given_name", "id_number"]);
    let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
    device.approve(consent, now());
    let entry = &device.wallet.history()[0];
    assert_eq!(
        (entry.claims.as_slice(), entry.at),
        (["given_name".to_owned(), "id_number".to_owned()].as_slice(), now())
    );
    let to = entry.to.as_ref().unwrap();
    assert_eq!((to.place.as_deref(), to.purpose.as_str()), (Some("Counter 2"), "Identity check"));
    assert!(!format!("{entry:?}").contains("31415926"));
}

#[test]
fn what_stands_beside_an_asked_claim_in_the_clear_is_shown_to_the_holder() {
    let mut device = Device::holding("maisha-id", Format::VcSdJwt, 1);
    let request = device.country.request(Asker::Shop, "maisha-id", &["origin.place_of_birth.country"]);
    let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
    let shown: Vec<_> =
        consent.claims().iter().map(|shown| (shown.claim.path[2].as_str(), shown.asked)).collect();
    assert_eq!(shown, [("locality", false), ("country", true), ("region", false)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// `place_of_birth` has claims that cannot be withheld one by one; every other claim is shown only if it is asked for.
    #[test]
    fn nothing_is_sent_that_was_not_asked_for(
        chosen in prop::sample::subsequence(REGISTERED.to_vec(), 1..REGISTERED.len()),
        format in prop::sample::select(vec![Format::VcSdJwt, Format::DcSdJwt]),
    ) {
        let mut device = Device::holding("maisha-id", format, 1);
        let request = device.country.request(Asker::Shop, "maisha-id", &chosen);
        let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
        prop_assert!(consent.claims().iter().all(|shown| shown.asked));
        let names: Vec<String> = consent.claims().iter().map(|shown| shown.claim.name()).collect();
        for claim in &chosen {
            prop_assert!(names.iter().any(|name| name.starts_with(claim)), "{} is missing", claim);
        }
        let answer = device.approve(consent, now());
        for (claim, value) in [
            ("given_name", "Amina"), ("family_name", "Otieno"), ("birthdate", "1997-03-14"), ("id_number", "31415926"),
            ("identifiers.upi", "20480163920017"), ("identifiers.sector_ids.tax", "t-1111"),
        ] {
            let shown = Unverified::parse(&answer.sd_jwt).unwrap().verify_issuer(issuer().public()).unwrap();
            let shown = serde_json::Value::Object(shown.into_claims()).to_string();
            prop_assert_eq!(shown.contains(value), chosen.contains(&claim), "{}", claim);
        }
    }
}
