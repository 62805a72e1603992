//! The register in PostgreSQL.

use std::collections::BTreeMap;

use postgres::Row;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::{ToSql, Type};

use super::columns::{column, corrupt, digest, narrow, number};
use super::failure::Failure;
use super::people::{TYPES, Values, columns, person, standing};
use super::session::Work;
use super::{PostgresStore, amend, corrections, log};
use crate::{
    Changed, Event, FeedPosition, Person, QuarantineId, Quarantined, Reason, Register, RegisterChange,
    Registered, StoreError, register,
};

const PEOPLE: &str = "people";
const QUARANTINE: &str = "quarantine";

impl Register for PostgresStore {
    fn admit(&self, people: &[Person], quarantine: &[Quarantined], event: &Event) -> Result<(), StoreError> {
        let people = each_once(people)?;
        self.change("admitting people", |work| {
            admit(work, &people)?;
            keep_in_quarantine(work, quarantine)?;
            log::append(work, event)
        })
    }

    fn apply(&self, changes: &[RegisterChange], events: &[Event]) -> Result<Changed, StoreError> {
        register::check_distinct(changes)?;
        self.change("changing the register", |work| {
            let mut changed = Changed::default();
            for change in changes {
                make(work, change, &mut changed)?;
            }
            log::append_all(work, events)?;
            Ok(changed)
        })
    }

    fn feed_position(&self, feed: &str) -> Result<FeedPosition, StoreError> {
        self.read("reading a feed's position", |work| amend::feed_position(work, feed))
    }

    fn registered(&self, upi: &str) -> Result<Option<Registered>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), ", revision, died FROM people WHERE upi = $1");
        let found = self.read("reading a person", |work| work.row(SQL, &[&upi]))?;
        let registered =
            |row| Ok(Registered { person: person(&row, PEOPLE)?, standing: standing(&row, PEOPLE)? });
        found.map(registered).transpose()
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

    fn named(&self, start: &str, limit: usize) -> Result<Vec<Person>, StoreError> {
        // The names between the start and the start with the last character there is behind it.
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            r#" FROM people
            WHERE lower((family_name || ' ' || given_name) COLLATE "und-x-icu") COLLATE "C" >= $1
              AND lower((family_name || ' ' || given_name) COLLATE "und-x-icu") COLLATE "C" < $2
            ORDER BY lower((family_name || ' ' || given_name) COLLATE "und-x-icu") COLLATE "C", upi LIMIT $3"#
        );
        let start = start.to_lowercase();
        let end = format!("{start}{}", char::MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.read("searching by name", |work| work.rows(SQL, &[&start, &end, &limit]))?;
        found.iter().map(|row| person(row, PEOPLE)).collect()
    }

    fn quarantined_as(&self, upi: &str) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        const SQL: &str = "SELECT * FROM quarantine WHERE upi = $1 ORDER BY id";
        let found = self.read("reading the quarantine", |work| work.rows(SQL, &[&upi]))?;
        found.iter().map(with_id).collect()
    }

    fn quarantined(&self, id: &QuarantineId) -> Result<Option<Quarantined>, StoreError> {
        const SQL: &str = "SELECT * FROM quarantine WHERE id = $1";
        let found = self.read("reading the quarantine", |work| work.row(SQL, &[&id.0.as_slice()]))?;
        found.map(|row| quarantined(&row)).transpose()
    }

    fn quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        const SQL: &str = "SELECT * FROM quarantine WHERE id > $1 ORDER BY id LIMIT $2";
        // No bytes at all come before every id.
        let after = after.map_or(&[] as &[u8], |id| id.0.as_slice());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.read("reading the quarantine", |work| work.rows(SQL, &[&after, &limit]))?;
        found.iter().map(with_id).collect()
    }

    fn population(&self) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT count(*) AS people FROM people";
        let found = self.read("counting people", |work| work.row(SQL, &[]))?;
        found.map_or(Ok(0), |row| number::<i64, _>(&row, "people", PEOPLE))
    }
}

/// The people of a call by their UPIs, unless two differ under one. In the order of the UPIs, so that two calls
/// that admit the same people wait for one another instead of each holding what the other one needs.
fn each_once(people: &[Person]) -> Result<BTreeMap<&str, &Person>, StoreError> {
    let mut new = BTreeMap::new();
    for person in people {
        if new.insert(person.upi.as_str(), person).is_some_and(|known| known != person) {
            return Err(StoreError::UpiTaken { upi: person.upi.clone() });
        }
    }
    Ok(new)
}

/// Rows arrive in a table of this connection's own, because COPY itself cannot step over what is there already.
fn admit(work: &mut Work<'_>, people: &BTreeMap<&str, &Person>) -> Result<(), Failure> {
    const ARRIVE: &str = concat!("COPY arriving_people (", columns!(), ") FROM STDIN (FORMAT binary)");
    const ADMIT: &str = concat!(
        "INSERT INTO people (",
        columns!(),
        ") SELECT * FROM arriving_people ORDER BY upi ON CONFLICT DO NOTHING"
    );
    const TAKEN: &str = concat!(
        "SELECT upi FROM (SELECT * FROM arriving_people EXCEPT SELECT ",
        columns!(),
        " FROM people WHERE upi IN (SELECT upi FROM arriving_people)) AS other ORDER BY upi LIMIT 1"
    );
    if people.is_empty() {
        return Ok(());
    }
    work.write("TRUNCATE arriving_people", &[])?;
    let mut copy = BinaryCopyInWriter::new(work.client.copy_in(ARRIVE)?, &TYPES);
    for person in people.values() {
        copy.write(&Values::of(person, PEOPLE)?.all())?;
    }
    copy.finish()?;
    let admitted = work.write(ADMIT, &[])?;
    if admitted == people.len() as u64 {
        return Ok(());
    }
    match work.row(TAKEN, &[])? {
        Some(row) => Err(StoreError::UpiTaken { upi: column(&row, "upi", PEOPLE)? }.into()),
        None => Ok(()),
    }
}

fn keep_in_quarantine(work: &mut Work<'_>, rows: &[Quarantined]) -> Result<(), Failure> {
    const ARRIVE: &str = concat!(
        "COPY arriving_quarantine (",
        columns!(),
        ", id, differs_in, duplicate_of, likeness, at, source) FROM STDIN (FORMAT binary)"
    );
    const KEEP: &str =
        "INSERT INTO quarantine SELECT * FROM arriving_quarantine ORDER BY upi, id ON CONFLICT DO NOTHING";
    if rows.is_empty() {
        return Ok(());
    }
    work.write("TRUNCATE arriving_quarantine", &[])?;
    let types = [Type::BYTEA, Type::TEXT_ARRAY, Type::TEXT, Type::INT4, Type::INT8, Type::TEXT];
    let types: Vec<_> = TYPES.into_iter().chain(types).collect();
    let mut copy = BinaryCopyInWriter::new(work.client.copy_in(ARRIVE)?, &types);
    for row in rows {
        let id = row.id()?;
        let id = id.0.as_slice();
        let (differs_in, duplicate_of, likeness) = match &row.reason {
            Reason::UpiTaken { differs } => (Some(differs), None, None),
            Reason::LikelyDuplicate { of, likeness } => (None, Some(of), Some(i32::from(*likeness))),
        };
        let reason: [&(dyn ToSql + Sync); 6] =
            [&id, &differs_in, &duplicate_of, &likeness, &row.at, &row.source];
        let person = Values::of(&row.person, QUARANTINE)?;
        let values: Vec<_> = person.all().into_iter().chain(reason).collect();
        copy.write(&values)?;
    }
    copy.finish()?;
    work.write(KEEP, &[])?;
    Ok(())
}

fn make(work: &mut Work<'_>, change: &RegisterChange, changed: &mut Changed) -> Result<(), Failure> {
    const RESOLVE: &str = "DELETE FROM quarantine WHERE id = $1";
    match change {
        RegisterChange::Admit(person) => admit(work, &BTreeMap::from([(person.upi.as_str(), person)])),
        RegisterChange::Amend(amendment) => amend::amend(work, amendment, changed),
        RegisterChange::Quarantine(row) => keep_in_quarantine(work, std::slice::from_ref(row)),
        RegisterChange::Resolve(id) => match work.write(RESOLVE, &[&id.0.as_slice()])? {
            0 => Err(StoreError::Gone { what: register::A_ROW }.into()),
            _ => Ok(()),
        },
        RegisterChange::Answer(id, answer) => corrections::answer(work, id, answer),
        RegisterChange::Follow(position) => amend::follow(work, position),
    }
}

fn with_id(row: &Row) -> Result<(QuarantineId, Quarantined), StoreError> {
    Ok((QuarantineId(digest(row, "id", QUARANTINE)?), quarantined(row)?))
}

fn quarantined(row: &Row) -> Result<Quarantined, StoreError> {
    let differs_in: Option<_> = column(row, "differs_in", QUARANTINE)?;
    let reason = match differs_in {
        Some(differs) => Reason::UpiTaken { differs },
        None => likely_duplicate(row)?,
    };
    Ok(Quarantined {
        person: person(row, QUARANTINE)?,
        reason,
        at: column(row, "at", QUARANTINE)?,
        source: column(row, "source", QUARANTINE)?,
    })
}

fn likely_duplicate(row: &Row) -> Result<Reason, StoreError> {
    let missing = |_| corrupt(QUARANTINE, "a row without a reason".into());
    let likeness: i32 = column(row, "likeness", QUARANTINE).map_err(missing)?;
    let of = column(row, "duplicate_of", QUARANTINE).map_err(missing)?;
    Ok(Reason::LikelyDuplicate { of, likeness: narrow(likeness, QUARANTINE)? })
}
