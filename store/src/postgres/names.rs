//! What people are found by, in PostgreSQL.

use postgres::Transaction;

use super::columns::column;
use super::failure::Failure;
use super::people::{columns, person};
use super::session::Work;
use crate::Person;
use crate::names::{self, Wanted};

const PEOPLE: &str = "people";
const NAMES: &str = "people_names";

/// People indexed with one statement.
const AT_ONCE: i64 = 10_000;

const INDEX: &str = "INSERT INTO people_names (key, upi)
    SELECT * FROM unnest($1::text[], $2::text[]) ORDER BY 1, 2 ON CONFLICT DO NOTHING";

/// Indexes people.
pub(super) fn index<'p>(
    work: &mut Work<'_>,
    people: impl IntoIterator<Item = &'p Person>,
) -> Result<(), Failure> {
    let (keys, upis) = rows(people);
    if !keys.is_empty() {
        work.write(INDEX, &[&keys, &upis])?;
    }
    Ok(())
}

/// Indexes somebody by other names than before.
pub(super) fn index_again(work: &mut Work<'_>, before: &Person, after: &Person) -> Result<(), Failure> {
    const FORGET: &str = "DELETE FROM people_names WHERE key = ANY($1) AND upi = $2";
    let (old, new) = (names::keys(before), names::keys(after));
    if old == new {
        return Ok(());
    }
    work.write(FORGET, &[&old, &before.upi])?;
    index(work, [after])
}

/// Indexes whoever was in the register before there was the index.
pub(super) fn index_all(transaction: &mut Transaction<'_>) -> Result<(), Failure> {
    const NEXT: &str = "SELECT upi, family_name, given_name FROM people WHERE upi > $1 ORDER BY upi LIMIT $2";
    let mut last = String::new();
    loop {
        let found = transaction.query(NEXT, &[&last, &AT_ONCE])?;
        let (mut keys, mut upis): (Vec<String>, Vec<&str>) = Default::default();
        for row in &found {
            let upi: &str = column(row, "upi", PEOPLE)?;
            let (family, given) = (column(row, "family_name", PEOPLE)?, column(row, "given_name", PEOPLE)?);
            for key in names::keys_of(family, given) {
                keys.push(key);
                upis.push(upi);
            }
        }
        let Some(newest) = found.last() else { return Ok(()) };
        transaction.execute(INDEX, &[&keys, &upis])?;
        last = column(newest, "upi", PEOPLE)?;
    }
}

/// At most `limit` people who fit, in the order of the UPIs.
pub(super) fn named(work: &mut Work<'_>, wanted: &Wanted, limit: usize) -> Result<Vec<Person>, Failure> {
    const PEOPLE_OF: &str = concat!("SELECT ", columns!(), " FROM people WHERE upi = ANY($1) ORDER BY upi");
    let mut upis: Vec<String> = Vec::new();
    for (first, second) in wanted.starts() {
        upis.extend(upis_behind(work, wanted, (first, second), limit)?);
        upis.sort_unstable();
        upis.dedup();
        if upis.len() >= limit {
            break;
        }
    }
    upis.truncate(limit);
    let found = work.rows(PEOPLE_OF, &[&upis])?;
    Ok(found.iter().map(|row| person(row, PEOPLE)).collect::<Result<_, _>>()?)
}

fn upis_behind(
    work: &mut Work<'_>,
    wanted: &Wanted,
    (first, second): (&str, Option<&str>),
    limit: usize,
) -> Result<Vec<String>, Failure> {
    // A name and all that begins with it lie between it and the last character there is behind it.
    const ONE: &str = "SELECT DISTINCT upi FROM (SELECT key, upi FROM people_names
        WHERE key >= $1 AND key < $1 || chr(1114111) ORDER BY key, upi LIMIT $2) AS found";
    // From one first name to the next, without the keys between: no letter comes before the exclamation mark, and the
    // space alone before it. Of the rest each has to begin a name, which is behind a space.
    const TWO: &str = "WITH RECURSIVE firsts AS (
            (SELECT split_part(key, ' ', 1) AS name FROM people_names
             WHERE key >= $1 AND key < $1 || chr(1114111) ORDER BY key LIMIT 1)
            UNION ALL
            SELECT (SELECT split_part(key, ' ', 1) FROM people_names
                    WHERE key >= firsts.name || '!' AND key < $1 || chr(1114111) ORDER BY key LIMIT 1)
            FROM firsts WHERE firsts.name IS NOT NULL
        )
        SELECT DISTINCT upi FROM (
            SELECT behind.upi FROM firsts CROSS JOIN LATERAL (
                SELECT upi FROM people_names
                WHERE key >= firsts.name || ' ' || $2 AND key < firsts.name || ' ' || $2 || chr(1114111)
                  AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS more (name)
                                  WHERE position(' ' || more.name IN ' ' || key) = 0)
                ORDER BY key, upi LIMIT $3
            ) AS behind WHERE firsts.name IS NOT NULL LIMIT $3
        ) AS found";
    // Of one person there are some keys that begin with the same name, never more than this.
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_mul(names::MOST_ALIKE);
    let found = match second {
        None => work.rows(ONE, &[&first, &most])?,
        Some(second) => work.rows(TWO, &[&first, &second, &most, &wanted.rest()])?,
    };
    Ok(found.iter().map(|row| column(row, "upi", NAMES)).collect::<Result<_, _>>()?)
}

fn rows<'p>(people: impl IntoIterator<Item = &'p Person>) -> (Vec<String>, Vec<&'p str>) {
    let pairs = people.into_iter();
    pairs.flat_map(|person| names::keys(person).into_iter().map(|key| (key, person.upi.as_str()))).unzip()
}
