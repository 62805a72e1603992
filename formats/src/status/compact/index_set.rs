//! One group's indices, kept in their coded form, with a table of places to start reading from.

use super::bits::{Reader, Writer};
use super::golomb::Golomb;

/// The most bytes of one group: 2^32 entries of which 1 % are revoked take 44 MB.
pub const MAX_GROUP_BYTES: usize = 64 << 20;

/// Entries between two places in the table. A look-up reads half of them on average; 32 makes the table a
/// quarter of the coded bits at 1 %, and the reading about as long as the search before it.
const STRIDE: u64 = 32;

/// Where reading can start: every [`STRIDE`]th entry, and the bit after its code word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    index: u32,
    next_bit: u32,
}

/// A set of indices below a size.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct IndexSet {
    count: u64,
    code: Golomb,
    gaps: Vec<u8>,
    places: Vec<Place>,
}

/// Why coded gaps are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GapsError {
    TooLong { bytes: usize },
    CutShort { read: u64 },
    OutOfRange { index: u64 },
    Padding,
}

impl IndexSet {
    /// Codes indices that ascend strictly and are all below `size`.
    pub(super) fn encode(size: u64, indices: &[u32]) -> Result<Self, GapsError> {
        let count = indices.len() as u64;
        let code = Golomb::for_density(size, count);
        let mut writer = Writer::default();
        let mut places = Vec::with_capacity(indices.len().div_ceil(STRIDE as usize));
        let mut next = 0;
        for (at, index) in (0_u64..).zip(indices) {
            code.write(u64::from(*index) - next, &mut writer);
            next = u64::from(*index) + 1;
            if at % STRIDE == 0 {
                // Longer than 2^32 bits is refused below.
                places.push(Place { index: *index, next_bit: writer.position() as u32 });
            }
        }
        let gaps = writer.into_bytes();
        refuse_too_long(&gaps)?;
        Ok(Self { count, code, gaps, places })
    }

    /// Reads `count` coded indices, all below `size`, and nothing after them.
    pub(super) fn decode(size: u64, count: u64, gaps: Vec<u8>) -> Result<Self, GapsError> {
        refuse_too_long(&gaps)?;
        let code = Golomb::for_density(size, count);
        let end = gaps.len() as u64 * 8;
        let mut places = Vec::new();
        let mut reader = Reader::new(&gaps, 0);
        let mut next = 0;
        for at in 0..count {
            let index = next + code.read(&mut reader);
            if reader.position() > end {
                return Err(GapsError::CutShort { read: at });
            }
            let Some(index) = u32::try_from(index).ok().filter(|_| index < size) else {
                return Err(GapsError::OutOfRange { index });
            };
            next = u64::from(index) + 1;
            if at % STRIDE == 0 {
                places.push(Place { index, next_bit: reader.position() as u32 });
            }
        }
        if !reader.at_padded_end() {
            return Err(GapsError::Padding);
        }
        Ok(Self { count, code, gaps, places })
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn gaps(&self) -> &[u8] {
        &self.gaps
    }

    /// Whether `index` is in the set: a search in the table, then at most [`STRIDE`] code words.
    pub(super) fn contains(&self, index: u64) -> bool {
        let after = self.places.partition_point(|place| u64::from(place.index) <= index);
        let Some(place) = after.checked_sub(1).and_then(|at| self.places.get(at)) else { return false };
        let mut reader = Reader::new(&self.gaps, u64::from(place.next_bit));
        let mut current = u64::from(place.index);
        let mut left = (self.count - (after as u64 - 1) * STRIDE).min(STRIDE);
        while current < index && left > 1 {
            current += 1 + self.code.read(&mut reader);
            left -= 1;
        }
        current == index
    }

    /// The indices, ascending.
    pub(super) const fn iter(&self) -> Indices<'_> {
        Indices { reader: Reader::new(self.gaps.as_slice(), 0), code: self.code, left: self.count, next: 0 }
    }
}

/// See [`IndexSet::iter`].
pub(super) struct Indices<'s> {
    reader: Reader<'s>,
    code: Golomb,
    left: u64,
    next: u64,
}

impl Iterator for Indices<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let index = self.next + self.code.read(&mut self.reader);
        self.next = index + 1;
        Some(index)
    }
}

fn refuse_too_long(gaps: &[u8]) -> Result<(), GapsError> {
    if gaps.len() > MAX_GROUP_BYTES { Err(GapsError::TooLong { bytes: gaps.len() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_no_encoder_writes() {
        // 2 of 10: m = 3; the indices 1 and 9 have the gaps 1 and 7: 010 11010.
        let set = IndexSet::encode(10, &[1, 9]).unwrap();
        assert_eq!(set.gaps(), [0b0101_1010]);
        let decode =
            |count, gaps: &[u8]| IndexSet::decode(10, count, gaps.to_vec()).map(|s| s.iter().collect());
        assert_eq!(decode(2, &[0b0101_1010]), Ok(vec![1, 9]));
        assert_eq!(decode(2, &[]), Err(GapsError::CutShort { read: 0 }));
        assert_eq!(decode(2, &[0b0101_1111]), Err(GapsError::CutShort { read: 1 }));
        assert_eq!(decode(2, &[0b0101_1011]), Err(GapsError::OutOfRange { index: 10 }));
        assert_eq!(decode(2, &[0b0100_0001]), Err(GapsError::Padding), "a set bit after the last gap");
        assert_eq!(decode(2, &[0b0101_1010, 0]), Err(GapsError::Padding), "a byte after the last gap");
        let bytes = MAX_GROUP_BYTES + 1;
        assert_eq!(decode(2, &vec![0; bytes]), Err(GapsError::TooLong { bytes }));
    }

    #[test]
    fn an_endless_count_ends_with_the_bits() {
        let error = IndexSet::decode(1 << 32, 1 << 32, vec![0; 4]).err();
        assert_eq!(error, Some(GapsError::CutShort { read: 32 }));
        let error = IndexSet::decode(1 << 32, 1, vec![0xff; 1_000]).err();
        assert!(matches!(error, Some(GapsError::CutShort { read: 0 } | GapsError::OutOfRange { .. })));
    }

    proptest! {
        #[test]
        fn finds_what_it_holds_and_nothing_else(
            size in 1u64..3_000,
            picks in prop::collection::btree_set(0u32..3_000, 1..400),
        ) {
            let indices: Vec<u32> = picks.into_iter().filter(|i| u64::from(*i) < size).collect();
            prop_assume!(!indices.is_empty());
            let set = IndexSet::encode(size, &indices).unwrap();
            prop_assert_eq!(set.iter().map(|i| i as u32).collect::<Vec<_>>(), indices.clone());
            for index in 0..size {
                prop_assert_eq!(set.contains(index), indices.binary_search(&(index as u32)).is_ok());
            }
            let again = IndexSet::decode(size, set.count(), set.gaps().to_vec()).unwrap();
            prop_assert!(again == set);
        }

        #[test]
        fn hostile_bits_never_panic_and_what_is_read_is_canonical(
            size in 0u64..=1 << 32,
            count in 1u64..200,
            gaps: Vec<u8>,
        ) {
            if let Ok(set) = IndexSet::decode(size, count, gaps.clone()) {
                let indices: Vec<u32> = set.iter().map(|i| i as u32).collect();
                let again = IndexSet::encode(size, &indices).unwrap();
                prop_assert_eq!(again.gaps(), &gaps[..]);
            }
        }
    }
}
