//! `init`, `sample-register` and `import`.

use serde_json::{Value, json};

use super::{error_of, issuer, json_of, run, run_text};

#[test]
fn a_register_is_imported_and_importing_again_changes_nothing() {
    let folder = issuer();
    let sample =
        ["sample-register", "--people", "300", "--seed", "7", "--out", "people.csv", "--portraits", "2"];
    assert_eq!(json_of(&run(&folder, &sample))["portraits"], 2);
    let import = ["import", "--dir", "issuer", "people.csv", "--now", "2026-11-22T09:00:00Z"];
    let first = json_of(&run(&folder, &import));
    assert_eq!(first["counts"]["added"], 300, "{first}");
    let again = json_of(&run(&folder, &import));
    assert_eq!(again["counts"]["unchanged"], 300, "{again}");

    let report = std::fs::read_to_string(folder.path().join(again["report"].as_str().unwrap())).unwrap();
    let last: Value = serde_json::from_str(report.lines().last().unwrap()).unwrap();
    assert_eq!(last, json!({ "outcome": "counts", "counts": again["counts"] }));
}

#[test]
fn the_report_and_the_answer_tell_what_was_refused() {
    let folder = issuer();
    std::fs::write(
        folder.path().join("bad.csv"),
        "upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country\n\
         123,31415926,Grace Achieng,Odhiambo,1997-01-01,female,KE,Kisumu,Ahero,KE\n",
    )
    .unwrap();
    let import = ["import", "--dir", "issuer", "bad.csv", "--report", "why.jsonl"];
    assert_eq!(json_of(&run(&folder, &import))["counts"]["refused"], 1);
    let report = std::fs::read_to_string(folder.path().join("why.jsonl")).unwrap();
    let first: Value = serde_json::from_str(report.lines().next().unwrap()).unwrap();
    assert_eq!((&first["line"], &first["errors"][0]["expected"]), (&json!(2), &json!("14 digits")));

    let text = run_text(&folder, &import);
    assert!(text.contains("1 refused") && text.contains("upi: expected 14 digits, got \"123\""), "{text}");
}

#[test]
fn init_never_overwrites() {
    let folder = issuer();
    let key = std::fs::read(folder.path().join("issuer/keys/root.jwk")).unwrap();
    let again = run(&folder, &["init", "--dir", "issuer", "--issuer-url", "https://id.example.go.ke"]);
    assert!(error_of(&again).contains("expected an empty folder"), "{again:?}");
    assert_eq!(std::fs::read(folder.path().join("issuer/keys/root.jwk")).unwrap(), key);
}

#[test]
fn init_tells_who_the_issuer_is() {
    let folder = tempfile::tempdir().unwrap();
    let init = ["init", "--dir", "d", "--issuer-url", "https://id.example.go.ke", "--algorithm", "ES256"];
    let answer = json_of(&run(&folder, &init));
    assert_eq!(answer["did"], "did:web:id.example.go.ke");
    assert_eq!(answer["algorithm"], "ES256");
    let root = std::fs::read(folder.path().join("d/root.jwk")).unwrap();
    let root: Value = serde_json::from_slice(&root).unwrap();
    assert!(root.get("d").is_none(), "the root key to pin is public");
}

#[test]
fn errors_say_what_was_expected() {
    let folder = issuer();
    for (command, expected) in [
        (vec!["import", "--dir", "nowhere", "people.csv"], "hati-issuer init --dir nowhere"),
        (vec!["import", "--dir", "issuer", "nothing.csv"], "Name a CSV file that is there"),
        (vec!["init", "--dir", "d", "--issuer-url", "http://id.example"], "expected https://"),
        (vec!["init", "--dir", "d", "--issuer-url", "https://id.example", "--name", ""], "the trust list:"),
        // A refused name leaves nothing behind that would be in the way.
        (vec!["init", "--dir", "d", "--issuer-url", "https://id.example", "--name", ""], "the trust list:"),
        (vec!["sample-register", "--people", "1", "--out", "no/such/folder.csv"], "Check that its folder"),
    ] {
        let error = error_of(&run(&folder, &command));
        assert!(error.contains(expected), "{command:?}: {error}");
    }
    std::fs::write(folder.path().join("issuer/issuer.json"), "{}").unwrap();
    let error = error_of(&run(&folder, &["import", "--dir", "issuer", "people.csv"]));
    assert!(error.contains("issuer.json"), "{error}");
}
