//! A revocation is out soon after its answer, and not with the next hour's edition (`tests/load/revoked.rs`, which also
//! measures how soon).

use std::process::Command;

use hati_tests::demo::Commands;

/// Needs the issuer's command, as the test of the journey does.
#[test]
fn a_revocation_is_out_unasked() {
    let issuer = Commands::beside_this_program().unwrap().path("hati-issuer");
    let mut load = Command::new(env!("CARGO_BIN_EXE_load"));
    let output = load.arg("--issuer").arg(issuer).args(["--revocations", "3"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.matches("| 100000 | 20000 |").count(), 2, "{said}");
}
