//! `import` of a file that is killed, stopped and asked to go on.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use hati_issuer::home::Home;
use hati_store::{Person, PostgresStore, QuarantineId, Quarantined, Register};
use serde_json::Value;
use tempfile::TempDir;

use super::{NOW, code_of, command, error_of, issuer, json_of, run};

const IMPORT: [&str; 8] = ["import", "--dir", "issuer", "people.csv", "--report", "why.jsonl", "--now", NOW];

/// Rows enough for 12 chunks, every seventh of them refused or in quarantine.
fn office() -> TempDir {
    let folder = issuer();
    json_of(&run(&folder, &["sample-register", "--people", "10000", "--seed", "7", "--out", "sample.csv"]));
    let sample = std::fs::read_to_string(folder.path().join("sample.csv")).unwrap();
    let mut people = String::new();
    for (number, row) in sample.lines().enumerate() {
        people.push_str(&format!("{row}\n"));
        match number % 14 {
            7 => people.push_str("1,2\n"),
            13 => people.push_str(&format!("9{}\n", &row[1..])),
            _ => {}
        }
    }
    std::fs::write(folder.path().join("people.csv"), people).unwrap();
    folder
}

type Everything = (Vec<Option<Person>>, Vec<(QuarantineId, Quarantined)>, String);

/// The register, the quarantine and the report.
fn everything(folder: &TempDir) -> Everything {
    let home = Home::open(&folder.path().join("issuer")).unwrap();
    let people = std::fs::read_to_string(folder.path().join("people.csv")).unwrap();
    let upis = people.lines().skip(1).filter_map(|row| row.split(',').next());
    let register = upis.map(|upi| home.store.person(upi).unwrap()).collect();
    let report = std::fs::read_to_string(folder.path().join("why.jsonl")).unwrap();
    (register, home.store.quarantine(None, 100_000).unwrap(), report)
}

fn start(folder: &Path) -> Child {
    let mut import: Command = command(folder, &IMPORT);
    import.arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// An office whose import was interrupted. On a busy machine an import may be at its end before anybody interrupts
/// it; then another office is tried.
fn interrupted(interrupt: impl Fn(&TempDir) -> bool) -> TempDir {
    (0..20).map(|_| office()).find(interrupt).unwrap()
}

/// Starts the import, sends a signal when more is written down than before, and gives what came of it; `None` if it
/// was at its end.
#[cfg(unix)]
fn told_to_stop(folder: &TempDir, signal: &str) -> Option<std::process::Output> {
    let before = line_written_down(folder.path());
    let mut child = start(folder.path());
    wait_for_progress(folder.path(), &mut child, before);
    Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
    Some(child.wait_with_output().unwrap()).filter(|stopped| !stopped.status.success())
}

fn line_written_down(folder: &Path) -> u64 {
    written_down(folder).map_or(0, |text| text["next"]["mark"]["line"].as_u64().unwrap())
}

/// Waits until the import has written down more than before, or is at its end.
fn wait_for_progress(folder: &Path, child: &mut Child, before: u64) -> u64 {
    loop {
        let line = line_written_down(folder);
        if line > before || child.try_wait().unwrap().is_some() {
            return line;
        }
        std::thread::yield_now();
    }
}

fn written_down(folder: &Path) -> Option<Value> {
    let reports = std::fs::read_dir(folder.join("issuer/reports")).ok()?;
    let path = reports
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|e| e == "unfinished"))?;
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[test]
fn killed_again_and_again_it_ends_as_if_it_had_not_been() {
    let undisturbed = office();
    let counts = json_of(&run(&undisturbed, &IMPORT))["counts"].clone();
    let expected = everything(&undisturbed);
    assert!(
        counts["quarantined"].as_u64().unwrap() > 500 && counts["refused"].as_u64().unwrap() > 500,
        "{counts}"
    );

    interrupted(|folder| {
        let (kills, answer) = killed_until_its_end(folder);
        assert_eq!(answer["counts"], counts);
        assert!(everything(folder) == expected, "after {kills} kills");
        assert!(written_down(folder.path()).is_none());
        kills > 3
    });
}

/// Kills the import whenever more is written down, and gives how often, and its answer in the end.
fn killed_until_its_end(folder: &TempDir) -> (usize, Value) {
    let (mut kills, mut line) = (0, 0);
    loop {
        let mut child = start(folder.path());
        line = wait_for_progress(folder.path(), &mut child, line);
        // Once where the record was just written, once a little later, when its chunk may be on disk.
        if kills % 2 == 1 {
            (0..20_000).for_each(|_| std::hint::spin_loop());
        }
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            return (kills, json_of(&output));
        }
        assert_eq!(output.status.code(), None, "{output:?}");
        kills += 1;
    }
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_says_how_to_go_on() {
    let folder = interrupted(|folder| {
        ["INT", "TERM"].iter().all(|signal| {
            told_to_stop(folder, signal).is_some_and(|stopped| {
                assert_eq!(code_of(&stopped), "import_stopped");
                assert!(error_of(&stopped).contains("the same command goes on"), "{stopped:?}");
                true
            })
        })
    });
    let other = ["import", "--dir", "issuer", "people.csv", "--report", "other.jsonl"];
    assert_eq!(code_of(&run(&folder, &other)), "report_other");
    let answer = json_of(&run(&folder, &IMPORT));
    assert_eq!(answer["counts"]["read"], 11_428);

    let report = std::fs::read_to_string(folder.path().join("why.jsonl")).unwrap();
    let last: Value = serde_json::from_str(report.lines().last().unwrap()).unwrap();
    assert_eq!(last["counts"], answer["counts"]);
    assert_eq!(code_of(&run(&folder, &IMPORT)), "report_exists");
}

#[test]
fn a_file_that_changed_begins_anew_only_when_told() {
    let folder = interrupted(|folder| {
        let mut child = start(folder.path());
        wait_for_progress(folder.path(), &mut child, 1);
        child.kill().unwrap();
        !child.wait().unwrap().success()
    });

    let path = folder.path().join("people.csv");
    let people = std::fs::read_to_string(&path).unwrap();
    for changed in [format!("{people}1,2\n"), people.replacen(",KE,", ",UG,", 1)] {
        std::fs::write(&path, &changed).unwrap();
        assert_eq!(code_of(&run(&folder, &IMPORT)), "import_file_changed");
    }
    let anew = ["import", "--dir", "issuer", "people.csv", "--from-start", "--now", NOW];
    let answer = json_of(&run(&folder, &anew));
    assert_eq!(answer["counts"]["read"], 11_428);
    assert!(written_down(folder.path()).is_none());
}

#[test]
fn json_lines_are_known_by_their_name_or_by_the_option() {
    let folder = issuer();
    let row = r#"{"upi":"20480163920017","given_name":"Grace","family_name":"Odhiambo","birthdate":"1997-01-01","sex":"female","nationalities":["KE"],"county":"Kisumu","place_of_birth":"Ahero","country":"KE"}"#;
    for name in ["people.jsonl", "people.txt"] {
        std::fs::write(folder.path().join(name), row).unwrap();
    }
    let import = |arguments: &[&str]| run(&folder, &[&["import", "--dir", "issuer"], arguments].concat());
    assert_eq!(json_of(&import(&["people.jsonl"]))["counts"]["added"], 1);
    assert_eq!(code_of(&import(&["people.txt"])), "import_other_format");
    assert_eq!(json_of(&import(&["people.txt", "--format", "jsonl"]))["counts"]["unchanged"], 1);
    assert_eq!(code_of(&import(&["people.jsonl", "--format", "csv"])), "import_other_format");
}

/// On PostgreSQL another process may import: the second one is told, and leaves what the first wrote down alone.
#[test]
fn of_two_imports_at_once_the_second_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let address = hati_test_postgres::database();
    let init =
        ["init", "--dir", "issuer", "--issuer-url", "https://id.example.go.ke", "--database", &address];
    json_of(&run(&folder, &init));
    std::fs::write(folder.path().join("people.csv"), "upi\n").unwrap();
    let store = PostgresStore::open(&address).unwrap();
    let turn = store.take_turn().unwrap();
    let second = run(&folder, &IMPORT);
    assert_eq!(code_of(&second), "import_under_way");
    assert!(error_of(&second).contains("another import"), "{second:?}");
    assert!(!folder.path().join("why.jsonl").exists() && written_down(folder.path()).is_none());
    drop(turn);
    assert_eq!(code_of(&run(&folder, &IMPORT)), "csv_header");
}
