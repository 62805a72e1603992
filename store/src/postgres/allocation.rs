//! Status indices, given out by one process after the other.

use std::collections::HashSet;

use postgres::Row;
use rand_core::CryptoRng;

use super::columns::{narrow, number};
use super::failure::Failure;
use super::session::Work;
use crate::ledger::Allocator;
use crate::{ListSize, ListUse, NewCopy, Slot, StoreError};

const SLOTS: &str = "slots";
const LISTS: &str = "status_lists";

/// Indices looked for with one statement, which bounds how many are drawn for it.
const AT_ONCE: usize = 1024;

/// Gives a slot to each copy. Nobody else does so until the transaction ends, so what was not taken stays free.
pub(super) fn allocate(
    work: &mut Work<'_>,
    copies: &[NewCopy],
    list_size: ListSize,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<Slot>, Failure> {
    const LOCK: &str = "SELECT only_row FROM allocation FOR UPDATE";
    // A statement of its own: it sees what was committed while the one before it waited.
    const NEWEST: &str = "SELECT list, size, used FROM status_lists ORDER BY list DESC LIMIT 1";
    work.row(LOCK, &[])?;
    let newest = work.row(NEWEST, &[])?.map(|row| list_use(&row)).transpose()?;
    let mut allocator = Allocator::new(newest, list_size);
    let mut slots = Vec::new();
    let mut given = HashSet::new();
    while slots.len() < copies.len() {
        let mut open = allocator.open()?;
        let left = copies.len().saturating_sub(slots.len()).min(AT_ONCE);
        let free = draw_free(work, &open, left.min(open.room() as usize), rng, &given)?;
        open.used += narrow::<_, u32>(free.len(), LISTS)?;
        allocator.lists.push(open);
        given.extend(free.iter().copied());
        slots.extend(free);
    }
    take(work, copies, &slots)?;
    count(work, &allocator.lists)?;
    Ok(slots)
}

pub(super) fn list_use(row: &Row) -> Result<ListUse, StoreError> {
    Ok(ListUse {
        list: number::<i32, _>(row, "list", LISTS)?,
        size: number::<i32, _>(row, "size", LISTS)?,
        used: number::<i32, _>(row, "used", LISTS)?,
    })
}

/// The numbers of lists and the indices of slots. A list's number beyond the column's is the end of the series.
pub(super) fn as_columns(slots: &[Slot]) -> Result<(Vec<i32>, Vec<i32>), StoreError> {
    let pairs = slots.iter().map(|slot| {
        let list = i32::try_from(slot.list).map_err(|_| StoreError::ListsExhausted { last: *slot })?;
        Ok((list, narrow::<_, i32>(slot.index, SLOTS)?))
    });
    pairs.collect()
}

/// At most `wanted` slots of a list that are free, in the order in which they were drawn.
fn draw_free(
    work: &mut Work<'_>,
    open: &ListUse,
    wanted: usize,
    rng: &mut dyn CryptoRng,
    given: &HashSet<Slot>,
) -> Result<Vec<Slot>, Failure> {
    const TAKEN: &str = "SELECT idx FROM slots WHERE list = $1 AND idx = ANY($2)";
    let mut seen = HashSet::new();
    let drawn = std::iter::repeat_with(|| open.draw(rng)).take(draws(open, wanted));
    let drawn: Vec<_> = drawn.filter(|slot| !given.contains(slot) && seen.insert(*slot)).collect();
    let (_, indices) = as_columns(&drawn)?;
    let list: i32 = narrow(open.list, LISTS)?;
    let taken = work.rows(TAKEN, &[&list, &indices])?;
    let taken = taken.iter().map(|row| number::<i32, u32>(row, "idx", SLOTS));
    let taken: HashSet<u32> = taken.collect::<Result<_, _>>()?;
    Ok(drawn.into_iter().filter(|slot| !taken.contains(&slot.index)).take(wanted).collect())
}

/// How often to draw so that about `wanted` of what is drawn is free: at most 16 times as often, because a list
/// is left at 15/16.
fn draws(open: &ListUse, wanted: usize) -> usize {
    let free = open.size.saturating_sub(open.used).max(1);
    let draws = (wanted as u64).saturating_mul(open.size.into()).div_ceil(free.into());
    usize::try_from(draws).unwrap_or(wanted)
}

fn take(work: &mut Work<'_>, copies: &[NewCopy], slots: &[Slot]) -> Result<(), Failure> {
    const SQL: &str =
        "INSERT INTO slots (list, idx, upi) SELECT * FROM unnest($1::integer[], $2::integer[], $3::text[])";
    let (lists, indices) = as_columns(slots)?;
    let upis: Vec<_> = copies.iter().map(|copy| copy.upi.as_str()).collect();
    work.write(SQL, &[&lists, &indices, &upis])?;
    Ok(())
}

fn count(work: &mut Work<'_>, lists: &[ListUse]) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO status_lists (list, size, used)
        SELECT * FROM unnest($1::integer[], $2::integer[], $3::integer[])
        ON CONFLICT (list) DO UPDATE SET used = excluded.used";
    let column = |of: fn(&ListUse) -> u32| -> Result<Vec<i32>, StoreError> {
        lists.iter().map(|list| narrow(of(list), LISTS)).collect()
    };
    work.write(SQL, &[&column(|it| it.list)?, &column(|it| it.size)?, &column(|it| it.used)?])?;
    Ok(())
}
