//! The register in memory.

use std::collections::BTreeMap;

use super::State;
use crate::names::Wanted;
use crate::{
    Change, Changed, Decided, Event, FeedPosition, Known, MemoryStore, Person, QuarantineId, Quarantined,
    Register, RegisterChange, Registered, StoreError, names, register,
};

impl Register for MemoryStore {
    fn admit(&self, people: &[Person], quarantine: &[Quarantined], event: &Event) -> Result<(), StoreError> {
        let mut state = self.state();
        let logged = state.next_event(event)?;
        let mut new = BTreeMap::new();
        for person in people {
            let known = state.people.get(&person.upi).or_else(|| new.get(&person.upi).copied());
            match known {
                Some(known) if known != person => {
                    return Err(StoreError::UpiTaken { upi: person.upi.clone() });
                }
                Some(_) => {}
                None => {
                    new.insert(person.upi.clone(), person);
                }
            }
        }
        let rows =
            quarantine.iter().map(|row| Ok((row.id()?, row))).collect::<Result<Vec<_>, StoreError>>()?;

        for person in new.into_values() {
            state.put_person(person);
        }
        for (id, row) in rows {
            state.keep_in_quarantine(id, row);
        }
        state.audit.push(logged);
        Ok(())
    }

    fn apply(&self, changes: &[RegisterChange], events: &[Event]) -> Result<Changed, StoreError> {
        let mut state = self.state();
        register::check_distinct(changes)?;
        changes.iter().try_for_each(|change| state.check(change))?;
        let logged = state.next_events(events)?;
        let mut changed = Changed::default();
        for change in changes {
            state.make(change, &mut changed)?;
        }
        state.audit.extend(logged);
        Ok(changed)
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
        let holders = state.people.values().filter(|it| it.id_number.as_deref() == Some(id_number));
        Ok(holders.cloned().collect())
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
            self.by_birthdate.remove(&(before.birthdate, before.upi));
        }
        self.by_names.extend(names::keys(person).into_iter().map(|key| (key, person.upi.clone())));
        self.by_birthdate.insert((person.birthdate, person.upi.clone()));
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
            | RegisterChange::Answer(..) => Ok(()),
        }
    }

    fn make(&mut self, change: &RegisterChange, changed: &mut Changed) -> Result<(), StoreError> {
        match change {
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
        }
        Ok(())
    }
}
