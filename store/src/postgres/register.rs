//! The register in PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use postgres::Row;
use postgres::binary_copy::BinaryCopyInWriter;

use super::columns::{column, number};
use super::failure::Failure;
use super::people::{TYPES, Values, columns, person, standing, standing_columns};
use super::quarantine::row_columns;
use super::session::Work;
use super::{PostgresStore, amend, changes, corrections, decisions, ledger, log, names, quarantine};
use crate::names::Wanted;
use crate::{
    Changed, Decided, Event, FeedPosition, Known, Person, QuarantineId, Quarantined, Register,
    RegisterChange, Registered, StoreError, Turn, register,
};

const PEOPLE: &str = "people";

impl Register for PostgresStore {
    fn apply(&self, changes: &[RegisterChange], events: &[Event]) -> Result<Changed, StoreError> {
        register::check_distinct(changes)?;
        self.change("changing the register", |work| {
            let number = changes::begin(work, changes)?;
            let (mut changed, mut lists) = (Changed::default(), BTreeSet::new());
            admit(work, number, changes)?;
            for change in changes {
                make(work, number, change, &mut changed, &mut lists)?;
            }
            keep_all(work, changes)?;
            // What everybody counts on comes last.
            ledger::count_changes(work, &lists)?;
            log::append_all(work, events)?;
            Ok(changed)
        })
    }

    fn changes(&self) -> Result<u64, StoreError> {
        self.read("reading how far the register is", changes::number)
    }

    fn changed_after(&self, changes: u64) -> Result<Vec<Person>, StoreError> {
        const SQL: &str =
            concat!("SELECT ", columns!(), " FROM people WHERE changed > $1 AND changed > 0 ORDER BY upi");
        let changes = i64::try_from(changes).unwrap_or(i64::MAX);
        let found = self.read("reading who was changed", |work| work.rows(SQL, &[&changes]))?;
        found.iter().map(|row| person(row, PEOPLE)).collect()
    }

    fn take_turn(&self) -> Result<Turn<'_>, StoreError> {
        let mut session = self.session()?;
        let taken = session.read(&mut changes::take_turn);
        match taken.map_err(|failure| failure.into_error("taking the turn to import", &self.place))? {
            true => Ok(Turn::until(move || {
                if session.read(&mut changes::end_turn).is_err() {
                    session.end();
                }
            })),
            false => Err(StoreError::Importing { place: self.place.clone() }),
        }
    }

    fn feed_position(&self, feed: &str) -> Result<FeedPosition, StoreError> {
        self.read("reading a feed's position", |work| amend::feed_position(work, feed))
    }

    fn registered(&self, upi: &str) -> Result<Option<Registered>, StoreError> {
        const SQL: &str =
            concat!("SELECT ", columns!(), ", ", standing_columns!(), " FROM people WHERE upi = $1");
        let found = self.read("reading a person", |work| work.row(SQL, &[&upi]))?;
        found.map(|row| registered(&row)).transpose()
    }

    fn known_as(&self, upi: &str) -> Result<Known, StoreError> {
        // A row whoever is registered, so that one statement tells of the quarantine too.
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            ", ",
            standing_columns!(),
            ", ARRAY(SELECT id FROM quarantine WHERE upi = $1 ORDER BY id) AS waiting,
               ARRAY(SELECT id FROM dismissed WHERE upi = $1 ORDER BY id) AS dismissed
            FROM (VALUES ($1::text)) AS wanted (wanted_upi) LEFT JOIN people ON upi = wanted_upi"
        );
        let found = self.read("reading what is known of a UPI", |work| work.row(SQL, &[&upi]))?;
        found.map_or(Ok(Known::default()), |row| known(&row))
    }

    fn born_on(&self, birthdate: i32) -> Result<Vec<Person>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM people WHERE birthdate = $1 ORDER BY upi");
        let found = self.read("reading who was born on a day", |work| work.rows(SQL, &[&birthdate]))?;
        found.iter().map(|row| person(row, PEOPLE)).collect()
    }

    fn with_id_number(&self, id_number: &str) -> Result<Vec<Person>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM people WHERE id_number = $1 ORDER BY upi");
        let found = self.read("reading who has an identity card", |work| work.rows(SQL, &[&id_number]))?;
        found.iter().map(|row| person(row, PEOPLE)).collect()
    }

    fn with_phone(&self, phone: &str) -> Result<Vec<Person>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM people WHERE phone = $1 ORDER BY upi");
        let found = self.read("reading who has a telephone number", |work| work.rows(SQL, &[&phone]))?;
        found.iter().map(|row| person(row, PEOPLE)).collect()
    }

    fn named(&self, names: &str, limit: usize) -> Result<Vec<Person>, StoreError> {
        let Some(wanted) = Wanted::parse(names) else { return Ok(Vec::new()) };
        self.read("searching by name", |work| names::named(work, &wanted, limit))
    }

    fn quarantined_as(&self, upi: &str) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            ", ",
            row_columns!(),
            " FROM quarantine WHERE upi = $1 ORDER BY id"
        );
        let found = self.read("reading the quarantine", |work| work.rows(SQL, &[&upi]))?;
        found.iter().map(quarantine::with_id).collect()
    }

    fn quarantined(&self, id: &QuarantineId) -> Result<Option<Quarantined>, StoreError> {
        const SQL: &str =
            concat!("SELECT ", columns!(), ", ", row_columns!(), " FROM quarantine WHERE id = $1");
        let found = self.read("reading the quarantine", |work| work.row(SQL, &[&id.0.as_slice()]))?;
        found.map(|row| quarantine::quarantined(&row)).transpose()
    }

    fn quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            ", ",
            row_columns!(),
            " FROM quarantine WHERE id > $1 ORDER BY id LIMIT $2"
        );
        // No bytes at all come before every id.
        let after = after.map_or(&[] as &[u8], |id| id.0.as_slice());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.read("reading the quarantine", |work| work.rows(SQL, &[&after, &limit]))?;
        found.iter().map(quarantine::with_id).collect()
    }

    fn decisions_on(&self, upi: &str) -> Result<Vec<Decided>, StoreError> {
        self.read("reading what was decided", |work| decisions::on(work, upi))
    }

    fn population(&self) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT count(*) AS people FROM people";
        let found = self.read("counting people", |work| work.row(SQL, &[]))?;
        found.map_or(Ok(0), |row| number::<i64, _>(&row, "people", PEOPLE))
    }
}

/// Rows arrive in a table of this connection's own, because COPY itself cannot step over what is there already.
fn admit(work: &mut Work<'_>, number: i64, changes: &[RegisterChange]) -> Result<(), Failure> {
    const ARRIVE: &str = concat!("COPY arriving_people (", columns!(), ") FROM STDIN (FORMAT binary)");
    const ADMIT: &str = concat!(
        "INSERT INTO people (",
        columns!(),
        ", changed) SELECT ",
        columns!(),
        ", $1::bigint FROM arriving_people ORDER BY upi ON CONFLICT DO NOTHING RETURNING upi"
    );
    const TAKEN: &str = concat!(
        "SELECT upi FROM (SELECT ",
        columns!(),
        " FROM arriving_people EXCEPT SELECT ",
        columns!(),
        " FROM people WHERE upi IN (SELECT upi FROM arriving_people)) AS other ORDER BY upi LIMIT 1"
    );
    let people = changes.iter().filter_map(|change| match change {
        RegisterChange::Admit(person) => Some((person.upi.as_str(), person)),
        _ => None,
    });
    let people: BTreeMap<_, _> = people.collect();
    if people.is_empty() {
        return Ok(());
    }
    work.write("TRUNCATE arriving_people", &[])?;
    let mut copy = BinaryCopyInWriter::new(work.client.copy_in(ARRIVE)?, &TYPES);
    for person in people.values() {
        copy.write(&Values::of(person, PEOPLE)?.all())?;
    }
    copy.finish()?;
    let admitted = work.rows(ADMIT, &[&number])?;
    let new: Vec<&str> = admitted.iter().map(|row| column(row, "upi", PEOPLE)).collect::<Result<_, _>>()?;
    names::index(work, new.iter().filter_map(|upi| people.get(upi)).copied())?;
    if new.len() == people.len() {
        return Ok(());
    }
    match work.row(TAKEN, &[])? {
        Some(row) => Err(StoreError::UpiTaken { upi: column(&row, "upi", PEOPLE)? }.into()),
        None => Ok(()),
    }
}

fn make(
    work: &mut Work<'_>,
    number: i64,
    change: &RegisterChange,
    changed: &mut Changed,
    lists: &mut BTreeSet<i32>,
) -> Result<(), Failure> {
    match change {
        // Made of all changes together.
        RegisterChange::Admit(_) | RegisterChange::Quarantine(_) | RegisterChange::Seen(_) => Ok(()),
        RegisterChange::Amend(amendment) => amend::amend(work, number, amendment, changed, lists),
        RegisterChange::Resolve(id) => quarantine::resolve(work, id),
        RegisterChange::Dismiss(id) => quarantine::dismiss(work, id),
        RegisterChange::Decide(decided) => decisions::keep(work, decided),
        RegisterChange::Answer(id, answer) => corrections::answer(work, id, answer),
        RegisterChange::Follow(position) => amend::follow(work, position),
    }
}

fn keep_all(work: &mut Work<'_>, changes: &[RegisterChange]) -> Result<(), Failure> {
    let rows = changes.iter().filter_map(|change| match change {
        RegisterChange::Quarantine(row) => Some(row),
        _ => None,
    });
    quarantine::keep(work, &rows.collect::<Vec<_>>())
}

fn registered(row: &Row) -> Result<Registered, StoreError> {
    Ok(Registered { person: person(row, PEOPLE)?, standing: standing(row, PEOPLE)? })
}

fn known(row: &Row) -> Result<Known, StoreError> {
    let is_registered = column::<Option<&str>>(row, "upi", PEOPLE)?.is_some();
    Ok(Known {
        registered: is_registered.then(|| registered(row)).transpose()?,
        waiting: quarantine::ids(row, "waiting")?,
        dismissed: quarantine::ids(row, "dismissed")?,
    })
}
