//! Check 1: codes that are no codes, damaged, truncated, over-long, or bombs.

use super::*;
use hati_formats::keys::PublicKey;
use hati_formats::qr::sequence;
use hati_verifier::scan::ScanError;
use proptest::prelude::*;

fn refused(texts: &[&str]) -> Reason {
    let verdict = scan::read(texts).map_err(|e: ScanError| e.verdict()).expect_err("a code that is refused");
    assert_eq!(verdict.outcome, Outcome::Rejected);
    verdict.reason
}

fn good() -> String {
    let scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    text::encode(Kind::Presentation, &presentation::compact(&shown).unwrap())
}

#[test]
fn no_code_at_all_is_code_unreadable() {
    assert_eq!(refused(&[]), Reason::CodeUnreadable);
}

#[test]
fn a_code_of_something_else_is_code_foreign() {
    for text in ["https://example.com", "HC1:6BF", "Jambo", "openid4vp://authorize?x"] {
        assert_eq!(refused(&[text]), Reason::CodeForeign, "{text}");
    }
}

#[test]
fn a_request_instead_of_an_answer_is_code_wrong_kind() {
    assert_eq!(refused(&[&text::encode(Kind::Request, b"request")]), Reason::CodeWrongKind);
}

#[test]
fn a_newer_version_is_code_too_new() {
    let newer = good().replacen("H1", "H2", 1);
    assert_eq!(refused(&[&newer]), Reason::CodeTooNew);
    let form = text::encode(Kind::Presentation, &[0x81, 0x07]);
    assert_eq!(refused(&[&form]), Reason::CodeTooNew);
}

#[test]
fn every_truncation_is_code_damaged() {
    let good = good();
    for len in 4..good.len() {
        assert_eq!(refused(&[&good[..len]]), Reason::CodeDamaged, "{len} characters");
    }
}

#[test]
fn bad_base45_is_code_damaged() {
    let good = good();
    // A foreign symbol, and a group beyond 65535.
    for (at, symbol) in [(20, "!"), (4, ":::")] {
        let mut bad = good.clone();
        bad.replace_range(at..at + symbol.len(), symbol);
        assert_eq!(refused(&[&bad]), Reason::CodeDamaged, "{symbol}");
    }
}

/// Ed25519's key stands in the token as it is, so the code is read and the token refused; P-256's y has to be found.
#[test]
fn a_holder_key_that_is_no_point_is_refused() {
    for (algorithm, length, expected) in
        [(Algorithm::EdDsa, 32, Reason::IssuerSignatureInvalid), (Algorithm::Es256, 33, Reason::CodeDamaged)]
    {
        let keys = (2..=u8::MAX).map(|byte| [&[2], &vec![byte; length - 1][..]].concat());
        let key = keys.into_iter().find(|key| PublicKey::from_bytes(algorithm, key).is_err()).unwrap();
        let mut scene = Scene { holder: country::key(algorithm, 10).unwrap(), ..Scene::new() };
        let shown = scene.present(&scene.credential(|_| {}));
        let mut bytes = presentation::compact(&shown).unwrap();
        let real = scene.holder.public().to_bytes();
        let at = bytes.windows(real.len()).position(|window| window == real).unwrap();
        bytes[at..at + real.len()].copy_from_slice(&key);
        let verdict = match scan::read(&[&text::encode(Kind::Presentation, &bytes)]) {
            Ok(presented) => scene.judge_presented(&presented),
            Err(error) => error.verdict(),
        };
        assert_reason(&verdict, expected);
    }
}

#[test]
fn over_long_text_and_bombs_are_too_long() {
    assert_eq!(refused(&[&"H1P:0".repeat(2000)]), Reason::TooLong);
    let bomb = {
        use std::io::Write;
        let mut e = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        e.write_all(&vec![b'~'; 2 << 20]).unwrap();
        e.finish().unwrap()
    };
    let mut bytes = vec![0x82, 0x02];
    minicbor::Encoder::new(&mut bytes).bytes(&bomb).unwrap();
    assert_eq!(refused(&[&text::encode(Kind::Presentation, &bytes)]), Reason::TooLong);
}

/// Nobody could tell which of them the verdict is about.
#[test]
fn two_codes_at_once_are_code_several() {
    let code = |number| {
        let scene = Scene { holder: country::key(Algorithm::EdDsa, number).unwrap(), ..Scene::new() };
        presentation::compact(&scene.present(&scene.credential(|_| {}))).unwrap()
    };
    let [one, other] = [10, 11].map(code);
    let [one_text, other_text] = [&one, &other].map(|bytes| text::encode(Kind::Presentation, bytes));
    assert_eq!(refused(&[&one_text, &other_text]), Reason::CodeSeveral);
    assert!(scan::read(&[&one_text, &one_text]).is_ok(), "one code, seen twice");
    assert!(scan::read(&[&one_text, "https://example.com"]).is_ok(), "a poster behind the counter");

    // Two moving codes, their frames mixed; and one frame of another before all of one.
    let frames = |bytes: &[u8]| -> Vec<String> {
        let encoder = sequence::Encoder::new(Kind::Presentation, bytes).unwrap();
        (0..12).map(|index| encoder.frame(index)).collect()
    };
    let [of_one, of_other] = [&one, &other].map(|bytes| frames(bytes));
    let mixed: Vec<&str> = of_one.iter().zip(&of_other).flat_map(|(a, b)| [a.as_str(), b.as_str()]).collect();
    assert_eq!(refused(&mixed), Reason::CodeSeveral);
    let stray: Vec<&str> = of_other[..1].iter().chain(&of_one).map(String::as_str).collect();
    assert!(scan::read(&stray).is_ok());
}

#[test]
fn too_few_frames_are_code_incomplete_and_enough_are_the_whole() {
    let mut scene = Scene::new();
    let shown = scene.present(&scene.credential(|_| {}));
    let payload = presentation::compact(&shown).unwrap();
    let encoder = sequence::Encoder::new(Kind::Presentation, &payload).unwrap();
    let frames: Vec<String> = (0..8).map(|n| encoder.frame(n)).collect();
    assert_eq!(refused(&[&frames[0]]), Reason::CodeIncomplete);
    // Out of order, twice, and with a stranger's frame among them.
    let stranger = sequence::Encoder::new(Kind::Presentation, &[7; 600]).unwrap().frame(0);
    let texts = [&frames[7], &frames[7], &stranger, &frames[2], &frames[5], &frames[1]].map(String::as_str);
    let presented = scan::read(&texts).unwrap();
    assert_reason(&scene.judge_presented(&presented), Reason::Ok);
}

#[test]
fn a_token_that_is_none_is_credential_malformed() {
    let mut scene = Scene::new();
    for sd_jwt in ["~", "a.b.c~", "eyJ9.e30.AA~"] {
        assert_reason(&scene.judge(sd_jwt), Reason::CredentialMalformed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One altered character of a code is never accepted, and never panics.
    #[test]
    fn an_altered_code_is_never_accepted(at in 0usize..2000, symbol in "[0-9A-Z $%*+./:-]") {
        let mut scene = Scene::new();
        let good = good();
        let mut bad = good.clone();
        let at = at % bad.len();
        bad.replace_range(at..=at, &symbol);
        prop_assume!(bad != good);
        let verdict = match scan::read(&[&bad]) {
            Ok(presented) => scene.judge_presented(&presented),
            Err(error) => error.verdict(),
        };
        prop_assert_eq!(verdict.outcome, Outcome::Rejected, "{:?}", verdict);
    }

    #[test]
    fn noise_is_never_accepted(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut scene = Scene::new();
        if let Ok(presented) = scan::read(&[&text::encode(Kind::Presentation, &bytes)]) {
            prop_assert_eq!(scene.judge_presented(&presented).outcome, Outcome::Rejected);
        }
    }
}
