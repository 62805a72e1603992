//! Reads a file into the register, batch by batch.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead};
use std::path::Path;

use hati_formats::time::Timestamp;
use hati_store::{Action, Event, Person, QuarantineId, Quarantined, Reason, Register, StoreError};

use super::outcome::{Counts, Outcome};
use super::record::{self, FieldError, Rules};
use super::rows::{Row, Rows};
use super::{duplicates, portrait};

/// Rows decided before they are written in one transaction: enough that flushing costs nothing, and few enough
/// that they stay under 3 MiB.
const BATCH: usize = 1000;

/// Where a file goes, and under which rules.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    /// The register.
    pub register: &'a dyn Register,
    /// What the register takes.
    pub rules: Rules,
    /// Name of the file, for the audit and the quarantine.
    pub source: &'a str,
    /// The folder that the column `portrait` starts from.
    pub pictures: &'a Path,
    /// Who imports.
    pub actor: &'a str,
    /// The time of the import.
    pub now: Timestamp,
}

/// What an import tells while it runs.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The row that begins at this byte of the file was decided.
    Row {
        /// The byte.
        offset: u64,
    },
    /// A row was not admitted.
    Outcome(&'a Outcome),
}

/// Why an import stopped. The batches before the row are in the register, and importing the file again
/// is safe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The first line does not name the columns.
    #[error(
        "the header is {got}, expected {expected} (any order; phone and portrait may be left out). Correct the first line"
    )]
    Header {
        /// Every column.
        expected: String,
        /// What came, shortened.
        got: String,
    },
    /// A row has no end.
    #[error(
        "line {line}: the row is longer than {expected} bytes. Look for a line break that is missing; nothing after this line was read"
    )]
    RowTooLong {
        /// Where the row begins.
        line: u64,
        /// The most bytes a row may have.
        expected: u64,
    },
    /// The file cannot be read on.
    #[error(
        "line {line}: the file cannot be read ({source}). Copy it anew; nothing after this line was read"
    )]
    Read {
        /// Where reading stopped.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The report cannot be written.
    #[error("the report cannot be written ({0}). Check the disk, and import again")]
    Report(#[source] io::Error),
    /// The register cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(ImportError {
    Self::Header { .. } => "csv_header",
    Self::RowTooLong { .. } => "csv_row_too_long",
    Self::Read { .. } | Self::Report(_) => "file_unusable",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
});

/// Imports the rows of a file and counts what became of its rows.
///
/// Every row that is not admitted is told to `watch`. Importing the same file again changes nothing.
///
/// # Errors
///
/// [`ImportError`] says at which line the import stopped.
pub fn import(
    mut rows: Rows<impl BufRead>,
    how: Import<'_>,
    watch: &mut dyn FnMut(Progress<'_>) -> io::Result<()>,
) -> Result<Counts, ImportError> {
    let mut counts = Counts::default();
    let mut batch = Batch::new(how);
    while let Some(row) = rows.next_row()? {
        counts.read += 1;
        let decision = batch.decide(&row)?;
        if let Some(outcome) = decision.count(&mut counts) {
            watch(Progress::Outcome(&outcome)).map_err(ImportError::Report)?;
        }
        watch(Progress::Row { offset: row.offset }).map_err(ImportError::Report)?;
        if batch.is_full() {
            batch.write(row.line)?;
        }
    }
    batch.write(counts.read + 1)?;
    Ok(counts)
}

enum Decision {
    Added,
    Unchanged,
    Quarantined(Outcome),
    AlreadyQuarantined(Outcome),
    Refused(Outcome),
}

impl Decision {
    /// Counts a row, and gives what the report says of it.
    fn count(self, counts: &mut Counts) -> Option<Outcome> {
        let (counter, outcome) = match self {
            Self::Added => (&mut counts.added, None),
            Self::Unchanged => (&mut counts.unchanged, None),
            Self::Quarantined(outcome) => (&mut counts.quarantined, Some(outcome)),
            Self::AlreadyQuarantined(outcome) => (&mut counts.already_quarantined, Some(outcome)),
            Self::Refused(outcome) => (&mut counts.refused, Some(outcome)),
        };
        *counter += 1;
        outcome
    }
}

/// Rows that are decided and not yet written. Decisions see them as if they were.
struct Batch<'a> {
    how: Import<'a>,
    people: Vec<Person>,
    by_upi: HashMap<String, usize>,
    by_birthdate: HashMap<i32, Vec<usize>>,
    by_id_number: HashMap<String, usize>,
    quarantine: Vec<Quarantined>,
    quarantined: HashSet<QuarantineId>,
}

impl<'a> Batch<'a> {
    fn new(how: Import<'a>) -> Self {
        Self {
            how,
            people: Vec::new(),
            by_upi: HashMap::new(),
            by_birthdate: HashMap::new(),
            by_id_number: HashMap::new(),
            quarantine: Vec::new(),
            quarantined: HashSet::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.people.len() + self.quarantine.len() >= BATCH
    }

    fn decide(&mut self, row: &Row<'_>) -> Result<Decision, ImportError> {
        let line = row.line;
        let refused = |errors| Ok(Decision::Refused(Outcome::Refused { line, errors }));
        let mut person = match record::read(row, self.how.rules) {
            Ok(person) => person,
            Err(errors) => return refused(errors),
        };
        let known = self.person(&person.upi)?;
        match self.portrait(row, known.as_ref()) {
            Ok(portrait) => person.portrait = portrait,
            Err(error) => return refused(vec![error]),
        }
        match known {
            Some(known) if known == person => Ok(Decision::Unchanged),
            Some(known) => {
                let differs = differences(&known, &person);
                self.quarantine(person, Reason::UpiTaken { differs }, line)
            }
            None => match self.likely_duplicate(&person)? {
                Some((of, likeness)) => {
                    self.quarantine(person, Reason::LikelyDuplicate { of, likeness }, line)
                }
                None => Ok(self.add(person)),
            },
        }
    }

    /// Writes the batch in one transaction; `line` is the last one in it.
    fn write(&mut self, line: u64) -> Result<(), ImportError> {
        if self.people.is_empty() && self.quarantine.is_empty() {
            return Ok(());
        }
        let subject = format!("{}, up to line {line}", self.how.source);
        let event = Event::new(self.how.now.seconds(), self.how.actor, Action::Imported, subject);
        self.how.register.admit(&self.people, &self.quarantine, &event)?;
        *self = Self::new(self.how);
        Ok(())
    }

    fn person(&self, upi: &str) -> Result<Option<Person>, StoreError> {
        match self.by_upi.get(upi).and_then(|place| self.people.get(*place)) {
            Some(person) => Ok(Some(person.clone())),
            None => self.how.register.person(upi),
        }
    }

    fn portrait(
        &self,
        row: &Row<'_>,
        known: Option<&Person>,
    ) -> Result<Option<hati_store::Portrait>, FieldError> {
        match row.text("portrait").map(str::trim) {
            Some("") => Ok(None),
            Some(path) => {
                portrait::load(self.how.pictures, path, known.and_then(|known| known.portrait.as_ref()))
                    .map(Some)
                    .map_err(|error| error.in_column("portrait", path))
            }
            None => Err(portrait::PortraitError::NotText.in_column("portrait", "other bytes")),
        }
    }

    fn likely_duplicate(&self, person: &Person) -> Result<Option<(String, u16)>, StoreError> {
        let alike = |other: &Person| {
            duplicates::likeness(other, person).map(|likeness| (other.upi.clone(), likeness))
        };
        let number = person.id_number.as_deref();
        let card = number.and_then(|number| self.by_id_number.get(number)).into_iter();
        let here = card.chain(self.by_birthdate.get(&person.birthdate).into_iter().flatten());
        if let Some(found) = here.filter_map(|place| self.people.get(*place)).find_map(alike) {
            return Ok(Some(found));
        }
        if let Some(number) = number
            && let Some(found) = self.how.register.with_id_number(number)?.iter().find_map(alike)
        {
            return Ok(Some(found));
        }
        Ok(self.how.register.born_on(person.birthdate)?.iter().find_map(alike))
    }

    fn add(&mut self, person: Person) -> Decision {
        let place = self.people.len();
        self.by_upi.insert(person.upi.clone(), place);
        self.by_birthdate.entry(person.birthdate).or_default().push(place);
        if let Some(number) = &person.id_number {
            self.by_id_number.insert(number.clone(), place);
        }
        self.people.push(person);
        Decision::Added
    }

    fn quarantine(&mut self, person: Person, reason: Reason, line: u64) -> Result<Decision, ImportError> {
        let outcome = Outcome::Quarantined { line, upi: person.upi.clone(), reason: (&reason).into() };
        let source = format!("{}, line {line}", self.how.source);
        let row = Quarantined { person, reason, at: self.how.now.seconds(), source };
        let id = row.id()?;
        if self.quarantined.contains(&id) || self.how.register.quarantined(&id)?.is_some() {
            return Ok(Decision::AlreadyQuarantined(outcome));
        }
        self.quarantined.insert(id);
        self.quarantine.push(row);
        Ok(Decision::Quarantined(outcome))
    }
}

/// The columns in which two records differ.
fn differences(a: &Person, b: &Person) -> Vec<String> {
    let columns = [
        ("id_number", a.id_number == b.id_number),
        ("given_name", a.given_name == b.given_name),
        ("family_name", a.family_name == b.family_name),
        ("birthdate", a.birthdate == b.birthdate),
        ("sex", a.sex == b.sex),
        ("nationalities", a.nationalities == b.nationalities),
        ("county", a.county == b.county),
        ("place_of_birth", a.locality == b.locality),
        ("country", a.country == b.country),
        ("phone", a.phone == b.phone),
        ("portrait", a.portrait == b.portrait),
    ];
    columns.into_iter().filter(|(_, same)| !same).map(|(column, _)| column.to_owned()).collect()
}
