//! The command line, as other programs call it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod bundle;
mod check;
// A role may not depend on the room that sees them all, and its small country needs nothing but the formats.
#[path = "../../../../tests/src/country.rs"]
pub mod country;
mod expand;
mod init;
mod request;
mod scene;

use serde_json::Value;

use scene::{Scene, command};

#[test]
fn usage_errors_are_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["check"][..], &["chek"], &[], &["check", "--dir", "d", "--bundle", "b"]] {
        let output = command(folder.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        let output = command(folder.path(), arguments).arg("--json").output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{arguments:?}");
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(error["error"]["code"], "usage");
        assert!(error["error"]["message"].as_str().unwrap().contains("Usage:"), "{error}");
    }
    let conflict =
        ["check", "--dir", "d", "--bundle", "b", "--text", "T", "--state", "s", "--profile", "border"];
    assert_eq!(command(folder.path(), &conflict).output().unwrap().status.code(), Some(3));
}

#[test]
fn help_is_an_answer_and_shows_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["init", "register", "request", "check", "update", "expand"] {
        let output = command(folder.path(), &[name, "--help"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(&format!("  hati-verifier {name}")), "{text}");
    }
    let output = command(folder.path(), &["check", "--help"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("3 an error or wrong usage"));
}

#[test]
fn errors_for_people_name_what_to_do_and_the_code() {
    let scene = Scene::new();
    let output = command(scene.folder(), &["expand", "--text", "https://example.com"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: ") && text.ends_with("(code_foreign)\n"), "{text}");
}
