use hati_formats::credential::Format;
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::status::Status;
use serde_json::json;

use crate::Bench;
use crate::country::{FIRST_INDEX, ISSUER};

#[test]
fn keys_become_copies_and_copies_are_listed() {
    let mut bench = Bench::trusting();
    let made = bench.done(&["keys", "--count", "3", "--out", "keys.json", "--algorithm", "ES256"]);
    assert_eq!(
        (&made["keys"], &made["algorithm"], &made["waiting"]),
        (&json!(3), &json!("ES256"), &json!(3))
    );
    let jwks: serde_json::Value = serde_json::from_slice(&bench.read("keys.json")).unwrap();
    assert_eq!((&jwks["keys"][0]["crv"], &jwks["keys"][0]["d"]), (&json!("P-256"), &json!(null)));
    bench.issue("maisha-id", Format::VcSdJwt);
    let added = bench.done(&["add", "issued.json"]);
    assert_eq!(
        (&added["added"], &added["type"], &added["waiting"]),
        (&json!(3), &json!("maisha-id"), &json!(0))
    );
    for format in [Format::LdpVc, Format::DcSdJwt] {
        bench.add("maisha-id", format, 1);
    }
    let list = bench.done(&["list"]);
    let formats: Vec<_> = list["credentials"].as_array().unwrap().iter().map(|one| &one["format"]).collect();
    assert_eq!(formats, ["vc+sd-jwt", "ldp_vc", "dc+sd-jwt"]);
    let first = &list["credentials"][0];
    assert_eq!((&first["name"], &first["issuer"]), (&json!("Maisha ID"), &json!(ISSUER)));
    let copies = json!({ "total": 3, "unused": 3, "used": 0, "expired": 0, "revoked": 0, "suspended": 0 });
    assert_eq!((&first["copies"], &first["status_as_of"]), (&copies, &json!(null)));
    assert_eq!(bench.done_at("2029-01-01T00:00:00Z", &["list"])["credentials"][0]["copies"]["expired"], 3);
    let text = bench.said(&["list", "--lang", "sw"]);
    assert!(text.contains("Kitambulisho cha Maisha") && text.contains("3 of 3 copies left"), "{text}");
}

#[test]
fn an_ldp_vc_is_checked_by_the_cryptosuite_that_it_names() {
    let mut bench = Bench::trusting();
    for cryptosuite in Cryptosuite::ALL {
        bench.country.cryptosuite = *cryptosuite;
        bench.done(&["keys", "--count", "1", "--out", "keys.json"]);
        bench.issue("maisha-id", Format::LdpVc);
        let issued = String::from_utf8(bench.read("issued.json")).unwrap();
        assert!(issued.contains(cryptosuite.name()));
        bench.write("altered.json", issued.replace("Amina", "Halima").as_bytes());
        assert_eq!(bench.refused(&["add", "altered.json"]), "issuer_signature_invalid", "{cryptosuite}");
        bench.done(&["add", "issued.json"]);
    }
    assert_eq!(bench.done(&["list"])["credentials"][0]["copies"]["unused"], 2);
}

#[test]
fn revoked_and_suspended_copies_are_counted_apart_and_not_as_left() {
    for format in [Format::VcSdJwt, Format::LdpVc] {
        let mut bench = Bench::trusting();
        bench.add("maisha-id", format, 4);
        bench.country.statuses =
            Some(vec![(FIRST_INDEX, Status::Invalid), (FIRST_INDEX + 2, Status::Suspended)]);
        bench.write("bundle", &bench.country.bundle(2, false));
        bench.done(&["trust", "bundle"]);
        let list = bench.done(&["list"]);
        let copies =
            json!({ "total": 4, "unused": 2, "used": 0, "expired": 0, "revoked": 1, "suspended": 1 });
        assert_eq!(list["credentials"][0]["copies"], copies, "{format}");
        assert_eq!(list["credentials"][0]["status_as_of"], crate::NOW);
        let expected = "2 of 4 copies left (1 revoked, 1 suspended as of 2026-11-22T09:00:00Z)";
        for command in [&["list"][..], &["show", "maisha-id"]] {
            let text = bench.said(command);
            assert!(text.contains(expected), "{text}");
        }
    }
}

#[test]
fn show_tells_claims_with_labels_in_two_languages() {
    let mut bench = Bench::holding("maisha-id", 1);
    let english = bench.said(&["show", "maisha-id"]);
    assert!(english.contains("Given names") && english.contains("Amina Wanjiru"), "{english}");
    assert!(english.contains("(picture)") && !english.contains("data:image"), "{english}");
    let swahili = bench.said(&["show", "1", "--lang", "sw"]);
    assert!(swahili.contains("Majina ya kwanza") && swahili.contains("ndiyo"), "{swahili}");
    let shown = bench.done(&["show", "1"]);
    assert_eq!(
        shown["claims"][0],
        json!({ "path": "given_name", "label": "Given names", "value": "Amina Wanjiru" })
    );

    assert_eq!(bench.refused(&["show", "library-card"]), "credential_missing");
    bench.add("maisha-id", Format::LdpVc, 1);
    assert_eq!(bench.refused(&["show", "maisha-id"]), "credential_ambiguous");
    assert_eq!(bench.done(&["show", "2"])["format"], "ldp_vc");
}

#[test]
fn a_file_that_is_refused_leaves_the_wallet_as_it_was() {
    let mut bench = Bench::trusting();
    bench.done(&["keys", "--count", "2", "--out", "keys.json"]);
    bench.issue("proof-of-age", Format::VcSdJwt);
    let issued = String::from_utf8(bench.read("issued.json")).unwrap();
    bench.write("other.json", issued.replace("\"proof-of-age\"", "\"maisha-id\"").as_bytes());
    assert_eq!(bench.refused(&["add", "other.json"]), "file_contradicts");
    assert_eq!(bench.refused(&["add", "keys.json"]), "issued_file_damaged");
    assert_eq!(bench.refused(&["add", "nothing.json"]), "file_unusable");
    assert_eq!(bench.refused_at("2028-11-22T00:00:00Z", &["add", "issued.json"]), "expired");
    assert_eq!(bench.done(&["list"])["waiting_keys"], 2);
    bench.done(&["add", "issued.json"]);
    assert_eq!(bench.refused(&["add", "issued.json"]), "key_foreign");
    assert_eq!(bench.refused(&["keys", "--count", "0", "--out", "none.json"]), "no_keys");
    assert_eq!(bench.refused(&["keys", "--count", "1025", "--out", "none.json"]), "too_many_keys");
    assert!(!bench.path("none.json").exists());
}

#[test]
fn keys_that_wait_can_be_written_again_and_none_wait_that_were_not_written() {
    let bench = Bench::trusting();
    std::fs::create_dir(bench.path("folder")).unwrap();
    assert_eq!(bench.refused(&["keys", "--count", "1024", "--out", "folder"]), "file_unusable");
    assert_eq!(bench.refused(&["keys", "--waiting", "--out", "none.json"]), "no_keys_waiting");
    bench.done(&["keys", "--count", "1", "--out", "first.json", "--algorithm", "ES256"]);
    bench.done(&["keys", "--count", "2", "--out", "second.json"]);
    let written = bench.done(&["keys", "--waiting", "--out", "all.json"]);
    assert_eq!((&written["keys"], &written["waiting"]), (&json!(3), &json!(3)));
    let keys =
        |name: &str| serde_json::from_slice::<serde_json::Value>(&bench.read(name)).unwrap()["keys"].clone();
    let (first, second, all) = (keys("first.json"), keys("second.json"), keys("all.json"));
    assert_eq!(all, json!([first[0], second[0], second[1]]));
    bench.done(&["keys", "--waiting", "--count", "2", "--out", "two.json"]);
    assert_eq!(keys("two.json"), json!([first[0], second[0]]));
    let both = bench.run(&["keys", "--waiting", "--algorithm", "ES256", "--out", "x.json"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn nothing_is_added_before_a_bundle_is_there() {
    let mut bench = Bench::new();
    bench.done(&["init"]);
    bench.done(&["keys", "--count", "1", "--out", "keys.json"]);
    bench.issue("proof-of-age", Format::VcSdJwt);
    assert_eq!(bench.refused(&["add", "issued.json"]), "bundle_missing");
}
