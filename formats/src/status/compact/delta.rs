//! What changed from one list to a newer one.

use minicbor::{Decode, Encode};

use super::groups::{CompactError, Groups, WireGroup, decode_groups};
use super::list::CompactList;
use crate::cbor;
use crate::status::Status;

/// The indices whose status changed, with the new status, and the new size.
///
/// A delta does not say which list it belongs to: the bundle that carries it names both versions. Applied to
/// another list it fails wherever the two lists can be told apart by what it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    size_before: u64,
    groups: Groups,
}

/// Why a delta cannot be made, read or applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeltaError {
    /// A list never gets shorter: indices are never reused.
    #[error("a list of {before} entries cannot become one of {after}; lists only grow")]
    Shrinks {
        /// Entries before.
        before: u64,
        /// Entries after.
        after: u64,
    },
    /// The delta belongs to a list of another size.
    #[error(
        "the delta starts from a list of {expected} entries, this one has {got}; apply the deltas in order"
    )]
    OtherBase {
        /// The size the delta names.
        expected: u64,
        /// The size of the list at hand.
        got: u64,
    },
    /// The delta gives an index the status that it has already.
    #[error("the delta makes index {index} {status}, which it is already; it belongs to another list")]
    NoChange {
        /// The index.
        index: u64,
        /// Its status, before and after.
        status: Status,
    },
    /// The coded indices are refused.
    #[error(transparent)]
    Compact(#[from] CompactError),
}

/// `compact-delta = [ size-before, size, groups ]`.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Wire<'b> {
    #[n(0)]
    size_before: u64,
    #[n(1)]
    size: u64,
    #[cbor(b(2), decode_with = "decode_groups")]
    groups: Vec<WireGroup<'b>>,
}

impl Delta {
    /// What turns `old` into `new`.
    ///
    /// # Errors
    /// [`DeltaError::Shrinks`].
    pub fn between(old: &CompactList, new: &CompactList) -> Result<Self, DeltaError> {
        let changed = side_by_side(old.non_valid(), new.non_valid())
            .map(|(index, old, new)| (index, old.unwrap_or(Status::Valid), new.unwrap_or(Status::Valid)))
            .filter(|(_, old, new)| old != new)
            .map(|(index, _, new)| (index, new));
        // A shorter list is refused first, or its missing indices would be reported instead.
        grows(old.size(), new.size())?;
        Ok(Self { size_before: old.size(), groups: Groups::collect(new.size(), changed)? })
    }

    /// The newer list, from the one the delta was made for.
    ///
    /// # Errors
    /// [`DeltaError::OtherBase`] or [`DeltaError::NoChange`].
    pub fn apply(&self, base: &CompactList) -> Result<CompactList, DeltaError> {
        if base.size() != self.size_before {
            return Err(DeltaError::OtherBase { expected: self.size_before, got: base.size() });
        }
        let entries = side_by_side(base.non_valid(), self.changes())
            .map(|(index, old, change)| {
                let old = old.unwrap_or(Status::Valid);
                match change {
                    Some(status) if status == old => Err(DeltaError::NoChange { index, status }),
                    change => Ok((index, change.unwrap_or(old))),
                }
            })
            .filter(|entry| !matches!(entry, Ok((_, Status::Valid))))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(CompactList::new(self.size(), entries)?)
    }

    /// How many entries the list had before.
    #[must_use]
    pub const fn size_before(&self) -> u64 {
        self.size_before
    }

    /// How many entries the list has after.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.groups.size()
    }

    /// The changed indices with their new status, ascending.
    pub fn changes(&self) -> impl Iterator<Item = (u64, Status)> + '_ {
        self.groups.iter()
    }

    /// How many indices get each status.
    pub fn counts(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        self.groups.counts()
    }

    /// The one encoding of this delta.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (size_before, size) = (self.size_before, self.size());
        cbor::to_vec(&Wire { size_before, size, groups: self.groups.to_wire() })
    }

    /// Reads a delta; every encoding but the one [`to_bytes`](Self::to_bytes) gives is refused.
    ///
    /// # Errors
    /// [`DeltaError::Compact`] or [`DeltaError::Shrinks`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DeltaError> {
        let wire: Wire<'_> = cbor::from_slice_strict(bytes).map_err(CompactError::from)?;
        grows(wire.size_before, wire.size)?;
        Ok(Self { size_before: wire.size_before, groups: Groups::from_wire(wire.size, &wire.groups)? })
    }
}

const fn grows(before: u64, after: u64) -> Result<(), DeltaError> {
    if after < before { Err(DeltaError::Shrinks { before, after }) } else { Ok(()) }
}

/// Two ascending sequences as one: each index with what the left and the right say about it.
fn side_by_side(
    left: impl Iterator<Item = (u64, Status)>,
    right: impl Iterator<Item = (u64, Status)>,
) -> impl Iterator<Item = (u64, Option<Status>, Option<Status>)> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    core::iter::from_fn(move || {
        let heads = [left.peek(), right.peek()];
        let index = heads.into_iter().flatten().map(|(index, _)| *index).min()?;
        let at_index = |(i, _): &(u64, Status)| *i == index;
        let status = |entry: Option<(u64, Status)>| entry.map(|(_, status)| status);
        Some((index, status(left.next_if(at_index)), status(right.next_if(at_index))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::IndexOutOfRange;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    use Status::{Invalid, Suspended, Valid};

    fn list(size: u64, entries: &[(u64, Status)]) -> CompactList {
        CompactList::new(size, entries.iter().copied()).unwrap()
    }

    fn delta(before: u64, size: u64, changes: &[(u64, Status)]) -> Delta {
        Delta { size_before: before, groups: Groups::collect(size, changes.iter().copied()).unwrap() }
    }

    #[test]
    fn says_what_changed_and_nothing_else() {
        let old = list(10, &[(1, Suspended), (2, Invalid), (3, Suspended)]);
        let new = list(12, &[(1, Invalid), (2, Invalid), (11, Invalid)]);
        let delta = Delta::between(&old, &new).unwrap();
        assert_eq!(delta.changes().collect::<Vec<_>>(), [(1, Invalid), (3, Valid), (11, Invalid)]);
        assert_eq!(delta.apply(&old), Ok(new.clone()));
        let nothing = Delta::between(&new, &new).unwrap();
        assert_eq!(nothing.to_bytes(), [0x83, 12, 12, 0x80]);
        assert_eq!(nothing.apply(&new), Ok(new));
    }

    #[test]
    fn refuses_another_base() {
        let base = list(10, &[(1, Suspended), (2, Invalid)]);
        let other = DeltaError::OtherBase { expected: 9, got: 10 };
        assert_eq!(delta(9, 10, &[(4, Invalid)]).apply(&base), Err(other));
        for (index, status) in [(2, Invalid), (1, Suspended), (5, Valid), (10, Valid)] {
            let error = DeltaError::NoChange { index, status };
            assert_eq!(delta(10, 11, &[(index, status)]).apply(&base), Err(error), "{index}");
        }
        let once = delta(10, 10, &[(5, Invalid)]);
        let after = once.apply(&base).unwrap();
        assert_eq!(
            once.apply(&after),
            Err(DeltaError::NoChange { index: 5, status: Invalid }),
            "applied twice"
        );
    }

    #[test]
    fn never_shrinks_a_list() {
        let error = DeltaError::Shrinks { before: 10, after: 9 };
        assert_eq!(Delta::between(&list(10, &[]), &list(9, &[])), Err(error.clone()));
        assert_eq!(Delta::from_bytes(&[0x83, 10, 9, 0x80]), Err(error));
    }

    #[test]
    fn reading_refuses_every_other_encoding() {
        let good = delta(10, 10, &[(1, Invalid), (9, Invalid)]).to_bytes();
        assert_eq!(good, [0x83, 10, 10, 0x81, 0x83, 1, 2, 0x41, 0b0101_1010]);
        let mut outside = good.clone();
        outside[8] = 0b0101_1011;
        let range = IndexOutOfRange { index: 10, size: 10 };
        assert_eq!(Delta::from_bytes(&outside), Err(CompactError::from(range).into()));
        for bad in [[&good[..], &[0]].concat(), good[..8].to_vec(), vec![0x83, 0x18, 10, 10, 0x80]] {
            assert!(matches!(Delta::from_bytes(&bad), Err(DeltaError::Compact(CompactError::Cbor(_)))));
        }
    }

    fn entries() -> impl Strategy<Value = BTreeMap<u64, Status>> {
        prop::collection::btree_map(0u64..1_000, (1u8..4).prop_map(Status::from), 0..200)
    }

    proptest! {
        #[test]
        fn applied_on_the_old_gives_the_new(old in entries(), new in entries(), growth in 0u64..500) {
            let old = CompactList::new(1_000, old).unwrap();
            let new = CompactList::new(1_000 + growth, new).unwrap();
            let delta = Delta::between(&old, &new).unwrap();
            let delta = Delta::from_bytes(&delta.to_bytes()).unwrap();
            prop_assert_eq!(delta.apply(&old).unwrap(), new);
        }

        #[test]
        fn what_is_read_is_canonical(at in 0..9usize, byte: u8) {
            let mut bytes = delta(10, 10, &[(1, Invalid), (9, Invalid)]).to_bytes();
            bytes[at] = byte;
            if let Ok(delta) = Delta::from_bytes(&bytes) {
                prop_assert_eq!(delta.to_bytes(), bytes);
            }
        }
    }
}
