//! What is shown in codes, and the verdict on it.

use hati_formats::qr::presentation::{compact, expand};
use hati_formats::qr::text::{self, Kind};
use hati_tests::vectors::{hex, judge};
use hati_verifier::Reason;

use super::*;

/// What stands in the code is what the holder signed, and the verdict is the one of the file, in every member.
#[test]
fn answers_that_are_accepted() {
    let base = bundle();
    for path in
        ["valid/presentation.json", "valid/single-scan.json", "valid/sequence.json", "edge/presentation.json"]
    {
        for vector in cases(path) {
            let sd_jwt = str(&vector["sd_jwt"]);
            if let [code] = vector["scan"].as_array().unwrap().as_slice() {
                let (_, cbor) = text::decode(str(code)).unwrap();
                assert_eq!((expand(&cbor).unwrap(), &cbor), (sd_jwt.to_owned(), &compact(sd_jwt).unwrap()));
            }
            let verdict = serde_json::to_value(judge(&vector, &base).unwrap()).unwrap();
            assert_eq!(verdict["verdict"], "accepted", "{path} {}: {verdict}", vector["name"]);
            assert_eq!(verdict, vector["expect"], "{path} {}", vector["name"]);
        }
    }
}

#[test]
fn answers_that_are_not_accepted() {
    let base = bundle();
    let mut seen = BTreeSet::new();
    for vector in [cases("invalid/codes.json"), cases("invalid/presentation.json")].concat() {
        let verdict = serde_json::to_value(judge(&vector, &base).unwrap()).unwrap();
        for member in ["verdict", "code"] {
            assert_eq!(verdict[member], vector["expect"][member], "{}: {verdict}", vector["name"]);
        }
        seen.insert(str(&verdict["code"]).to_owned());
    }
    // A memory that fails is no matter of what is shown.
    let elsewhere = [Reason::Ok, Reason::ReplayUnknown];
    let missing: Vec<_> = Reason::ALL
        .iter()
        .filter(|reason| !elsewhere.contains(reason) && !seen.contains(reason.code()))
        .collect();
    assert!(missing.is_empty(), "no vector for {missing:?}");
}

#[test]
fn tokens_of_other_makers() {
    for vector in cases("edge/other-makers.json") {
        let (kind, cbor) = text::decode(str(&vector["scan"])).unwrap();
        assert_eq!((kind, hex(&cbor)), (Kind::Presentation, str(&vector["cbor"]).to_owned()));
        assert_eq!(expand(&cbor).unwrap(), vector["sd_jwt"], "{}", vector["name"]);
        assert_eq!(u64::from(cbor[1]), vector["form"], "{}", vector["name"]);
    }
}

#[test]
fn the_worked_example_is_the_vector() {
    let spec = include_str!("../../../spec/qr.md");
    let (_, example) = spec.split_once("## Worked example").unwrap();
    // The first indented block: bytes, and behind a semicolon what they say.
    let lines = example
        .lines()
        .skip_while(|line| !line.starts_with("    "))
        .map_while(|line| line.strip_prefix("    "));
    let bytes: String = lines.map(|line| line.split(';').next().unwrap_or_default().trim()).collect();
    let vectors = cases("valid/presentation.json");
    assert_eq!(bytes, vectors.iter().find(|vector| vector["name"] == "age").unwrap()["cbor"]);
}
