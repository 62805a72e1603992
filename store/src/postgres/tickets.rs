//! Tickets in PostgreSQL.

use postgres::Row;

use super::columns::{column, digest, variant, variant_number};
use super::failure::Failure;
use super::session::Work;
use super::{PostgresStore, amend, log};
use crate::{Event, SeenRecord, StoreError, Ticket, TicketId, TicketKind, Tickets, UsedUp};

const TICKETS: &str = "tickets";

/// Tickets forgotten in one transaction, so that a long memory is not one huge write.
const FORGET_AT_ONCE: i64 = 4096;

impl Tickets for PostgresStore {
    fn keep(&self, tickets: &[Ticket], events: &[Event]) -> Result<(), StoreError> {
        self.change("keeping tickets", |work| {
            keep(work, tickets)?;
            log::append_all(work, events)
        })
    }

    fn ticket(&self, id: &TicketId, now: i64) -> Result<Option<Ticket>, StoreError> {
        const SQL: &str =
            "SELECT id, kind, owner, value, expires FROM tickets WHERE id = $1 AND expires > $2";
        let found = self.read("reading a ticket", |work| work.row(SQL, &[&id.0.as_slice(), &now]))?;
        found.map(|row| ticket(&row)).transpose()
    }

    fn exchange_as(
        &self,
        record: Option<SeenRecord<'_>>,
        seen: &Ticket,
        new: &[Ticket],
        once: UsedUp<'_>,
        events: &[Event],
    ) -> Result<bool, StoreError> {
        // Whoever withdraws what the owner holds waits for this one, and this one for them: otherwise what is given here could be
        // missed by one that looked before it was there. Not a row of theirs, as not every owner has one.
        const SQL: &str = "WITH holder AS MATERIALIZED
                (SELECT pg_advisory_xact_lock_shared(hashtextextended($3, 0)))
            DELETE FROM tickets WHERE id = $1 AND kind = $2 AND owner = $3 AND value = $4 AND expires = $5
                AND (SELECT count(*) FROM holder) >= 0";
        self.change("exchanging a ticket", |work| {
            // The record first, as whoever amends it does.
            if let Some(record) = record
                && amend::standing_kept(work, record.upi)?.revision != record.revision
            {
                return Ok(false);
            }
            let kind = variant_number(&seen.kind, TICKETS)?;
            if work.write(SQL, &[&seen.id.0.as_slice(), &kind, &seen.owner, &seen.value, &seen.expires])? == 0
            {
                return Ok(false);
            }
            super::once::use_up_all(work, once)?;
            keep(work, new)?;
            log::append_all(work, events)?;
            Ok(true)
        })
    }

    fn tickets_of(&self, owner: &str, now: i64) -> Result<Vec<Ticket>, StoreError> {
        const SQL: &str = "SELECT id, kind, owner, value, expires FROM tickets WHERE owner = $1 AND expires > $2 ORDER BY id";
        let found = self.read("reading somebody's tickets", |work| work.rows(SQL, &[&owner, &now]))?;
        found.iter().map(ticket).collect()
    }

    fn withdraw(&self, owner: &str, kinds: &[TicketKind], events: &[Event]) -> Result<u64, StoreError> {
        self.change("withdrawing tickets", |work| {
            let withdrawn = withdraw(work, owner, kinds)?;
            log::append_all(work, events)?;
            Ok(withdrawn)
        })
    }

    fn forget_tickets(&self, now: i64) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM tickets WHERE id IN
            (SELECT id FROM tickets WHERE expires <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
        let mut forgotten = 0;
        loop {
            let here = self.change("forgetting tickets", |work| work.write(SQL, &[&now, &FORGET_AT_ONCE]))?;
            if here == 0 {
                return Ok(forgotten);
            }
            forgotten += here;
        }
    }
}

fn keep(work: &mut Work<'_>, tickets: &[Ticket]) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO tickets (id, kind, owner, value, expires)
        SELECT * FROM unnest($1::bytea[], $2::smallint[], $3::text[], $4::bytea[], $5::bigint[])
        ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, owner = excluded.owner,
            value = excluded.value, expires = excluded.expires";
    if tickets.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = tickets.iter().map(|it| it.id.0.as_slice()).collect();
    let kinds: Vec<_> =
        tickets.iter().map(|it| variant_number(&it.kind, TICKETS)).collect::<Result<_, _>>()?;
    let owners: Vec<_> = tickets.iter().map(|it| it.owner.as_str()).collect();
    let values: Vec<_> = tickets.iter().map(|it| it.value.as_slice()).collect();
    let expires: Vec<_> = tickets.iter().map(|it| it.expires).collect();
    work.write(SQL, &[&ids, &kinds, &owners, &values, &expires])?;
    Ok(())
}

pub(super) fn withdraw(work: &mut Work<'_>, owner: &str, kinds: &[TicketKind]) -> Result<u64, Failure> {
    const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    const SQL: &str = "DELETE FROM tickets WHERE owner = $1 AND kind = ANY($2)";
    // A statement of its own: the next one then sees what was exchanged while this one waited.
    work.row(LOCK, &[&owner])?;
    let kinds: Vec<_> = kinds.iter().map(|kind| variant_number(kind, TICKETS)).collect::<Result<_, _>>()?;
    work.write(SQL, &[&owner, &kinds])
}

fn ticket(row: &Row) -> Result<Ticket, StoreError> {
    let kind: TicketKind = variant(row, "kind", TICKETS)?;
    Ok(Ticket {
        id: TicketId(digest(row, "id", TICKETS)?),
        kind,
        owner: column(row, "owner", TICKETS)?,
        value: column(row, "value", TICKETS)?,
        expires: column(row, "expires", TICKETS)?,
    })
}
