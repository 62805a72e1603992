//! `issue --all`.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_issuer::home::Home;
use hati_protocol::issued::IssuedCredentials;
use hati_store::Entry;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ADULT, MINOR, NOW, code_of, command, error_of, issuer, json_of, office, run};

const ALL: [&str; 10] = [
    "issue",
    "--dir",
    "issuer",
    "--all",
    "--type",
    "maisha-id",
    "--holder-keys",
    "keys.jsonl",
    "--out",
    "ids.jsonl",
];

fn jwk(seed: u8) -> Value {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap().public().to_jwk()
}

fn write(folder: &TempDir, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.path().join("keys.jsonl"), text).unwrap();
}

fn text(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("ids.jsonl")).unwrap()
}

fn lines(folder: &TempDir) -> Vec<Value> {
    text(folder).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn issue(folder: &TempDir, options: &[&str]) -> std::process::Output {
    run(folder, &[&ALL[..], options, &["--now", NOW]].concat())
}

/// Everybody of a sample register, with a key each.
fn crowd() -> (TempDir, Vec<String>) {
    let folder = issuer();
    json_of(&run(&folder, &["sample-register", "--people", "1500", "--seed", "7", "--out", "people.csv"]));
    json_of(&run(&folder, &["import", "--dir", "issuer", "people.csv", "--now", NOW]));
    let people = std::fs::read_to_string(folder.path().join("people.csv")).unwrap();
    let upis: Vec<_> = people.lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned()).collect();
    let keys: Vec<_> = (1..=8).map(jwk).collect();
    let keys = |number: usize| &keys[number % 8];
    let asked = upis.iter().enumerate().map(|(number, upi)| json!({ "upi": upi, "keys": [keys(number)] }));
    write(&folder, &asked.collect::<Vec<_>>());
    (folder, upis)
}

fn start(folder: &Path) -> Child {
    let mut issue = command(folder, &ALL);
    issue.args(["--json", "--now", NOW]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until the file is longer than before, or the command at its end.
fn wait_for_progress(folder: &TempDir, child: &mut Child, before: u64) -> u64 {
    loop {
        let length = std::fs::metadata(folder.path().join("ids.jsonl")).map_or(0, |it| it.len());
        if length > before || child.try_wait().unwrap().is_some() {
            return length;
        }
        std::thread::yield_now();
    }
}

/// Checks that everybody got one copy that the ledger knows, in the order of the file.
fn check(folder: &TempDir, upis: &[String]) {
    let given = lines(folder);
    assert_eq!(given.len(), upis.len());
    let home = Home::open(&folder.path().join("issuer")).unwrap();
    let mut places = std::collections::HashSet::new();
    for (upi, line) in upis.iter().zip(given) {
        let entries: Vec<Entry> = home.store.entries_of(upi).unwrap();
        if let Some(error) = line.get("error") {
            assert_eq!((error["code"].as_str(), entries.len()), (Some("person_quarantined"), 0), "{line}");
            continue;
        }
        assert_eq!(line["upi"], json!(upi));
        let issued = IssuedCredentials::parse(line["issued"].to_string().as_bytes()).unwrap();
        assert_eq!(issued.credentials.len(), 1);
        let unverified = hati_formats::sd_jwt::Unverified::parse(&issued.credentials[0]).unwrap();
        let claims = unverified.verify_issuer(home.keys.issuer.public()).unwrap().into_claims();
        let status = &claims["status"]["status_list"];
        let entry = entries.iter().find(|it| status["idx"] == it.slot.index);
        assert!(entry.is_some() && places.insert(entry.unwrap().slot), "{status}");
    }
}

#[test]
fn every_line_has_its_answer() {
    let folder = office();
    write(
        &folder,
        &[
            json!({ "upi": MINOR, "keys": [jwk(1)] }),
            json!({ "upi": ADULT, "keys": [jwk(1), jwk(2)] }),
            json!({ "upi": "20480163920019", "keys": [jwk(1)] }),
            json!({ "upi": ADULT, "keys": [] }),
            json!({ "keys": [jwk(1)] }),
            json!([]),
            json!({ "upi": ADULT, "keys": [jwk(3)] }),
        ],
    );
    let answer = json_of(&issue(&folder, &[]));
    assert_eq!(
        (&answer["people"], &answer["copies"], &answer["refused"], &answer["needs_bundle"]),
        (&json!(3), &json!(4), &json!(4), &json!(true))
    );
    let got: Vec<_> = lines(&folder)
        .iter()
        .map(|line| match line.get("issued") {
            Some(issued) => issued["credentials"].as_array().unwrap().len().to_string(),
            None => line["error"]["code"].as_str().unwrap().to_owned(),
        })
        .collect();
    let expected =
        ["1", "2", "person_unknown", "holder_keys_refused", "person_unknown", "holder_keys_refused", "1"];
    assert_eq!(got, expected);
    // Once more there is nothing to do.
    let before = text(&folder);
    let answer = json_of(&issue(&folder, &[]));
    assert_eq!((&answer["people"], &answer["earlier_lines"]), (&json!(0), &json!(7)));
    assert_eq!(text(&folder), before);
    let home = Home::open(&folder.path().join("issuer")).unwrap();
    let audit = home.store.events(0, 100).unwrap();
    let subjects: Vec<_> =
        audit.iter().map(|it| it.event.subject.as_str()).filter(|it| it.contains(" x ")).collect();
    let [minor, adult, again] =
        [(MINOR, 1), (ADULT, 2), (ADULT, 1)].map(|(upi, n)| format!("{upi}, {n} x maisha-id"));
    assert_eq!(subjects, [minor, adult, again]);
}

#[test]
fn every_format_can_be_had() {
    let folder = office();
    write(&folder, &[json!({ "upi": ADULT, "keys": [jwk(1)] })]);
    for format in ["vc+sd-jwt", "dc+sd-jwt", "ldp_vc"] {
        let _ = std::fs::remove_file(folder.path().join("ids.jsonl"));
        assert_eq!(json_of(&issue(&folder, &["--format", format]))["copies"], 1);
        assert_eq!(lines(&folder)[0]["issued"]["format"], format);
    }
}

#[test]
fn another_file_is_not_gone_on_with() {
    let folder = office();
    let mine = json!({ "upi": ADULT, "keys": [jwk(1)] });
    write(&folder, std::slice::from_ref(&mine));
    json_of(&issue(&folder, &[]));
    let before = text(&folder);
    // Another format.
    assert_eq!(code_of(&issue(&folder, &["--format", "dc+sd-jwt"])), "issued_other");
    // Other people, or fewer.
    write(&folder, &[json!({ "upi": MINOR, "keys": [jwk(1)] }), mine]);
    assert_eq!(code_of(&issue(&folder, &[])), "issued_other");
    write(&folder, &[]);
    assert!(error_of(&issue(&folder, &[])).contains("line 1"));
    assert_eq!(text(&folder), before);
}

/// A file without an end of line looks like a torn line, and is somebody's all the same.
#[test]
fn a_file_that_is_something_else_stays_as_it_was() {
    let folder = office();
    let mine = json!({ "upi": ADULT, "keys": [jwk(1)] });
    for other in ["precious", "{\"upi\":\"1\"", "{\"keys\":[]}", "\n"] {
        write(&folder, std::slice::from_ref(&mine));
        std::fs::write(folder.path().join("ids.jsonl"), other).unwrap();
        assert_eq!(code_of(&issue(&folder, &[])), "issued_other", "{other}");
        assert_eq!(text(&folder), other);
    }
    // The keys themselves.
    std::fs::write(folder.path().join("ids.jsonl"), mine.to_string()).unwrap();
    let output = run(
        &folder,
        &[&ALL[..6], &["--holder-keys", "ids.jsonl", "--out", "ids.jsonl", "--now", NOW]].concat(),
    );
    assert_eq!(code_of(&output), "issued_other");
    assert_eq!(text(&folder), mine.to_string());
}

#[cfg(unix)]
#[test]
fn what_it_writes_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = office();
    write(&folder, &[json!({ "upi": ADULT, "keys": [jwk(1)] })]);
    let path = folder.path().join("ids.jsonl");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    json_of(&issue(&folder, &[]));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_line_without_end_is_no_line() {
    let folder = office();
    std::fs::write(folder.path().join("keys.jsonl"), vec![b'['; 70_000]).unwrap();
    let refused = issue(&folder, &[]);
    assert!(error_of(&refused).contains("line 1: expected at most 65536 bytes"), "{refused:?}");
}

#[test]
fn killed_again_and_again_everybody_gets_their_copies_once() {
    let (folder, upis) = crowd();
    let (mut kills, mut length) = (0, 0);
    loop {
        let mut child = start(folder.path());
        wait_for_progress(&folder, &mut child, length);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            break;
        }
        assert_eq!(output.status.code(), None, "{output:?}");
        kills += 1;
        // What the disk may keep of a line that was being written.
        let path = folder.path().join("ids.jsonl");
        let mut given = std::fs::read(&path).unwrap();
        if given.iter().filter(|byte| **byte == b'\n').count() < upis.len() && given.last() == Some(&b'\n') {
            given.extend_from_slice(b"{\"upi\":\"");
            std::fs::write(&path, &given).unwrap();
        }
        length = given.len() as u64;
    }
    assert!(kills > 3, "{kills} kills");
    check(&folder, &upis);
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_says_how_to_go_on() {
    let (folder, upis) = crowd();
    let mut child = start(folder.path());
    wait_for_progress(&folder, &mut child, 0);
    Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    let stopped = child.wait_with_output().unwrap();
    assert_eq!(code_of(&stopped), "issue_stopped");
    assert!(error_of(&stopped).contains("The same command goes on"), "{stopped:?}");
    let earlier = lines(&folder).len();
    assert!(0 < earlier && earlier < upis.len());
    assert_eq!(json_of(&issue(&folder, &[]))["earlier_lines"], earlier);
    check(&folder, &upis);
}

#[test]
fn who_is_locked_is_passed_over() {
    let folder = office();
    json_of(&run(&folder, &["suspend", "--dir", "issuer", "--upi", MINOR]));
    let asked = [MINOR, ADULT].map(|upi| json!({ "upi": upi, "keys": [jwk(1)] }));
    write(&folder, &asked);
    let answer = json_of(&issue(&folder, &[]));
    assert_eq!((&answer["people"], &answer["refused"]), (&json!(1), &json!(1)));
    assert_eq!(lines(&folder)[0]["error"]["code"], "credential_withheld");
}
