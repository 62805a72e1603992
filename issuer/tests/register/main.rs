//! From a CSV file to the register: what is admitted, what is not, and that nothing is lost on the way.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod fields;
mod hostile;
mod portraits;
mod quarantine;
mod sample;

use std::path::Path;

use hati_formats::time::Timestamp;
use hati_issuer::register::{Counts, Import, ImportError, Outcome, Progress, Rows, Rules, import};
use hati_store::Register;

const HEADER: &str = "upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country,phone,portrait\n";
const ACHIENG: &str =
    "20480163920017,31415926,Grace Achieng,Odhiambo,1997-01-01,female,KE,Kisumu,Ahero,KE,+254712345678,\n";
const MWANGI: &str = "20480163920018,,John Mwangi,Kamau,2015-06-30,male,KE;UG,Nyeri,Othaya,KE,,\n";

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-07-01T08:00:00Z").unwrap()
}

/// Imports a file, and checks that every row became something.
fn import_bytes(
    register: &dyn Register,
    file: &[u8],
    pictures: &Path,
) -> Result<(Counts, Vec<Outcome>), ImportError> {
    let how = Import {
        register,
        rules: Rules::kenya(now()),
        source: "people.csv",
        pictures,
        actor: "a test",
        now: now(),
    };
    let mut outcomes = Vec::new();
    let mut rows = 0;
    let counts = import(Rows::new(file)?, how, &mut |progress| {
        match progress {
            Progress::Row { .. } => rows += 1,
            Progress::Outcome(outcome) => outcomes.push(outcome.clone()),
        }
        Ok(())
    })?;
    assert!(counts.add_up(), "{counts:?}");
    assert_eq!(counts.read, rows);
    assert_eq!(outcomes.len() as u64, counts.quarantined + counts.already_quarantined + counts.refused);
    Ok((counts, outcomes))
}

/// Imports rows below the usual header.
fn import_rows(register: &dyn Register, rows: &[&str]) -> (Counts, Vec<Outcome>) {
    let file = format!("{HEADER}{}", rows.concat());
    import_bytes(register, file.as_bytes(), Path::new("/nowhere")).unwrap()
}
