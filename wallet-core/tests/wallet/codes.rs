use hati_formats::credential::Format;
use hati_formats::keys::Algorithm;
use hati_formats::qr::presentation;
use hati_formats::qr::sequence::{Decoder, MAX_FRAME_CHARS, Progress};
use hati_formats::qr::text::{self, Kind};
use hati_wallet_core::pool::Reuse;
use hati_wallet_core::present::{Codes, MAX_CHARS};

use crate::country::{Asker, REGISTERED};
use crate::{Device, now};

fn codes(algorithm: Algorithm, claims: &[&str]) -> (Codes, String) {
    let mut device = Device::trusting();
    device.add("maisha-id", Format::VcSdJwt, algorithm, 1);
    let request = device.country.request(Asker::Shop, "maisha-id", claims);
    let consent = device.wallet.consider(&request, Reuse::Never, now()).unwrap();
    let answer = device.approve(consent, now());
    (answer.codes, answer.sd_jwt)
}

#[test]
fn an_identity_is_one_code() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let identity = ["given_name", "family_name", "birthdate", "sex", "id_number"];
        let (codes, sd_jwt) = codes(algorithm, &identity);
        let Codes::One(code) = codes else { panic!("expected one code of at most {MAX_CHARS} characters") };
        assert!(code.len() <= MAX_CHARS);
        let (kind, bytes) = text::decode(&code).unwrap();
        assert_eq!((kind, presentation::expand(&bytes).unwrap()), (Kind::Presentation, sd_jwt));
    }
}

#[test]
fn a_portrait_is_a_sequence_of_which_any_two_in_three_are_enough() {
    let (codes, sd_jwt) = codes(Algorithm::EdDsa, &REGISTERED);
    let Codes::Sequence(frames) = &codes else { panic!("expected a sequence") };
    assert!(frames.iter().all(|frame| frame.len() <= MAX_FRAME_CHARS));
    for missed in 0..3 {
        let mut decoder = Decoder::default();
        let seen = frames.iter().enumerate().filter(|(index, _)| index % 3 != missed);
        let complete =
            seen.map(|(_, frame)| decoder.push(frame).unwrap()).find_map(|progress| match progress {
                Progress::Complete { kind, payload } => Some((kind, payload)),
                Progress::Collecting { .. } => None,
            });
        let (kind, payload) = complete.expect("two in three frames are enough");
        assert_eq!((kind, presentation::expand(&payload).unwrap()), (Kind::Presentation, sd_jwt.clone()));
    }
    assert_eq!(codes.texts().len(), frames.len());
}

#[test]
fn every_code_of_a_refusal_stands_in_the_spec() {
    use hati_wallet_core::offer::CopyError;
    use hati_wallet_core::pool::PoolError;
    use hati_wallet_core::present::PresentError;
    use hati_wallet_core::trust::{NotReady, TrustError};
    use hati_wallet_core::vault::{PinError, VaultError};
    let spec = include_str!("../../../spec/verdict.md");
    let codes = [
        PinError::CODES,
        VaultError::CODES,
        TrustError::CODES,
        NotReady::CODES,
        CopyError::CODES,
        PoolError::CODES,
        PresentError::CODES,
        hati_wallet_core::WalletError::CODES,
    ];
    for code in codes.concat() {
        assert_eq!(spec.matches(&format!("\n| `{code}` |")).count(), 1, "{code}");
    }
}
