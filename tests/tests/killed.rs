//! The issuer's program, killed while wallets ask it (`tests/load/killed.rs`).

use std::process::Command;

use hati_tests::demo::Commands;

/// Kills on each store; `make soak` sets 200.
fn kills() -> String {
    std::env::var("HATI_KILLS").unwrap_or_else(|_| "6".to_owned())
}

/// Needs the issuer's command, as the test of the journey does.
#[test]
fn nothing_is_lost_or_taken_twice_when_the_service_is_killed() {
    let issuer = Commands::beside_this_program().unwrap().path("hati-issuer");
    let mut load = Command::new(env!("CARGO_BIN_EXE_load"));
    let output = load.arg("--issuer").arg(issuer).args(["--kills", &kills()]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.matches(" | 0 | 0 | 0 |").count(), 2, "{said}");
}
