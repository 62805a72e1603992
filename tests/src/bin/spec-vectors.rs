//! Makes the test vectors of `spec/` anew, to compare or to write them.

use std::process::ExitCode;

use hati_tests::country::Result;
use hati_tests::vectors;

const USAGE: &str = "usage: spec-vectors --check | --write

Makes the test vectors under tests/vectors/ anew.
  --check  compares them with the files there; fails where one differs
  --write  writes them";

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    let done = match argument.as_deref() {
        Some("--check") => check(),
        Some("--write") => vectors::all().and_then(|all| vectors::write(&all)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<()> {
    let differing = vectors::differing(&vectors::all()?)?;
    if differing.is_empty() {
        return Ok(());
    }
    let files = differing.join("\n  ");
    Err(format!("these files differ from what is made now; if that is meant, run make vectors:\n  {files}")
        .into())
}
