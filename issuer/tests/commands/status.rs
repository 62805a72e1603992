//! `revoke`, `suspend` and `reinstate`.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ADULT, MINOR, code_of, error_of, issue, json_of, office, run, run_text};

const NOBODY: &str = "99999999999999";

fn change(folder: &TempDir, command: &str, options: &[&str]) -> Value {
    json_of(&run(folder, &[&[command, "--dir", "issuer", "--upi", ADULT][..], options].concat()))
}

#[test]
fn what_is_suspended_comes_back_and_what_is_revoked_does_not() {
    let folder = office();
    json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"));
    json_of(&issue(&folder, "proof-of-age", "vc+sd-jwt", "age.json"));
    assert_eq!(change(&folder, "suspend", &[])["changed"], 6);
    assert_eq!(change(&folder, "reinstate", &["--type", "maisha-id"])["changed"], 3);
    let revoked = change(&folder, "revoke", &["--type", "proof-of-age"]);
    assert_eq!((&revoked["changed"], &revoked["type"]), (&json!(3), &json!("proof-of-age")));

    let refused = run(&folder, &["reinstate", "--dir", "issuer", "--upi", ADULT, "--type", "proof-of-age"]);
    let error = error_of(&refused);
    assert!(error.contains("all 3 copies") && error.contains("for good"), "{error}");
    let text = run_text(&folder, &["suspend", "--dir", "issuer", "--upi", ADULT]);
    assert!(text.starts_with("3 copies suspended, 3 copies revoked before, which is for good. "), "{text}");
}

#[test]
fn nothing_issued_is_an_error() {
    let folder = office();
    for (command, upi) in [("revoke", MINOR), ("reinstate", MINOR), ("suspend", NOBODY)] {
        let error = error_of(&run(&folder, &[command, "--dir", "issuer", "--upi", upi]));
        assert!(error.contains(&format!("no credential was ever issued to UPI {upi}")), "{error}");
    }
    let unknown = ["suspend", "--dir", "issuer", "--upi", ADULT, "--type", "passport"];
    assert!(error_of(&run(&folder, &unknown)).contains("no passport was ever issued"));
}

#[test]
fn what_is_suspended_is_not_issued_whether_a_copy_was_there_or_not() {
    let folder = office();
    let text = run_text(&folder, &["suspend", "--dir", "issuer", "--upi", ADULT]);
    assert!(text.contains("Until it is reinstated or revoked nothing more is issued"), "{text}");
    assert_eq!(code_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json")), "credential_withheld");
    assert_eq!(change(&folder, "reinstate", &["--type", "maisha-id"])["changed"], 0);
    json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"));
    assert_eq!(code_of(&issue(&folder, "proof-of-age", "vc+sd-jwt", "age.json")), "credential_withheld");
    change(&folder, "revoke", &[]);
    json_of(&issue(&folder, "proof-of-age", "vc+sd-jwt", "age.json"));
}
