//! `init`, `sample-register` and `import`.

use serde_json::{Value, json};

use super::{code_of, error_of, issuer, json_of, run, run_text};

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

    let text = run_text(&folder, &["import", "--dir", "issuer", "bad.csv"]);
    assert!(text.contains("1 refused") && text.contains("upi: expected 14 digits, got \"123\""), "{text}");
}

const HEADER: &str =
    "upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country\n";

#[cfg(unix)]
#[test]
fn a_register_is_never_its_own_report() {
    let folder = issuer();
    let register = folder.path().join("people.csv");
    std::fs::write(&register, format!("{HEADER}1,2\n")).unwrap();
    std::fs::hard_link(&register, folder.path().join("hard.csv")).unwrap();
    std::os::unix::fs::symlink("people.csv", folder.path().join("soft.csv")).unwrap();
    for report in ["people.csv", "./people.csv", "hard.csv", "soft.csv"] {
        let refused = run(&folder, &["import", "--dir", "issuer", "people.csv", "--report", report]);
        assert_eq!(code_of(&refused), "report_is_input", "{report}");
        assert_eq!(std::fs::read_to_string(&register).unwrap(), format!("{HEADER}1,2\n"));
    }
    assert!(!folder.path().join("issuer/reports").exists());
}

#[test]
fn no_report_is_ever_overwritten() {
    let folder = issuer();
    for name in ["a/bad.csv", "b/bad.csv", "people.2026.csv", "people.2027.csv"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("{HEADER}1,2\n")).unwrap();
    }
    std::fs::write(folder.path().join("letter.csv"), "dear,madam\n").unwrap();
    let import = |name: &str| {
        let output = run(&folder, &["import", "--dir", "issuer", name, "--now", "2026-11-22T09:00:00Z"]);
        json_of(&output)["report"].as_str().unwrap().to_owned()
    };
    let names = ["a/bad.csv", "b/bad.csv", "b/bad.csv", "people.2026.csv", "people.2027.csv"];
    assert_eq!(
        names.map(import),
        [
            "issuer/reports/20261122T090000Z-bad.csv.jsonl",
            "issuer/reports/20261122T090000Z-bad.csv-2.jsonl",
            "issuer/reports/20261122T090000Z-bad.csv-3.jsonl",
            "issuer/reports/20261122T090000Z-people.2026.csv.jsonl",
            "issuer/reports/20261122T090000Z-people.2027.csv.jsonl",
        ]
    );
    let reports = || std::fs::read_dir(folder.path().join("issuer/reports")).unwrap().count();
    assert_eq!(reports(), 5);

    let earlier = names.map(import)[0].clone();
    let kept = std::fs::read(folder.path().join(&earlier)).unwrap();
    let to_earlier = |name| run(&folder, &["import", "--dir", "issuer", name, "--report", &earlier]);
    assert_eq!(code_of(&to_earlier("a/bad.csv")), "report_exists");
    assert_eq!(code_of(&to_earlier("letter.csv")), "csv_header");
    assert_eq!(code_of(&run(&folder, &["import", "--dir", "issuer", "letter.csv"])), "csv_header");
    assert_eq!(std::fs::read(folder.path().join(&earlier)).unwrap(), kept);
    assert_eq!(reports(), 10);
}

#[cfg(unix)]
#[test]
fn a_report_may_go_to_a_device() {
    let folder = issuer();
    std::fs::write(folder.path().join("bad.csv"), format!("{HEADER}1,2\n")).unwrap();
    let text = run_text(&folder, &["import", "--dir", "issuer", "bad.csv", "--report", "/dev/stdout"]);
    assert!(text.starts_with("{\"outcome\":\"refused\"") && text.contains("1 rows read"), "{text}");
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
        (vec!["import", "--dir", "issuer", "nothing.csv"], "Name a CSV or JSON Lines file that is there"),
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
