//! What `make demo` walks, on a smaller register: the three commands, real files and real pictures.

use hati_tests::demo::{Commands, Scale, walk};

/// Needs the three commands, which cargo builds for their own packages' tests: run the whole workspace's tests, or
/// `cargo build --workspace --all-features` before.
#[test]
fn the_journey_by_the_three_commands() {
    let folder = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    let scale = Scale { people: 300, seed: 7 };
    let walked = walk(Commands::beside_this_program().unwrap(), folder.path(), scale, &mut told);
    let told = String::from_utf8(told).unwrap();
    assert!(walked.is_ok(), "{walked:?} after:\n{told}");
    assert_eq!(told.matches("ACCEPTED (ok)").count(), 4, "{told}");
}
