//! The register in memory.

use std::collections::BTreeSet;

use super::State;
use crate::names::Wanted;
use crate::{
    Change, Changed, Decided, Event, FeedPosition, Known, MemoryStore, Person, QuarantineId, Quarantined,
    Register, RegisterChange, Registered, StoreError, Turn, names, register,
};

impl Register for MemoryStore {
    fn apply(&self, changes: &[RegisterChange], events: &[Event]) -> Result<Changed, StoreError> {
        let mut state = self.state();
        register::check_distinct(changes)?;
        let number = register::number(changes, state.changes)?;
        changes.iter().try_for_each(|change| state.check(change))?;
        register::check_id_numbers(changes, |number| Ok(state.holders(number).cloned().collect()))?;
        let logged = state.next_events(events)?;
        state.changes = number.unwrap_or(state.changes);
        let mut changed = Changed::default();
        for change in changes {
            state.make(change, &mut changed)?;
        }
        state.audit.extend(logged);
        Ok(changed)
    }

    fn changes(&self) -> Result<u64, StoreError> {
        Ok(self.state().changes)
    }

    fn changed_after(&self, changes: u64) -> Result<Vec<Person>, StoreError> {
        let state = self.state();
        let after = state.by_change.range((changes.saturating_add(1), String::new())..);
        let upis: BTreeSet<_> = after.map(|(_, upi)| upi).collect();
        Ok(upis.into_iter().filter_map(|upi| state.people.get(upi)).cloned().collect())
    }

    fn take_turn(&self) -> Result<Turn<'_>, StoreError> {
        Turn::take(&self.importing, "memory")
    }

    fn feed_position(&self, feed: &str) -> Result<FeedPosition, StoreError> {
        Ok(self.state().feeds.get(feed).cloned().unwrap_or_else(|| FeedPosition::start(feed)))
    }

    fn registered(&self, upi: &str) -> Result<Option<Registered>, StoreError> {
        let state = self.state();
        let person = state.people.get(upi).cloned();
        Ok(person.map(|person| Registered { person, standing: state.standing(upi) }))
    }

    fn known_as(&self, upi: &str) -> Result<Known, StoreError> {
        let state = self.state();
        let person = state.people.get(upi).cloned();
        let waiting = state.quarantine.iter().filter(|(_, row)| row.person.upi == upi);
        let dismissed = state.dismissed.iter().filter(|(of, _)| of == upi);
        Ok(Known {
            registered: person.map(|person| Registered { person, standing: state.standing(upi) }),
            waiting: waiting.map(|(id, _)| *id).collect(),
            dismissed: dismissed.map(|(_, id)| *id).collect(),
        })
    }

    fn born_on(&self, birthdate: i32) -> Result<Vec<Person>, StoreError> {
        let state = self.state();
        let born = state.by_birthdate.range((birthdate, String::new())..);
        let upis = born.take_while(|(day, _)| *day == birthdate).map(|(_, upi)| upi);
        Ok(upis.filter_map(|upi| state.people.get(upi)).cloned().collect())
    }

    fn with_id_number(&self, id_number: &str) -> Result<Vec<Person>, StoreError> {
        let state = self.state();
        Ok(state.holders(id_number).filter_map(|upi| state.people.get(upi)).cloned().collect())
    }

    fn with_phone(&self, phone: &str) -> Result<Vec<Person>, StoreError> {
        let state = self.state();
        Ok(state.people.values().filter(|it| it.phone.as_deref() == Some(phone)).cloned().collect())
    }

    fn named(&self, names: &str, limit: usize) -> Result<Vec<Person>, StoreError> {
        let Some(wanted) = Wanted::parse(names) else { return Ok(Vec::new()) };
        let state = self.state();
        let from = |start: &str| state.by_names.range((start.to_owned(), String::new())..).cloned().map(Ok);
        let mut upis = wanted.find(limit, from)?;
        upis.sort_unstable();
        Ok(upis.iter().filter_map(|upi| state.people.get(upi)).cloned().collect())
    }

    fn quarantined_as(&self, upi: &str) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        let state = self.state();
        let rows = state.quarantine.iter().filter(|(_, row)| row.person.upi == upi);
        Ok(rows.map(|(id, row)| (*id, row.clone())).collect())
    }

    fn quarantined(&self, id: &QuarantineId) -> Result<Option<Quarantined>, StoreError> {
        Ok(self.state().quarantine.get(id).cloned())
    }

    fn quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError> {
        let state = self.state();
        let rows = state.quarantine.iter().filter(|(id, _)| after.is_none_or(|after| *id > after));
        Ok(rows.take(limit).map(|(id, row)| (*id, row.clone())).collect())
    }

    fn decisions_on(&self, upi: &str) -> Result<Vec<Decided>, StoreError> {
        Ok(self.state().decisions.values().filter(|it| it.upi == upi).cloned().collect())
    }

    fn population(&self) -> Result<u64, StoreError> {
        Ok(self.state().people.len() as u64)
    }
}

impl State {
    fn put_person(&mut self, person: &Person) {
        if let Some(before) = self.people.insert(person.upi.clone(), person.clone()) {
            for key in names::keys(&before) {
                self.by_names.remove(&(key, before.upi.clone()));
            }
            if let Some(number) = before.id_number {
                self.by_id_number.remove(&(number, before.upi.clone()));
            }
            self.by_birthdate.remove(&(before.birthdate, before.upi));
        }
        let number = person.id_number.iter();
        self.by_id_number.extend(number.map(|number| (number.clone(), person.upi.clone())));
        self.by_change.insert((self.changes, person.upi.clone()));
        self.by_names.extend(names::keys(person).into_iter().map(|key| (key, person.upi.clone())));
        self.by_birthdate.insert((person.birthdate, person.upi.clone()));
    }

    /// The UPIs with an identity card.
    fn holders<'s>(&'s self, id_number: &'s str) -> impl Iterator<Item = &'s String> {
        let from = self.by_id_number.range((id_number.to_owned(), String::new())..);
        from.take_while(move |(number, _)| number == id_number).map(|(_, upi)| upi)
    }

    fn keep_in_quarantine(&mut self, id: QuarantineId, row: &Quarantined) {
        if !self.dismissed.contains(&(row.person.upi.clone(), id)) {
            self.quarantine.entry(id).or_insert_with(|| row.clone());
        }
    }

    /// Whether a change can be made.
    fn check(&self, change: &RegisterChange) -> Result<(), StoreError> {
        match change {
            RegisterChange::Admit(person) => match self.people.get(&person.upi) {
                Some(known) if known != person => Err(StoreError::UpiTaken { upi: person.upi.clone() }),
                _ => Ok(()),
            },
            RegisterChange::Amend(amendment) => {
                let upi = &amendment.person.upi;
                if !self.people.contains_key(upi) {
                    return Err(StoreError::Gone { what: register::A_PERSON });
                }
                self.standing(upi).after(amendment).map(|_| ())
            }
            RegisterChange::Quarantine(row) => row.id().map(|_| ()),
            RegisterChange::Resolve(id) | RegisterChange::Dismiss(id)
                if !self.quarantine.contains_key(id) =>
            {
                Err(StoreError::Gone { what: register::A_ROW })
            }
            RegisterChange::Answer(id, _)
                if self.corrections.get(id).is_none_or(|it| it.answer.is_some()) =>
            {
                Err(StoreError::Gone { what: register::A_REQUEST })
            }
            RegisterChange::Follow(position) => {
                let start = FeedPosition::start(&position.feed);
                position.check_follows(self.feeds.get(&position.feed).unwrap_or(&start))
            }
            RegisterChange::Resolve(_)
            | RegisterChange::Dismiss(_)
            | RegisterChange::Decide(_)
            | RegisterChange::Answer(..)
            | RegisterChange::Seen(_) => Ok(()),
        }
    }

    fn make(&mut self, change: &RegisterChange, changed: &mut Changed) -> Result<(), StoreError> {
        match change {
            // Whoever is there already is there with the same data.
            RegisterChange::Admit(person) if self.people.contains_key(&person.upi) => {}
            RegisterChange::Admit(person) => self.put_person(person),
            RegisterChange::Amend(amendment) => {
                let upi = &amendment.person.upi;
                let standing = self.standing(upi).after(amendment)?;
                self.standings.insert(upi.clone(), standing);
                self.put_person(&amendment.person);
                let concerns = |entry: &crate::Entry| amendment.revoke.contains(&entry.credential_type);
                self.change_status(upi, concerns, Change::Revoke, changed);
                changed.withdrawn += self.withdraw(upi, &amendment.withdraw);
                if amendment.is_another {
                    self.corrections.retain(|_, correction| correction.upi != *upi);
                }
            }
            RegisterChange::Quarantine(row) => {
                self.keep_in_quarantine(row.id()?, row);
            }
            RegisterChange::Resolve(id) => {
                self.quarantine.remove(id);
            }
            RegisterChange::Dismiss(id) => {
                let row = self.quarantine.remove(id);
                self.dismissed.extend(row.map(|row| (row.person.upi, *id)));
            }
            RegisterChange::Decide(decided) => {
                self.decisions.insert(decided.id, decided.clone());
            }
            RegisterChange::Answer(id, answer) => {
                if let Some(correction) = self.corrections.get_mut(id) {
                    correction.answer = Some(answer.clone());
                }
            }
            RegisterChange::Follow(position) => {
                self.feeds.insert(position.feed.clone(), position.clone());
            }
            RegisterChange::Seen(_) => {}
        }
        Ok(())
    }
}
