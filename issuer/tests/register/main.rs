//! From a CSV file to the register: what is admitted, what is not, and that nothing is lost on the way.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod duplicates;
mod feed;
mod fields;
mod hostile;
mod json_lines;
mod meanwhile;
mod portraits;
mod quarantine;
mod resume;
mod sample;

use std::path::Path;

use hati_formats::time::Timestamp;
use hati_issuer::actor::Actor;
use hati_issuer::register::{
    Counts, FileFormat, Import, ImportError, Outcome, Progress, Rows, Rules, import,
};
use hati_store::{Register, Turn};

const HEADER: &str = "upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country,phone,portrait\n";
const ACHIENG: &str =
    "20480163920017,31415926,Grace Achieng,Odhiambo,1997-01-01,female,KE,Kisumu,Ahero,KE,+254712345678,\n";
const MWANGI: &str = "20480163920018,,John Mwangi,Kamau,2015-06-30,male,KE;UG,Nyeri,Othaya,KE,,\n";

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-07-01T08:00:00Z").unwrap()
}

fn how<'a>(register: &'a dyn Register, turn: &'a Turn<'a>, pictures: &'a Path) -> Import<'a> {
    let (rules, source, actor) = (Rules::kenya(now()), "people.csv", &Actor::Service);
    Import { register, turn, rules, source, pictures, actor, now: now() }
}

/// Imports a CSV file, and checks that every row became something.
fn import_bytes(
    register: &dyn Register,
    file: &[u8],
    pictures: &Path,
) -> Result<(Counts, Vec<Outcome>), ImportError> {
    import_as(FileFormat::Csv, register, file, pictures)
}

fn import_as(
    format: FileFormat,
    register: &dyn Register,
    file: &[u8],
    pictures: &Path,
) -> Result<(Counts, Vec<Outcome>), ImportError> {
    let mut outcomes = Vec::new();
    let (mut rows, mut told) = (0, 0);
    let turn = register.take_turn()?;
    let counts = import(Rows::new(file, format)?, how(register, &turn, pictures), &mut |progress| {
        match progress {
            Progress::Start(mark) => assert_eq!(mark.counts, Counts::default()),
            Progress::Row { .. } => rows += 1,
            Progress::Outcome(outcome) => outcomes.push(outcome.clone()),
            Progress::Chunk { end, .. } => {
                assert_eq!(end.counts.read, rows);
                told = rows;
            }
        }
        Ok(())
    })?;
    assert!(counts.add_up(), "{counts:?}");
    assert_eq!((counts.read, counts.read), (rows, told));
    assert_eq!(outcomes.len() as u64, counts.quarantined + counts.already_quarantined + counts.refused);
    Ok((counts, outcomes))
}

/// Imports rows below the usual header.
fn import_rows(register: &dyn Register, rows: &[&str]) -> (Counts, Vec<Outcome>) {
    let file = format!("{HEADER}{}", rows.concat());
    import_bytes(register, file.as_bytes(), Path::new("/nowhere")).unwrap()
}
