//! How a record stands: how often it was amended, whether the person died, and what is withheld from them.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use crate::{Amendment, Change, StoreError};

/// How a record stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Standing {
    /// How often it was amended.
    #[n(0)]
    pub revision: u64,
    /// The day of death.
    #[n(1)]
    pub died: Option<i32>,
    /// What is not issued to the person.
    #[cbor(n(2), default)]
    pub withheld: Withheld,
}

impl Standing {
    /// The standing after an amendment, if it is of this revision.
    pub(crate) fn after(self, amendment: &Amendment) -> Result<Self, StoreError> {
        self.check_revision(&amendment.person.upi, amendment.revision)?;
        let revision = self.revision.saturating_add(1);
        Ok(Self { revision, died: amendment.died, ..self })
    }

    /// That copies of a type can be made from this revision.
    pub(crate) fn check(&self, upi: &str, revision: u64, credential_type: &str) -> Result<(), StoreError> {
        self.check_revision(upi, revision)?;
        if self.withheld.has(credential_type) {
            let (upi, credential_type) = (upi.to_owned(), credential_type.to_owned());
            return Err(StoreError::Withheld { upi, credential_type });
        }
        Ok(())
    }

    pub(crate) fn check_revision(&self, upi: &str, expected: u64) -> Result<(), StoreError> {
        if self.revision != expected {
            return Err(StoreError::Revised { upi: upi.to_owned(), expected, got: self.revision });
        }
        Ok(())
    }
}

/// Which credential types are not issued to a person: those that are suspended, whether or not a copy was ever made.
///
/// Everything may be withheld but some types, as well as some types alone: whoever locked all, and has one type
/// reinstated, gets that one and no type that is invented later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Withheld {
    /// Whether the types that are not named are withheld.
    #[n(0)]
    pub others: bool,
    /// The types of which the opposite is true.
    #[n(1)]
    pub except: BTreeSet<String>,
}

impl Withheld {
    /// Whether a type is withheld.
    #[must_use]
    pub fn has(&self, credential_type: &str) -> bool {
        self.others != self.except.contains(credential_type)
    }

    /// Whether any type is withheld.
    #[must_use]
    pub fn has_any(&self) -> bool {
        *self != Self::default()
    }

    /// What is withheld after a change of one type, or of everything: a suspension withholds, its end does not, and
    /// what is revoked is given up, so that whoever has it revoked can begin anew.
    #[must_use]
    pub fn after(mut self, credential_type: Option<&str>, change: Change) -> Self {
        let withheld = change == Change::Suspend;
        match credential_type {
            None => return Self { others: withheld, except: BTreeSet::new() },
            Some(wanted) if self.others == withheld => self.except.remove(wanted),
            Some(wanted) => self.except.insert(wanted.to_owned()),
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Encode)]
    struct Before(#[n(0)] u64, #[n(1)] Option<i32>);

    /// Records of the version that knew no withholding.
    #[test]
    fn an_older_record_withholds_nothing() {
        for died in [None, Some(20_000)] {
            let record = minicbor::to_vec(Before(7, died)).unwrap();
            let standing: Standing = minicbor::decode(&record).unwrap();
            assert_eq!(standing, Standing { revision: 7, died, withheld: Withheld::default() });
        }
    }

    #[test]
    fn a_type_that_is_invented_later_is_as_the_others() {
        let locked = Withheld::default().after(None, Change::Suspend);
        let found = locked.after(Some("maisha-id"), Change::Reinstate);
        assert!(!found.has("maisha-id") && found.has("invented-later") && found.has_any());
        let given_up = found.after(None, Change::Revoke);
        assert!(!given_up.has("invented-later") && !given_up.has_any());
    }

    proptest! {
        /// Against the plain reading: the last change that concerns a type decides.
        #[test]
        fn the_last_change_of_a_type_counts(
            changes in proptest::collection::vec((proptest::option::of(0_usize..3), 0_usize..3), 0..12),
        ) {
            const TYPES: [&str; 3] = ["a", "b", "c"];
            const CHANGES: [Change; 3] = [Change::Suspend, Change::Reinstate, Change::Revoke];
            let mut withheld = Withheld::default();
            let mut expected = [false; 3];
            for (of, change) in changes {
                withheld = withheld.after(of.map(|of| TYPES[of]), CHANGES[change]);
                for (place, is) in expected.iter_mut().enumerate() {
                    if of.is_none_or(|of| of == place) {
                        *is = change == 0;
                    }
                }
            }
            prop_assert_eq!(TYPES.map(|it| withheld.has(it)), expected);
            let kept: Withheld = minicbor::decode(&minicbor::to_vec(&withheld).unwrap()).unwrap();
            prop_assert_eq!(kept, withheld);
        }
    }
}
