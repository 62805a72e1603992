//! The list itself: a few bits for each credential, packed as draft-ietf-oauth-status-list-21 section 4.1
//! packs them.

use super::inflate::{InflateError, MAX_INFLATED_BYTES, from_zlib, to_zlib};
use super::{IndexOutOfRange, Status};

/// How many bits describe one credential (draft-ietf-oauth-status-list-21 section 4.1 step 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bits {
    /// Valid or invalid.
    One,
    /// Valid, invalid, suspended and one application-specific value.
    Two,
    /// 16 values.
    Four,
    /// 256 values.
    Eight,
}

impl Bits {
    /// The number: 1, 2, 4 or 8.
    #[must_use]
    pub const fn count(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// Entries in one byte.
    const fn per_byte(self) -> u64 {
        8 / self.count() as u64
    }

    /// The largest status value that fits.
    const fn mask(self) -> u8 {
        0xff >> (8 - self.count())
    }
}

impl TryFrom<u64> for Bits {
    type Error = StatusListError;

    fn try_from(got: u64) -> Result<Self, StatusListError> {
        match got {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            4 => Ok(Self::Four),
            8 => Ok(Self::Eight),
            _ => Err(StatusListError::Bits { got }),
        }
    }
}

/// Why a list cannot be built, read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusListError {
    /// `bits` is not one of the four allowed values.
    #[error("a status list has 1, 2, 4 or 8 bits an entry, not {got}")]
    Bits {
        /// The number given.
        got: u64,
    },
    /// The status does not fit into an entry.
    #[error("status {status} needs more than the {} bits of this list; make the list wider", bits.count())]
    StatusTooWide {
        /// The status that was to be written.
        status: Status,
        /// What one entry holds.
        bits: Bits,
    },
    /// More entries than one list may hold.
    #[error("{entries} entries are more than the {max} one list may hold; use several lists")]
    TooManyEntries {
        /// How many were asked for.
        entries: u64,
        /// The most for these bits.
        max: u64,
    },
    /// The index lies outside the list.
    #[error(transparent)]
    Index(#[from] IndexOutOfRange),
    /// The compressed bytes are refused.
    #[error(transparent)]
    Inflate(#[from] InflateError),
}

/// The statuses of many credentials, all valid at first.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Bits,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list for at least `entries` credentials. The standard carries whole bytes and no count, so the
    /// size is rounded up to fill the last byte.
    ///
    /// # Errors
    /// [`StatusListError::TooManyEntries`] where no reader would inflate the list.
    pub fn new(bits: Bits, entries: u64) -> Result<Self, StatusListError> {
        let bytes = usize::try_from(entries.div_ceil(bits.per_byte())).unwrap_or(usize::MAX);
        if bytes > MAX_INFLATED_BYTES {
            let max = MAX_INFLATED_BYTES as u64 * bits.per_byte();
            return Err(StatusListError::TooManyEntries { entries, max });
        }
        Ok(Self { bits, bytes: vec![0; bytes] })
    }

    /// Bits an entry.
    #[must_use]
    pub const fn bits(&self) -> Bits {
        self.bits
    }

    /// How many entries there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64 * self.bits.per_byte()
    }

    /// The status at `index`.
    ///
    /// # Errors
    /// [`IndexOutOfRange`].
    pub fn get(&self, index: u64) -> Result<Status, IndexOutOfRange> {
        let (byte, shift) = self.locate(index);
        let byte = self.bytes.get(byte).ok_or(IndexOutOfRange { index, size: self.size() })?;
        Ok(Status::from((byte >> shift) & self.bits.mask()))
    }

    /// Sets the status at `index`.
    ///
    /// # Errors
    /// [`StatusListError::Index`] or [`StatusListError::StatusTooWide`].
    pub fn set(&mut self, index: u64, status: Status) -> Result<(), StatusListError> {
        if status.value() > self.bits.mask() {
            return Err(StatusListError::StatusTooWide { status, bits: self.bits });
        }
        let size = self.size();
        let mask = self.bits.mask();
        let (byte, shift) = self.locate(index);
        let byte = self.bytes.get_mut(byte).ok_or(IndexOutOfRange { index, size })?;
        *byte = (*byte & !(mask << shift)) | (status.value() << shift);
        Ok(())
    }

    /// The entries that are not valid, by ascending index.
    pub fn non_valid(&self) -> impl Iterator<Item = (u64, Status)> + '_ {
        let bits = self.bits;
        (0_u64..).zip(&self.bytes).filter(|(_, byte)| **byte != 0).flat_map(move |(at, byte)| {
            (0..bits.per_byte())
                .map(move |slot| {
                    let value = (byte >> (slot * u64::from(bits.count()))) & bits.mask();
                    (at * bits.per_byte() + slot, Status::from(value))
                })
                .filter(|(_, status)| *status != Status::Valid)
        })
    }

    /// The compressed byte array (section 4.1 step 4).
    #[must_use]
    pub fn to_zlib(&self) -> Vec<u8> {
        to_zlib(&self.bytes)
    }

    /// Reads a compressed byte array, inflating at most [`MAX_INFLATED_BYTES`].
    ///
    /// # Errors
    /// [`StatusListError::Inflate`].
    pub fn from_zlib(bits: Bits, compressed: &[u8]) -> Result<Self, StatusListError> {
        Ok(Self { bits, bytes: from_zlib(compressed, MAX_INFLATED_BYTES)? })
    }

    /// The byte that holds an entry, and how far from its least significant bit (section 4.1 step 3).
    fn locate(&self, index: u64) -> (usize, u32) {
        let byte = usize::try_from(index / self.bits.per_byte()).unwrap_or(usize::MAX);
        let shift = (index % self.bits.per_byte()) as u32 * u32::from(self.bits.count());
        (byte, shift)
    }
}

impl core::fmt::Debug for StatusList {
    /// Without the bytes, which may be millions.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StatusList")
            .field("bits", &self.bits)
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Bits; 4] = [Bits::One, Bits::Two, Bits::Four, Bits::Eight];

    #[test]
    fn bits_fill_a_byte_from_the_least_significant() {
        let mut list = StatusList::new(Bits::Two, 12).unwrap();
        for (index, value) in [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3].into_iter().enumerate() {
            list.set(index as u64, Status::from(value)).unwrap();
        }
        // Section 4.1, second example.
        assert_eq!(list.bytes, [0xc9, 0x44, 0xf9]);
        assert_eq!(list.non_valid().count(), 9);
    }

    #[test]
    fn an_index_outside_is_refused_with_index_and_size() {
        for bits in ALL {
            let mut list = StatusList::new(bits, 16).unwrap();
            assert!(list.get(15).is_ok());
            for index in [16, 17, u64::MAX] {
                let error = IndexOutOfRange { index, size: 16 };
                assert_eq!(list.get(index), Err(error));
                assert_eq!(list.set(index, Status::Valid), Err(error.into()));
            }
        }
        assert!(StatusList::new(Bits::One, 0).unwrap().get(0).is_err());
        let text = IndexOutOfRange { index: 16, size: 9 }.to_string();
        assert!(text.contains("16") && text.contains('9'));
    }

    #[test]
    fn other_bits_are_refused() {
        for got in [0, 3, 5, 6, 7, 9, 16, u64::MAX] {
            assert_eq!(Bits::try_from(got), Err(StatusListError::Bits { got }));
        }
        for bits in ALL {
            assert_eq!(Bits::try_from(u64::from(bits.count())), Ok(bits));
        }
    }

    #[test]
    fn a_status_wider_than_an_entry_is_refused() {
        let mut list = StatusList::new(Bits::One, 8).unwrap();
        let (status, bits) = (Status::Suspended, Bits::One);
        assert_eq!(list.set(0, status), Err(StatusListError::StatusTooWide { status, bits }));
        assert_eq!(list.get(0), Ok(Status::Valid));
    }

    #[test]
    fn a_list_no_reader_would_inflate_is_refused() {
        let entries = MAX_INFLATED_BYTES as u64 * 4 + 1;
        let error = StatusListError::TooManyEntries { entries, max: entries - 1 };
        assert_eq!(StatusList::new(Bits::Two, entries), Err(error));
        assert!(StatusList::new(Bits::Eight, u64::MAX).is_err());
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = to_zlib(&vec![0; MAX_INFLATED_BYTES + 1]);
        let error = InflateError::TooLarge { max: MAX_INFLATED_BYTES };
        assert_eq!(StatusList::from_zlib(Bits::One, &bomb), Err(error.into()));
    }

    proptest! {
        #[test]
        fn holds_what_was_set(
            bits in prop::sample::select(&ALL[..]),
            entries in prop::collection::btree_map(0u64..5_000, 1u8.., 0..60),
        ) {
            let mut list = StatusList::new(bits, 5_000).unwrap();
            let entries: Vec<_> = entries
                .into_iter()
                .map(|(index, value)| (index, Status::from((value & bits.mask()).max(1))))
                .collect();
            for (index, status) in &entries {
                list.set(*index, *status).unwrap();
            }
            for (index, status) in &entries {
                prop_assert_eq!(list.get(*index).unwrap(), *status);
            }
            prop_assert_eq!(list.non_valid().collect::<Vec<_>>(), entries);
            prop_assert_eq!(StatusList::from_zlib(bits, &list.to_zlib()).unwrap(), list);
        }
    }
}
