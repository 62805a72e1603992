//! A whole list in its compact form.

use minicbor::{Decode, Encode};

use super::groups::{CompactError, Groups, WireGroup, decode_groups};
use crate::cbor;
use crate::status::{Bits, IndexOutOfRange, Status, StatusList, StatusListError};

/// The statuses of many credentials, kept and looked up in the form that travels.
///
/// ```
/// use hati_formats::status::Status;
/// use hati_formats::status::compact::CompactList;
///
/// let list = CompactList::new(50_000_000, [(7, Status::Invalid), (90, Status::Suspended)])?;
/// let bytes = list.to_bytes();
/// assert!(bytes.len() < 32);
/// let list = CompactList::from_bytes(&bytes)?;
/// assert_eq!(list.get(90), Ok(Status::Suspended));
/// assert_eq!(list.get(91), Ok(Status::Valid));
/// assert!(list.get(50_000_000).is_err());
/// # Ok::<(), hati_formats::status::compact::CompactError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactList {
    groups: Groups,
}

/// `compact-list = [ size, groups ]`.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Wire<'b> {
    #[n(0)]
    size: u64,
    #[cbor(b(1), decode_with = "decode_groups")]
    groups: Vec<WireGroup<'b>>,
}

impl CompactList {
    /// A list of `size` entries, all valid but those given, in any order.
    ///
    /// # Errors
    /// [`CompactError`]: an index outside the list or given twice, an entry that is valid, a list beyond
    /// [`super::MAX_SIZE`] or [`super::MAX_GROUP_BYTES`].
    pub fn new(size: u64, non_valid: impl IntoIterator<Item = (u64, Status)>) -> Result<Self, CompactError> {
        Self::without_valid(Groups::collect(size, non_valid)?)
    }

    /// How many entries there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.groups.size()
    }

    /// The status at `index`.
    ///
    /// # Errors
    /// [`IndexOutOfRange`].
    pub fn get(&self, index: u64) -> Result<Status, IndexOutOfRange> {
        if index >= self.size() {
            return Err(IndexOutOfRange { index, size: self.size() });
        }
        Ok(self.groups.find(index).unwrap_or(Status::Valid))
    }

    /// The entries that are not valid, by ascending index.
    pub fn non_valid(&self) -> impl Iterator<Item = (u64, Status)> + '_ {
        self.groups.iter()
    }

    /// How many entries have each status that is not valid.
    pub fn counts(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        self.groups.counts()
    }

    /// The one encoding of this list.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(&Wire { size: self.size(), groups: self.groups.to_wire() })
    }

    /// Reads a list; every encoding but the one [`to_bytes`](Self::to_bytes) gives is refused.
    ///
    /// # Errors
    /// [`CompactError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CompactError> {
        let wire: Wire<'_> = cbor::from_slice_strict(bytes)?;
        Self::without_valid(Groups::from_wire(wire.size, &wire.groups)?)
    }

    /// The same statuses, a few bits for each credential.
    ///
    /// # Errors
    /// [`StatusListError`] where a status does not fit, or the list is too large to be inflated.
    pub fn to_status_list(&self, bits: Bits) -> Result<StatusList, StatusListError> {
        let mut list = StatusList::new(bits, self.size())?;
        self.non_valid().try_for_each(|(index, status)| list.set(index, status))?;
        Ok(list)
    }

    fn without_valid(groups: Groups) -> Result<Self, CompactError> {
        if groups.counts().any(|(status, _)| status == Status::Valid) {
            return Err(CompactError::ValidListed);
        }
        Ok(Self { groups })
    }
}

impl TryFrom<&StatusList> for CompactList {
    type Error = CompactError;

    fn try_from(list: &StatusList) -> Result<Self, CompactError> {
        Self::new(list.size(), list.non_valid())
    }
}

#[cfg(test)]
mod tests {
    use super::super::MAX_SIZE;
    use super::*;
    use crate::cbor::CborError;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A list of 10 with index 1 and 9 revoked; the gaps are worked out in `index_set`.
    const TWO_REVOKED: &[u8] = &[0x82, 10, 0x81, 0x83, 1, 2, 0x41, 0b0101_1010];

    fn refused(bytes: &[u8]) -> CompactError {
        CompactList::from_bytes(bytes).unwrap_err()
    }

    #[test]
    fn the_bytes_are_those_of_the_text() {
        let list = CompactList::new(10, [(9, Status::Invalid), (1, Status::Invalid)]).unwrap();
        assert_eq!(list.to_bytes(), TWO_REVOKED);
        assert_eq!(CompactList::from_bytes(TWO_REVOKED), Ok(list));
        let empty = CompactList::new(10, []).unwrap();
        assert_eq!(empty.to_bytes(), [0x82, 10, 0x80]);
        assert_eq!(empty.get(9), Ok(Status::Valid));
    }

    #[test]
    fn building_refuses_contradictions() {
        let new = |entries: &[(u64, Status)]| CompactList::new(10, entries.iter().copied()).unwrap_err();
        let range = IndexOutOfRange { index: 10, size: 10 };
        assert_eq!(new(&[(10, Status::Invalid)]), range.into());
        assert_eq!(new(&[(3, Status::Invalid), (3, Status::Invalid)]), CompactError::Repeated { index: 3 });
        assert_eq!(new(&[(3, Status::Invalid), (3, Status::Suspended)]), CompactError::Repeated { index: 3 });
        assert_eq!(new(&[(3, Status::Valid)]), CompactError::ValidListed);
        let size = MAX_SIZE + 1;
        assert_eq!(CompactList::new(size, []), Err(CompactError::Size { size, max: MAX_SIZE }));
        assert!(CompactList::new(MAX_SIZE, [(MAX_SIZE - 1, Status::Invalid)]).is_ok());
    }

    #[test]
    fn an_index_outside_is_refused() {
        let list = CompactList::from_bytes(TWO_REVOKED).unwrap();
        assert_eq!(list.get(9), Ok(Status::Invalid));
        for index in [10, u64::MAX] {
            assert_eq!(list.get(index), Err(IndexOutOfRange { index, size: 10 }));
        }
    }

    #[test]
    fn reading_refuses_every_other_encoding() {
        let status = Status::Invalid;
        let with = |at: usize, byte: u8| {
            let mut bytes = TWO_REVOKED.to_vec();
            bytes[at] = byte;
            refused(&bytes)
        };
        assert_eq!(with(5, 0), CompactError::EmptyGroup { status });
        assert_eq!(with(4, 0), CompactError::ValidListed);
        assert_eq!(with(7, 0b0101_1011), IndexOutOfRange { index: 10, size: 10 }.into());
        assert_eq!(with(7, 0b0101_1111), CompactError::CutShort { status, expected: 2, got: 1 });
        assert_eq!(with(7, 0b0100_0001), CompactError::Padding { status });
        let order = refused(&[0x82, 10, 0x82, 0x83, 2, 1, 0x41, 0, 0x83, 1, 1, 0x41, 0]);
        assert_eq!(order, CompactError::GroupOrder { previous: Status::Suspended, status });
        let twice = refused(&[0x82, 10, 0x82, 0x83, 1, 1, 0x41, 0, 0x83, 2, 1, 0x41, 0]);
        assert_eq!(twice, CompactError::Repeated { index: 0 });
        let size = refused(&[0x82, 0x1b, 0, 0, 0, 1, 0, 0, 0, 1, 0x80]);
        assert_eq!(size, CompactError::Size { size: MAX_SIZE + 1, max: MAX_SIZE });
        let determinism = refused(&[0x82, 0x18, 10, 0x80]);
        assert!(matches!(determinism, CompactError::Cbor(CborError::NotDeterministic { .. })));
        let tail = refused(&[0x82, 10, 0x80, 0]);
        assert!(matches!(tail, CompactError::Cbor(CborError::NotDeterministic { .. })));
        let crowd = [&[0x82, 10, 0x99, 1, 1][..], &[0x83, 1, 1, 0x41, 0].repeat(257)].concat();
        assert!(refused(&crowd).to_string().contains("more groups than there are statuses"));
        for length in 0..TWO_REVOKED.len() {
            assert!(matches!(refused(&TWO_REVOKED[..length]), CompactError::Cbor(_)), "cut at {length}");
        }
    }

    #[test]
    fn a_huge_declared_count_costs_nothing() {
        let bytes =
            [0x82, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0, 0x81, 0x83, 1, 0x1a, 0xff, 0xff, 0xff, 0xff, 0x41, 0];
        let error = CompactError::CutShort { status: Status::Invalid, expected: 0xffff_ffff, got: 8 };
        assert_eq!(refused(&bytes), error);
    }

    #[test]
    fn becomes_a_status_list_and_back() {
        let list = CompactList::new(400, [(3, Status::Suspended), (399, Status::Invalid)]).unwrap();
        let bits = list.to_status_list(Bits::Two).unwrap();
        assert_eq!(bits.get(3), Ok(Status::Suspended));
        assert_eq!(CompactList::try_from(&bits), Ok(list.clone()));
        assert!(matches!(list.to_status_list(Bits::One), Err(StatusListError::StatusTooWide { .. })));
    }

    proptest! {
        #[test]
        fn round_trips_and_looks_up(
            size in 1u64..4_000,
            entries in prop::collection::btree_map(0u64..4_000, 1u8..5, 0..500),
        ) {
            let entries: BTreeMap<u64, Status> =
                entries.into_iter().filter(|(i, _)| *i < size).map(|(i, s)| (i, s.into())).collect();
            let list = CompactList::new(size, entries.clone()).unwrap();
            let again = CompactList::from_bytes(&list.to_bytes()).unwrap();
            prop_assert_eq!(&again, &list);
            prop_assert!(again.non_valid().eq(entries.clone()));
            for index in 0..size {
                prop_assert_eq!(again.get(index).unwrap(), *entries.get(&index).unwrap_or(&Status::Valid));
            }
        }

        #[test]
        fn what_is_read_is_canonical(at in 0..8usize, byte: u8, more: Vec<u8>) {
            let mut bytes = TWO_REVOKED.to_vec();
            bytes[at] = byte;
            for bytes in [bytes.clone(), [bytes, more.clone()].concat(), more] {
                if let Ok(list) = CompactList::from_bytes(&bytes) {
                    prop_assert_eq!(list.to_bytes(), bytes);
                }
            }
        }
    }
}
