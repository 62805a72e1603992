//! `issue`.

use hati_formats::credential::Format;
use hati_formats::json;
use hati_formats::keys::PublicKey;
use hati_formats::sd_jwt::Unverified;
use hati_protocol::issued::IssuedCredentials;
use hati_store::{Ledger, ListSize, NewCopies, NewCopy, SledStore, UsedUp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ADULT, MINOR, error_of, issue, issue_to, json_of, office, run_text, write_keys};

fn issued(folder: &TempDir, name: &str) -> IssuedCredentials {
    IssuedCredentials::parse(&std::fs::read(folder.path().join(name)).unwrap()).unwrap()
}

fn issuer_key(folder: &TempDir) -> PublicKey {
    let jwk = std::fs::read(folder.path().join("issuer/keys/issuer.jwk")).unwrap();
    let mut jwk = json::parse(&jwk).unwrap();
    jwk.as_object_mut().unwrap().remove("d");
    PublicKey::from_jwk(&jwk).unwrap()
}

#[test]
fn a_wallet_gets_one_copy_for_each_key() {
    let folder = office();
    for format in Format::ALL {
        let answer = json_of(&issue(&folder, "maisha-id", format.media_type(), "id.json"));
        assert_eq!((&answer["copies"], &answer["upi"]), (&json!(3), &json!(ADULT)));
        let issued = issued(&folder, "id.json");
        assert_eq!((issued.format, issued.credentials.len()), (format, 3));
        assert_eq!(issued.issuer, "https://id.example.go.ke");
        if format != Format::LdpVc {
            let token = Unverified::parse(&issued.credentials[0]).unwrap();
            let claims = token.verify_issuer(&issuer_key(&folder)).unwrap().into_claims();
            let subject = claims.get("credentialSubject").unwrap_or(&claims["cnf"]);
            assert!(subject.get("given_name").is_none_or(|name| name == "Grace Achieng"));
        }
    }
    let issue = ["issue", "--dir", "issuer", "--holder-keys", "keys.json", "--upi", ADULT];
    let text = run_text(&folder, &[&issue[..], &["--type", "proof-of-age", "--out", "age.json"]].concat());
    assert!(text.starts_with("3 copies of proof-of-age (vc+sd-jwt)"), "{text}");
}

#[test]
fn the_officer_chooses_the_proof_of_an_ldp_vc() {
    let folder = office();
    let issue = |format, suite: &[&str]| {
        let options = ["--type", "proof-of-age", "--format", format, "--out", "age.json"];
        issue_to(&folder, ADULT, &[&options[..], suite].concat())
    };
    for (chosen, expected) in [
        (&[][..], "eddsa-jcs-2022"),
        (&["--cryptosuite", "eddsa-jcs-2022"], "eddsa-jcs-2022"),
        (&["--cryptosuite", "eddsa-rdfc-2022"], "eddsa-rdfc-2022"),
    ] {
        json_of(&issue("ldp_vc", chosen));
        let credential = json::parse(issued(&folder, "age.json").credentials[0].as_bytes()).unwrap();
        assert_eq!(credential["proof"]["cryptosuite"], expected);
        assert_eq!(credential["@context"][1], "https://id.example.go.ke/contexts/hati-v1");
    }
    let refused = issue("dc+sd-jwt", &["--cryptosuite", "eddsa-jcs-2022"]);
    assert_eq!(super::code_of(&refused), "cryptosuite_without_proof");
    assert!(error_of(&refused).contains("with --format ldp_vc alone, got it with dc+sd-jwt"));
}

#[test]
fn refusals_say_why_and_write_nothing() {
    let folder = office();
    std::fs::write(folder.path().join("empty.json"), r#"{"keys":[]}"#).unwrap();
    for (upi, options, expected) in [
        (MINOR, vec!["--type", "proof-of-age"], "to be true; this person's is false"),
        ("99999999999999", vec!["--type", "maisha-id"], "is not in the register"),
        (ADULT, vec!["--type", "passport"], "maisha-id, proof-of-age, got passport"),
        (ADULT, vec!["--type", "maisha-id", "--dir", "nowhere"], "hati-issuer init"),
    ] {
        let error = error_of(&issue_to_out(&folder, upi, &options));
        assert!(error.contains(expected), "{error}");
    }
    for (file, expected) in [
        ("empty.json", "expected 1 to 128 holder keys, got 0"),
        ("people.csv", "expected a JWK Set"),
        ("none.json", "Name a file that is there"),
    ] {
        let command =
            ["issue", "--dir", "issuer", "--type", "maisha-id", "--upi", ADULT, "--out", "out.json"];
        let output = super::run(&folder, &[&command[..], &["--holder-keys", file]].concat());
        let error = error_of(&output);
        assert!(error.contains(expected), "{error}");
    }
    assert!(!folder.path().join("out.json").exists());
}

fn issue_to_out(folder: &TempDir, upi: &str, options: &[&str]) -> std::process::Output {
    let dir = ["--dir", "issuer"];
    let dir = if options.contains(&"--dir") { &[][..] } else { &dir[..] };
    let command =
        ["issue", "--holder-keys", "keys.json", "--out", "out.json", "--upi", upi, "--now", super::NOW];
    super::run(folder, &[&command[..], dir, options].concat())
}

#[test]
fn a_person_in_quarantine_waits_for_an_officer() {
    let folder = office();
    let people = "upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country\n\
         20480163920019,31415927,Grace Achieng,Odhiambo,1997-01-01,female,KE,Kisumu,Ahero,KE\n";
    std::fs::write(folder.path().join("more.csv"), people).unwrap();
    let import = super::run(&folder, &["import", "--dir", "issuer", "more.csv", "--now", super::NOW]);
    assert_eq!(json_of(&import)["counts"]["quarantined"], 1);
    let refused = issue_to(&folder, "20480163920019", &["--type", "maisha-id", "--out", "id.json"]);
    let error = error_of(&refused);
    assert!(error.contains("more.csv, line 2") && error.contains("an officer has decided"), "{error}");
}

#[test]
fn a_new_type_is_a_new_file() {
    let folder = office();
    write_keys(&folder, "keys.json", 1);
    let card: Value = json!({
        "vct": "urn:example:library-card:1",
        "claims": [
            {"path": ["name"], "sd": "never", "x-hati-source": {"field": "given_name"}},
            {"path": ["reader"], "sd": "always"},
            {"path": ["reader", "id"], "sd": "always", "x-hati-source": {"sector_id": "education"}},
        ],
        "x-hati": {"id": "library-card", "vc_type": "LibraryCard", "validity_days": 90, "decoys": 2},
    });
    std::fs::create_dir(folder.path().join("issuer/types")).unwrap();
    std::fs::write(folder.path().join("issuer/types/library-card.json"), card.to_string()).unwrap();
    let error = error_of(&issue(&folder, "library-card", "dc+sd-jwt", "card.json"));
    assert!(error.contains("hati-issuer trust-list --dir issuer"), "{error}");
    let listed = super::run(&folder, &["trust-list", "--dir", "issuer", "--now", super::NOW]);
    assert_eq!(json_of(&listed)["types"], json!(["library-card", "maisha-id", "proof-of-age"]));

    json_of(&issue(&folder, "library-card", "dc+sd-jwt", "card.json"));
    let copies = issued(&folder, "card.json").credentials;
    let claims =
        Unverified::parse(&copies[0]).unwrap().verify_issuer(&issuer_key(&folder)).unwrap().into_claims();
    assert_eq!((&claims["vct"], &claims["name"]), (&card["vct"], &json!("Grace Achieng")));
    assert_eq!(claims["reader"]["id"].as_str().unwrap().len(), 22);

    let options = ["--type", "library-card", "--format", "ldp_vc", "--out", "card.json"];
    json_of(&issue_to(&folder, ADULT, &options));
    let credential = json::parse(issued(&folder, "card.json").credentials[0].as_bytes()).unwrap();
    assert_eq!(credential["@context"][1], "https://www.w3.org/ns/credentials/undefined-terms/v2");
    // In JSON-LD an `id` is a URL, and this type's is none.
    let by_meaning = [&options[..], &["--cryptosuite", "eddsa-rdfc-2022"]].concat();
    assert!(error_of(&issue_to(&folder, ADULT, &by_meaning)).contains("no signature would cover it"));
}

/// Records copies, as issuing to many others would.
fn fill(folder: &TempDir, count: usize) {
    let store = SledStore::open(&folder.path().join("issuer/store")).unwrap();
    let copy = NewCopy {
        upi: MINOR.into(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [0; 32],
        valid_from: 0,
        valid_until: 1,
    };
    let copies = vec![copy; count];
    let new = NewCopies {
        copies: &copies,
        list_size: ListSize::new(256).unwrap(),
        once: UsedUp::default(),
        grant: None,
        pace: None,
    };
    store.record(&new, &mut ChaCha20Rng::seed_from_u64(1), &[]).unwrap();
}

#[test]
fn the_officer_is_told_that_a_bundle_has_to_come_first() {
    let folder = office();
    write_keys(&folder, "keys.json", 128);
    // A list of 256 is left for the next one at 15/16.
    let config = folder.path().join("issuer/issuer.json");
    let text = std::fs::read_to_string(&config).unwrap().replace("1048576", "256");
    std::fs::write(&config, text).unwrap();
    let needs = || json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"))["needs_bundle"].clone();
    assert_eq!(needs(), true);
    json_of(&super::run(&folder, &["bundle", "--dir", "issuer", "--out", "b", "--now", super::NOW]));
    // List 0 and 16 ahead of it are in the bundle.
    assert_eq!(needs(), false);
    fill(&folder, 16 * 240);
    assert_eq!(needs(), true);
    let issue =
        ["issue", "--dir", "issuer", "--holder-keys", "keys.json", "--upi", ADULT, "--now", super::NOW];
    let text = run_text(&folder, &[&issue[..], &["--type", "maisha-id", "--out", "id.json"]].concat());
    assert!(text.contains("Publish a bundle before these are shown"), "{text}");
}
