//! Records that become others, and feeds that say so.

use std::collections::BTreeSet;

use super::columns::{column, digest, narrow, number, variant};
use super::failure::Failure;
use super::ledger::{LEDGER, NewStatuses};
use super::names;
use super::people::{Values, columns, person, standing, standing_columns};
use super::session::Work;
use super::{corrections, tickets};
use crate::{Amendment, Change, Changed, FeedPosition, NewCopies, Standing, Status, StoreError, register};

const PEOPLE: &str = "people";
const FEEDS: &str = "feeds";

/// Whoever records copies meanwhile waits for the row of the person, and then finds another revision.
pub(super) fn amend(
    work: &mut Work<'_>,
    number: i64,
    amendment: &Amendment,
    changed: &mut Changed,
    lists: &mut BTreeSet<i32>,
) -> Result<(), Failure> {
    const BEFORE: &str =
        concat!("SELECT ", columns!(), ", ", standing_columns!(), " FROM people WHERE upi = $1 FOR UPDATE");
    const AMEND: &str = "UPDATE people SET
            id_number = $2, given_name = $3, family_name = $4, birthdate = $5, sex = $6, nationalities = $7,
            county = $8, locality = $9, country = $10, phone = $11, portrait_media_type = $12, portrait = $13,
            portrait_source_digest = $14, revision = $15, died = $16, changed = $17
        WHERE upi = $1";
    const ISSUED: &str = "SELECT list, idx, status, valid_until FROM ledger
        WHERE upi = $1 AND credential_type = ANY($2) ORDER BY list, idx FOR UPDATE";
    let upi = &amendment.person.upi;
    let row = work.row(BEFORE, &[upi])?.ok_or(StoreError::Gone { what: register::A_PERSON })?;
    let after = standing(&row, PEOPLE)?.after(amendment)?;

    let values = Values::of(&amendment.person, PEOPLE)?;
    let revision: i64 = narrow(after.revision, PEOPLE)?;
    let new: [&(dyn postgres::types::ToSql + Sync); 3] = [&revision, &after.died, &number];
    let values: Vec<_> = values.all().into_iter().chain(new).collect();
    work.write(AMEND, &values)?;
    names::index_again(work, &person(&row, PEOPLE)?, &amendment.person)?;

    let mut now = NewStatuses::default();
    for row in work.rows(ISSUED, &[upi, &amendment.revoke])? {
        let before: Status = variant(&row, "status", LEDGER)?;
        changed.count(before, Change::Revoke);
        if before != Status::Revoked {
            now.push(&row, Status::Revoked)?;
        }
    }
    now.write(work, upi, lists)?;
    if !amendment.withdraw.is_empty() {
        changed.withdrawn += tickets::withdraw(work, upi, &amendment.withdraw)?;
    }
    if amendment.is_another {
        corrections::forget(work, upi)?;
    }
    Ok(())
}

/// Whatever is made of the record meanwhile waits for this transaction, and then finds how it stands.
fn lock(work: &mut Work<'_>, upi: &str) -> Result<Option<Standing>, Failure> {
    const SQL: &str = concat!("SELECT ", standing_columns!(), " FROM people WHERE upi = $1 FOR UPDATE");
    let row = work.row(SQL, &[&upi])?;
    Ok(row.map(|row| standing(&row, PEOPLE)).transpose()?)
}

/// How a record stands, and stands until the transaction ends: who amends it waits for this one.
pub(super) fn standing_kept(work: &mut Work<'_>, upi: &str) -> Result<Standing, Failure> {
    const SQL: &str = concat!("SELECT ", standing_columns!(), " FROM people WHERE upi = $1 FOR SHARE");
    let row = work.row(SQL, &[&upi])?;
    Ok(row.map_or(Ok(Standing::default()), |row| standing(&row, PEOPLE))?)
}

/// Withholds a type from somebody who is registered, or does so no more.
pub(super) fn withhold(
    work: &mut Work<'_>,
    upi: &str,
    credential_type: Option<&str>,
    wanted: Change,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE people SET withheld_others = $2, withheld_except = $3 WHERE upi = $1";
    let Some(Standing { withheld: before, .. }) = lock(work, upi)? else { return Ok(()) };
    let after = before.clone().after(credential_type, wanted);
    if after != before {
        let except: Vec<_> = after.except.iter().collect();
        work.write(SQL, &[&upi, &after.others, &except])?;
    }
    Ok(())
}

/// That the copies are made from the records there are, of types that are not withheld and by a grant that is there
/// still. All of it stays until the transaction ends: who changes it waits for the rows of the people.
pub(super) fn check_standings(work: &mut Work<'_>, new: &NewCopies<'_>) -> Result<(), Failure> {
    const SQL: &str = concat!(
        "SELECT upi, ",
        standing_columns!(),
        " FROM people WHERE upi = ANY($1) ORDER BY upi FOR SHARE"
    );
    const GRANT: &str = "SELECT FROM tickets WHERE id = $1";
    let upis: Vec<_> = new.copies.iter().map(|copy| copy.upi.as_str()).collect();
    let mut found = std::collections::HashMap::new();
    for row in work.rows(SQL, &[&upis])? {
        let upi: String = column(&row, "upi", PEOPLE)?;
        found.insert(upi, standing(&row, PEOPLE)?);
    }
    let nobodys = Standing::default();
    for copy in new.copies {
        let standing = found.get(&copy.upi).unwrap_or(&nobodys);
        standing.check(&copy.upi, copy.revision, &copy.credential_type)?;
    }
    // A statement of its own, begun when the rows are locked: it sees what was withdrawn while this one waited.
    if let Some(grant) = &new.grant
        && work.row(GRANT, &[&grant.0.as_slice()])?.is_none()
    {
        return Err(StoreError::Withdrawn.into());
    }
    Ok(())
}

pub(super) fn feed_position(work: &mut Work<'_>, feed: &str) -> Result<FeedPosition, Failure> {
    const SQL: &str = "SELECT feed, sequence, digest FROM feeds WHERE feed = $1";
    let Some(row) = work.row(SQL, &[&feed])? else { return Ok(FeedPosition::start(feed)) };
    Ok(FeedPosition {
        feed: column(&row, "feed", FEEDS)?,
        sequence: number::<i64, _>(&row, "sequence", FEEDS)?,
        digest: digest(&row, "digest", FEEDS)?,
    })
}

pub(super) fn follow(work: &mut Work<'_>, position: &FeedPosition) -> Result<(), Failure> {
    // Of two that follow one feed at once, the second waits here, and is then behind.
    const SQL: &str = "INSERT INTO feeds (feed, sequence, digest) VALUES ($1, $2, $3)
        ON CONFLICT (feed) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest
        WHERE feeds.sequence = excluded.sequence - 1";
    let before = feed_position(work, &position.feed)?;
    position.check_follows(&before)?;
    let sequence: i64 = narrow(position.sequence, FEEDS)?;
    if work.write(SQL, &[&position.feed, &sequence, &position.digest.as_slice()])? == 0 {
        position.check_follows(&feed_position(work, &position.feed)?)?;
    }
    Ok(())
}
