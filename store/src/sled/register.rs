//! The register in sled.

use std::collections::BTreeSet;

use super::change::Change;
use super::{END, SledStore, keys};
use crate::names::Wanted;
use crate::{
    Changed, Correction, Decided, Event, FeedPosition, Known, Person, QuarantineId, Quarantined, Register,
    RegisterChange, Registered, Standing, StoreError, Turn, register,
};

impl Register for SledStore {
    fn apply(&self, changes: &[RegisterChange], events: &[Event]) -> Result<Changed, StoreError> {
        register::check_distinct(changes)?;
        self.change(|writes| {
            if let Some(number) = register::number(changes, self.changes()?)? {
                writes.put(&self.changes, END, &number)?;
                for person in register::people(changes) {
                    writes.put_key(&self.by_change, &keys::by_change(number, &person.upi));
                }
            }
            register::check_id_numbers(changes, |number| self.holders(number))?;
            let mut changed = Changed::default();
            for change in changes {
                self.make(writes, change, &mut changed)?;
            }
            self.log(writes, events)?;
            Ok(changed)
        })
    }

    fn changes(&self) -> Result<u64, StoreError> {
        Ok(self.changes.get(END)?.unwrap_or_default())
    }

    fn changed_after(&self, changes: u64) -> Result<Vec<Person>, StoreError> {
        let from = keys::by_change(changes.saturating_add(1), "");
        let mut upis = BTreeSet::new();
        for key in self.by_change.keys_from(&from) {
            upis.insert(keys::upi_of_change(&key?).to_vec());
        }
        upis.iter().filter_map(|upi| self.people.get(upi).transpose()).collect()
    }

    fn take_turn(&self) -> Result<Turn<'_>, StoreError> {
        Turn::take(&self.importing, &self.place)
    }

    fn feed_position(&self, feed: &str) -> Result<FeedPosition, StoreError> {
        Ok(self.feeds.get(feed.as_bytes())?.unwrap_or_else(|| FeedPosition::start(feed)))
    }

    fn registered(&self, upi: &str) -> Result<Option<Registered>, StoreError> {
        // A record with an older standing is refused when it is used; the other way round it would not be.
        let standing = self.standing(upi)?;
        let person = self.people.get(upi.as_bytes())?;
        Ok(person.map(|person| Registered { person, standing }))
    }

    fn known_as(&self, upi: &str) -> Result<Known, StoreError> {
        let mut known = Known::default();
        for id in self.rows_of(upi) {
            let id = id?;
            let is_waiting = self.quarantine.has(&id.0)?;
            if is_waiting { known.waiting.push(id) } else { known.dismissed.push(id) }
        }
        // After the rows: whoever is admitted meanwhile is then found as one or the other, and never as neither.
        Ok(Known { registered: self.registered(upi)?, ..known })
    }

    fn born_on(&self, birthdate: i32) -> Result<Vec<Person>, StoreError> {
        self.indexed(&self.by_birthdate, &keys::birthdate(birthdate))
    }

    fn with_id_number(&self, id_number: &str) -> Result<Vec<Person>, StoreError> {
        self.indexed(&self.by_id_number, &keys::text(id_number))
    }

    fn with_phone(&self, phone: &str) -> Result<Vec<Person>, StoreError> {
        self.indexed(&self.by_phone, &keys::text(phone))
    }

    fn named(&self, names: &str, limit: usize) -> Result<Vec<Person>, StoreError> {
        let Some(wanted) = Wanted::parse(names) else { return Ok(Vec::new()) };
        let table = &self.by_names;
        let from =
            |start: &str| table.keys_from(start.as_bytes()).map(|key| keys::of_text(&key?, table.name));
        let mut upis = wanted.find(limit, from)?;
        upis.sort_unstable();
        let found = upis.iter().map(|upi| self.people.get(upi.as_bytes()));
        found.filter_map(Result::transpose).collect()
    }

    fn quarantined_as(&self, upi: &str) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        let mut found = Vec::new();
        for id in self.rows_of(upi) {
            let id = id?;
            found.extend(self.quarantined(&id)?.map(|row| (id, row)));
        }
        Ok(found)
    }

    fn quarantined(&self, id: &QuarantineId) -> Result<Option<Quarantined>, StoreError> {
        self.quarantine.get(&id.0)
    }

    fn quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        let from = after.map_or(&[][..], |id| &id.0[..]);
        let rows = self.quarantine.from::<Quarantined>(from).map(|row| {
            let (key, row) = row?;
            Ok((quarantine_id(&key)?, row))
        });
        let others = rows.filter(|row| !matches!(row, Ok((id, _)) if Some(id) == after));
        others.take(limit).collect()
    }

    fn decisions_on(&self, upi: &str) -> Result<Vec<Decided>, StoreError> {
        self.decisions.scan(&keys::upi_prefix(upi)).map(|decided| Ok(decided?.1)).collect()
    }

    fn population(&self) -> Result<u64, StoreError> {
        let mut people = 0;
        for key in self.people.keys(&[]) {
            key?;
            people += 1;
        }
        Ok(people)
    }
}

impl SledStore {
    pub(super) fn standing(&self, upi: &str) -> Result<Standing, StoreError> {
        Ok(self.standings.get(upi.as_bytes())?.unwrap_or_default())
    }

    /// The UPIs with an identity card.
    fn holders(&self, id_number: &str) -> Result<Vec<String>, StoreError> {
        let table = &self.by_id_number;
        let upi = |key: &[u8]| Ok(keys::of_text(key, table.name)?.1);
        table.keys(&keys::text(id_number)).map(|key| upi(&key?)).collect()
    }

    /// The rows of a UPI that wait, and those that were dismissed: of these the key alone is kept.
    fn rows_of(&self, upi: &str) -> impl Iterator<Item = Result<QuarantineId, StoreError>> {
        let prefix = keys::upi_prefix(upi);
        let length = prefix.len();
        self.quarantine_by_upi
            .keys(&prefix)
            .map(move |key| quarantine_id(key?.get(length..).unwrap_or_default()))
    }

    /// Withholds a type from somebody who is registered, or does so no more.
    pub(super) fn withhold<'a>(
        &'a self,
        writes: &mut Change<'a>,
        upi: &str,
        credential_type: Option<&str>,
        wanted: crate::Change,
    ) -> Result<(), StoreError> {
        if !self.people.has(upi.as_bytes())? {
            return Ok(());
        }
        let standing = self.standing(upi)?;
        let withheld = standing.withheld.clone().after(credential_type, wanted);
        if withheld != standing.withheld {
            writes.put(&self.standings, upi.as_bytes(), &Standing { withheld, ..standing })?;
        }
        Ok(())
    }

    fn admit_one<'a>(&'a self, change: &mut Change<'a>, person: &Person) -> Result<(), StoreError> {
        match self.people.get::<Person>(person.upi.as_bytes())? {
            Some(known) if known != *person => Err(StoreError::UpiTaken { upi: person.upi.clone() }),
            Some(_) => Ok(()),
            None => self.put_person(change, person),
        }
    }

    fn keep_in_quarantine<'a>(
        &'a self,
        change: &mut Change<'a>,
        row: &Quarantined,
    ) -> Result<(), StoreError> {
        let id = row.id()?;
        let key = keys::quarantined(&row.person.upi, id);
        if !self.quarantine_by_upi.has(&key)? {
            change.put(&self.quarantine, &id.0, row)?;
            change.put_key(&self.quarantine_by_upi, &key);
        }
        Ok(())
    }

    fn make<'a>(
        &'a self,
        writes: &mut Change<'a>,
        change: &RegisterChange,
        changed: &mut Changed,
    ) -> Result<(), StoreError> {
        match change {
            RegisterChange::Admit(person) => self.admit_one(writes, person),
            RegisterChange::Amend(amendment) => {
                let upi = &amendment.person.upi;
                if !self.people.has(upi.as_bytes())? {
                    return Err(StoreError::Gone { what: register::A_PERSON });
                }
                writes.put(&self.standings, upi.as_bytes(), &self.standing(upi)?.after(amendment)?)?;
                self.put_person(writes, &amendment.person)?;
                let concerns = |of: &str| amendment.revoke.iter().any(|revoked| revoked == of);
                self.change_entries(writes, upi, concerns, crate::Change::Revoke, changed)?;
                changed.withdrawn += self.withdraw_all(writes, upi, &amendment.withdraw)?;
                if amendment.is_another { self.forget_corrections(writes, upi) } else { Ok(()) }
            }
            RegisterChange::Quarantine(row) => self.keep_in_quarantine(writes, row),
            RegisterChange::Resolve(id) => {
                let row = self.quarantined(id)?.ok_or(StoreError::Gone { what: register::A_ROW })?;
                writes.remove(&self.quarantine, &id.0);
                writes.remove(&self.quarantine_by_upi, &keys::quarantined(&row.person.upi, *id));
                Ok(())
            }
            RegisterChange::Dismiss(id) => {
                self.quarantined(id)?.ok_or(StoreError::Gone { what: register::A_ROW })?;
                writes.remove(&self.quarantine, &id.0);
                Ok(())
            }
            RegisterChange::Decide(decided) => {
                writes.put(&self.decisions, &keys::decision(&decided.upi, decided.id), decided)
            }
            RegisterChange::Answer(id, answer) => {
                let open = self.corrections.get::<Correction>(&id.0)?.filter(|it| it.answer.is_none());
                let open = open.ok_or(StoreError::Gone { what: register::A_REQUEST })?;
                writes.remove(&self.open_corrections, &id.0);
                writes.put(&self.corrections, &id.0, &Correction { answer: Some(answer.clone()), ..open })
            }
            // Asked of all changes together.
            RegisterChange::Seen(_) => Ok(()),
            RegisterChange::Follow(position) => {
                position.check_follows(&self.feed_position(&position.feed)?)?;
                writes.put(&self.feeds, position.feed.as_bytes(), position)
            }
        }
    }
}

fn quarantine_id(key: &[u8]) -> Result<QuarantineId, StoreError> {
    let id = key.try_into().map_err(|_| StoreError::Corrupt {
        tree: "quarantine",
        detail: format!("a key of {} bytes, expected 32", key.len()),
    })?;
    Ok(QuarantineId(id))
}
