//! `make demo`: walks the journey and prints it.

use std::path::PathBuf;
use std::process::ExitCode;

use hati_tests::country::Result;
use hati_tests::demo::{Commands, Scale, walk};

/// A register as large as a sub-county's.
const SCALE: Scale = Scale { people: 10_000, seed: 7 };

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The demo stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: hati-demo FOLDER")?;
    // Only a folder that an earlier demo made is emptied.
    if folder.join("codes").is_dir() && folder.join("verdicts").is_dir() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    if folder.read_dir()?.next().is_some() {
        return Err(format!("{} is not empty; name another folder", folder.display()).into());
    }
    walk(Commands::beside_this_program()?, &folder, SCALE, &mut std::io::stdout().lock())
}
