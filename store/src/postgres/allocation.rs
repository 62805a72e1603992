//! Status indices, given out by all processes at once. A slot is whoever's row gets into `slots`, whose primary key it is; of two
//! that want one, the second draws again. Nobody waits for the end of another's transaction but then.

use std::collections::{HashMap, HashSet};

use postgres::Row;
use rand_core::CryptoRng;

use super::columns::{column, narrow, number};
use super::failure::Failure;
use super::session::Work;
use crate::ledger::Allocator;
use crate::{ListSize, ListUse, NewCopy, Slot, StoreError};

const SLOTS: &str = "slots";
const LISTS: &str = "status_lists";

/// Indices looked for with one statement, which bounds how many are drawn for it.
const AT_ONCE: usize = 1024;

/// What was given to copies.
#[derive(Default)]
pub(super) struct Allocated {
    /// A slot for each, in their order.
    pub(super) slots: Vec<Slot>,
    /// The lists that these are in, and how many are in each.
    lists: Vec<ListUse>,
}

/// Gives a slot to each copy.
pub(super) fn allocate(
    work: &mut Work<'_>,
    copies: &[NewCopy],
    list_size: ListSize,
    rng: &mut dyn CryptoRng,
) -> Result<Allocated, Failure> {
    const NEWEST: &str = "SELECT list, size, used, valid_until, changes FROM status_lists
        ORDER BY list DESC LIMIT 1";
    let mut allocated = Allocated::default();
    let mut given = vec![None; copies.len()];
    loop {
        let waiting: Vec<usize> =
            (0..).zip(&given).filter(|(_, it)| it.is_none()).map(|(at, _)| at).collect();
        if waiting.is_empty() {
            break;
        }
        // Each time anew: a statement sees what was committed before it, by others who fill the same list.
        let newest = work.row(NEWEST, &[])?.map(|row| list_use(&row)).transpose()?;
        let mut open = Allocator::new(allocated.newest(newest), list_size).open()?;
        let wanted = waiting.len().min(AT_ONCE).min(open.room() as usize);
        let waiting = waiting.get(..wanted).unwrap_or_default();
        let slots = take(work, &open, copies, waiting, rng)?;
        open.used = narrow(slots.len(), LISTS)?;
        let ends = slots.iter().filter_map(|(at, _)| copies.get(*at)).map(|copy| copy.valid_until);
        open.valid_until = ends.max().unwrap_or(i64::MIN);
        allocated.count(open);
        for (at, slot) in slots {
            if let Some(place) = given.get_mut(at) {
                *place = Some(slot);
            }
        }
    }
    allocated.slots = given.into_iter().flatten().collect();
    Ok(allocated)
}

impl Allocated {
    /// The newest list, with what this transaction took from it.
    fn newest(&self, committed: Option<ListUse>) -> Option<ListUse> {
        let Some(own) = self.lists.last() else { return committed };
        match committed {
            Some(list) if list.list > own.list => Some(list),
            Some(list) if list.list == own.list => {
                Some(ListUse { used: list.used.saturating_add(own.used), ..list })
            }
            _ => Some(*own),
        }
    }

    fn count(&mut self, taken: ListUse) {
        match self.lists.iter_mut().find(|list| list.list == taken.list) {
            Some(list) => {
                list.used = list.used.saturating_add(taken.used);
                list.valid_until = list.valid_until.max(taken.valid_until);
            }
            None => self.lists.push(taken),
        }
    }

    /// Counts what was given. Whoever else counts waits from here to the end of the transaction.
    pub(super) fn record(&self, work: &mut Work<'_>) -> Result<(), Failure> {
        const SQL: &str = "INSERT INTO status_lists (list, size, used, valid_until)
            SELECT * FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::bigint[])
            ON CONFLICT (list) DO UPDATE SET used = status_lists.used + excluded.used,
                valid_until = greatest(status_lists.valid_until, excluded.valid_until)";
        let column = |of: fn(&ListUse) -> u32| -> Result<Vec<i32>, StoreError> {
            self.lists.iter().map(|list| narrow(of(list), LISTS)).collect()
        };
        let ends: Vec<_> = self.lists.iter().map(|list| list.valid_until).collect();
        work.write(SQL, &[&column(|it| it.list)?, &column(|it| it.size)?, &column(|it| it.used)?, &ends])?;
        Ok(())
    }
}

pub(super) fn list_use(row: &Row) -> Result<ListUse, StoreError> {
    Ok(ListUse {
        list: number::<i32, _>(row, "list", LISTS)?,
        size: number::<i32, _>(row, "size", LISTS)?,
        used: number::<i32, _>(row, "used", LISTS)?,
        valid_until: column(row, "valid_until", LISTS)?,
        changes: number::<i64, _>(row, "changes", LISTS)?,
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

/// Takes slots of a list for the copies at these places, as many as were found free and nobody else got.
fn take(
    work: &mut Work<'_>,
    open: &ListUse,
    copies: &[NewCopy],
    waiting: &[usize],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<(usize, Slot)>, Failure> {
    // In the order of the indices, so that of two transactions which meet only one waits. Whether an index is taken is asked
    // one by one: by a join, or by `ANY`, a server without statistics of the table reads the whole list.
    const SQL: &str = "INSERT INTO slots (list, idx, upi)
        SELECT $1, idx, upi FROM (
            SELECT idx, row_number() OVER (ORDER BY place) AS place
            FROM unnest($2::integer[]) WITH ORDINALITY AS drawn (idx, place)
            WHERE (SELECT true FROM slots WHERE list = $1 AND slots.idx = drawn.idx) IS NULL
        ) AS free
        JOIN unnest($3::text[]) WITH ORDINALITY AS waiting (upi, place) USING (place)
        ORDER BY idx
        ON CONFLICT DO NOTHING RETURNING idx, upi";
    let mut seen = HashSet::new();
    let drawn = std::iter::repeat_with(|| open.draw(rng)).take(draws(open, waiting.len()));
    let drawn: Vec<_> = drawn.filter(|slot| seen.insert(*slot)).collect();
    let (_, indices) = as_columns(&drawn)?;
    let list: i32 = narrow(open.list, LISTS)?;
    let upi = |at: &usize| copies.get(*at).map(|copy| copy.upi.as_str()).unwrap_or_default();
    let upis: Vec<_> = waiting.iter().map(upi).collect();

    let mut got: HashMap<u32, String> = HashMap::new();
    for row in work.rows(SQL, &[&list, &indices, &upis])? {
        got.insert(number::<i32, _>(&row, "idx", SLOTS)?, column(&row, "upi", SLOTS)?);
    }
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for at in waiting.iter().rev() {
        places.entry(upi(at)).or_default().push(*at);
    }
    // As they were drawn, so that the copies of a person are in no order that a verifier could see.
    let taken = drawn.into_iter().filter_map(|slot| {
        let upi = got.get(&slot.index)?;
        Some((places.get_mut(upi.as_str())?.pop()?, slot))
    });
    Ok(taken.collect())
}

/// How often to draw so that about `wanted` of what is drawn is free: at most 16 times as often, because a list
/// is left at 15/16.
fn draws(open: &ListUse, wanted: usize) -> usize {
    let free = open.size.saturating_sub(open.used).max(1);
    let draws = (wanted as u64).saturating_mul(open.size.into()).div_ceil(free.into());
    usize::try_from(draws).unwrap_or(wanted)
}
