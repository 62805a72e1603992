use hati_formats::credential::Format;
use hati_formats::keys::Algorithm;
use hati_formats::qr::presentation::SINGLE_SCAN_AUDIENCE;
use hati_formats::qr::request::TypeId;
use hati_formats::qr::text::{self, Kind};
use hati_formats::sd_jwt::Unverified;
use hati_formats::time::Timestamp;
use hati_wallet_core::pool::Reuse;
use hati_wallet_core::present::{Answer, PresentError};

use crate::country::{Asker, issuer};
use crate::{Device, now};

impl Device {
    fn show(&mut self, type_id: &str, reuse: Reuse, at: Timestamp) -> Result<(u64, Answer), PresentError> {
        let kind = TypeId::parse(type_id).unwrap();
        let unsigned = self.wallet.single_scan(&kind, reuse, at, &mut self.rng)?;
        let copy = unsigned.copy();
        assert!(unsigned.claims().iter().all(|shown| !shown.asked));
        let signature = self.wallet.pool().sign(copy, unsigned.signing_input())?;
        let (answer, changes) = self.wallet.finish(unsigned, &signature, &mut self.rng)?;
        self.store(changes);
        self.reopen();
        Ok((copy, answer))
    }
}

#[test]
fn a_single_scan_names_no_verifier_and_shows_an_age() {
    let mut device = Device::holding("proof-of-age", Format::VcSdJwt, 2);
    let (_, answer) = device.show("proof-of-age", Reuse::Never, now()).unwrap();
    let [text] = answer.codes.texts() else { panic!("one code") };
    assert_eq!(text::decode(text).unwrap().0, Kind::SingleScan);
    assert!(text.len() <= 420, "{}", text.len());
    let verified = Unverified::parse(&answer.sd_jwt).unwrap().verify_issuer(issuer().public()).unwrap();
    let holder = verified.confirmation_key().unwrap();
    let binding = verified.key_binding().unwrap().verify_signature(&holder).unwrap();
    assert_eq!((binding.audience(), binding.issued_at()), (SINGLE_SCAN_AUDIENCE, now()));
    assert_eq!(hati_formats::encoding::b64url_decode(binding.nonce()).unwrap().len(), 16);
    let entry = device.wallet.history().last().unwrap();
    assert_eq!((&entry.to, entry.claims.as_slice()), (&None, ["age_equal_or_over.18".to_owned()].as_slice()));
}

#[test]
fn a_code_renews_itself_for_a_minute_and_then_takes_the_next_copy() {
    let mut device = Device::holding("proof-of-age", Format::VcSdJwt, 2);
    let at = |seconds| now().plus_seconds(seconds);
    let (first, code) = device.show("proof-of-age", Reuse::Never, at(0)).unwrap();
    let (renewed, again) = device.show("proof-of-age", Reuse::Never, at(59)).unwrap();
    assert_eq!((first, device.wallet.history()[1].reused), (renewed, false));
    assert_ne!(code, again);
    let (second, _) = device.show("proof-of-age", Reuse::Never, at(60)).unwrap();
    assert_ne!(first, second);
    let used_up = device.show("proof-of-age", Reuse::Never, at(120)).unwrap_err();
    assert_eq!(used_up.code(), "copies_used_up");
    // The clock was set back: the minute is over all the same.
    assert_eq!(device.show("proof-of-age", Reuse::Never, at(-1)).unwrap_err().code(), "clock_behind");
    assert!(device.show("proof-of-age", Reuse::LastResort, at(120)).is_ok());
    assert!(device.wallet.history().last().unwrap().reused);
}

#[test]
fn a_copy_that_answered_never_renews() {
    let mut device = Device::holding("proof-of-age", Format::VcSdJwt, 1);
    let request = device.country.request(Asker::Unregistered, "proof-of-age", &["age_equal_or_over.18"]);
    let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
    device.approve(consent, now());
    assert_eq!(device.show("proof-of-age", Reuse::Never, now()).unwrap_err().code(), "copies_used_up");
}

#[test]
fn nothing_that_can_be_withheld_is_shown_without_a_request() {
    let mut device = Device::holding("maisha-id", Format::DcSdJwt, 1);
    assert_eq!(device.show("maisha-id", Reuse::Never, now()).unwrap_err().code(), "nothing_visible");
    assert_eq!(device.show("library-card", Reuse::Never, now()).unwrap_err().code(), "type_unknown");
    assert_eq!(device.show("proof-of-age", Reuse::Never, now()).unwrap_err().code(), "credential_missing");
    device.add("proof-of-age", Format::LdpVc, Algorithm::EdDsa, 1);
    assert_eq!(device.show("proof-of-age", Reuse::Never, now()).unwrap_err().code(), "credential_missing");
}
