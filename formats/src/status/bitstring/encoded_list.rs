//! The bits, left to right, and their text.

use super::{BitstringError, StatusPurpose, StatusSize, needs};
use crate::encoding::{b64url, b64url_decode};
use crate::status::inflate::{MAX_INFLATED_BYTES, from_gzip, to_gzip};
use crate::status::{IndexOutOfRange, InflateError, Status, StatusList};

/// The fewest entries a list may have (section 3.2 step 2), whatever their size: herd privacy.
pub const MIN_ENTRIES: u64 = 131_072;

/// An uncompressed bitstring (section 3.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Bitstring {
    bytes: Vec<u8>,
}

impl Bitstring {
    /// The bits of `list` that tell about `purpose`, and the bits an entry has: one for revocation and
    /// suspension, two for a message. At least [`MIN_ENTRIES`] entries come out.
    ///
    /// # Errors
    /// [`BitstringError::Untellable`] where a status is more than two bits can say or the purpose is none
    /// a status list can serve, [`BitstringError::Inflate`] where no reader would take the list.
    pub fn from_list(
        list: &StatusList,
        purpose: &StatusPurpose,
    ) -> Result<(Self, StatusSize), BitstringError> {
        let size = match purpose {
            StatusPurpose::Message => StatusSize::Two,
            _ => StatusSize::One,
        };
        let bits = list.size().max(MIN_ENTRIES).saturating_mul(u64::from(size.bits()));
        let length = usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX);
        if length > MAX_INFLATED_BYTES {
            return Err(InflateError::TooLarge { max: MAX_INFLATED_BYTES }.into());
        }
        let mut bitstring = Self { bytes: vec![0; length] };
        for (index, status) in list.non_valid() {
            let value = match (purpose, status) {
                (StatusPurpose::Revocation, _) => u8::from(status == Status::Invalid),
                (StatusPurpose::Suspension, _) => u8::from(status == Status::Suspended),
                (StatusPurpose::Message, status) if status.value() < 4 => status.value(),
                _ => return Err(BitstringError::Untellable { index, status, purpose: purpose.clone() }),
            };
            bitstring.put(index, size, value);
        }
        Ok((bitstring, size))
    }

    /// `encodedList`: multibase base64url of GZIP (section 2.2).
    #[must_use]
    pub fn encode(&self) -> String {
        format!("u{}", b64url(&to_gzip(&self.bytes)))
    }

    /// Reads `encodedList`, inflating at most [`MAX_INFLATED_BYTES`].
    ///
    /// # Errors
    /// [`BitstringError`]: not multibase base64url, not one bounded GZIP stream, or shorter than 16 kB.
    pub fn decode(encoded_list: &str) -> Result<Self, BitstringError> {
        // Section 2.2: Multibase, of which `u` is base64url without padding.
        let text = encoded_list
            .strip_prefix('u')
            .ok_or(needs("encodedList", "multibase text that begins with `u`"))?;
        let bytes = from_gzip(&b64url_decode(text)?, MAX_INFLATED_BYTES)?;
        let bitstring = Self { bytes };
        bitstring.refuse_short(StatusSize::One)?;
        Ok(bitstring)
    }

    /// The value of the entry at `index` (section 3.2 steps 9 and 10).
    ///
    /// # Errors
    /// [`BitstringError::TooShort`] or [`BitstringError::Index`].
    pub fn get(&self, index: u64, size: StatusSize) -> Result<u8, BitstringError> {
        self.refuse_short(size)?;
        let (byte, shift) = locate(index, size);
        let byte = self.bytes.get(byte).ok_or(IndexOutOfRange { index, size: self.entries(size) })?;
        Ok((byte >> shift) & mask(size))
    }

    /// How many entries of that size there are.
    #[must_use]
    pub const fn entries(&self, size: StatusSize) -> u64 {
        self.bytes.len() as u64 * 8 / size.bits() as u64
    }

    fn put(&mut self, index: u64, size: StatusSize, value: u8) {
        let (byte, shift) = locate(index, size);
        if let Some(byte) = self.bytes.get_mut(byte) {
            *byte |= value << shift;
        }
    }

    /// Section 3.2 step 9.
    const fn refuse_short(&self, size: StatusSize) -> Result<(), BitstringError> {
        let got = self.entries(size);
        if got < MIN_ENTRIES { Err(BitstringError::TooShort { got, min: MIN_ENTRIES }) } else { Ok(()) }
    }
}

impl core::fmt::Debug for Bitstring {
    /// Without the bits, which may be millions.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Bitstring").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// The byte that holds an entry, and how far its last bit is from the right. Index 0 is the left-most bit
/// (section 2.2), and the first bit of an entry is its most significant.
fn locate(index: u64, size: StatusSize) -> (usize, u32) {
    let per_byte = 8 / u64::from(size.bits());
    let slot_from_right = per_byte - 1 - index % per_byte;
    let byte = usize::try_from(index / per_byte).unwrap_or(usize::MAX);
    (byte, slot_from_right as u32 * u32::from(size.bits()))
}

const fn mask(size: StatusSize) -> u8 {
    size.values() as u8 - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Bits;
    use proptest::prelude::*;

    fn list(entries: &[(u64, u8)]) -> StatusList {
        let mut list = StatusList::new(Bits::Two, 12).unwrap();
        entries.iter().for_each(|(index, value)| list.set(*index, Status::from(*value)).unwrap());
        list
    }

    fn first_byte(entries: &[(u64, u8)], purpose: &StatusPurpose) -> u8 {
        Bitstring::from_list(&list(entries), purpose).unwrap().0.bytes[0]
    }

    #[test]
    fn the_first_entry_is_the_left_most_bit() {
        // The same statuses the Token Status List packs from the right.
        let entries = [(0, 1), (1, 2), (3, 1)];
        let token_list = StatusList::from_zlib(Bits::Eight, &list(&entries).to_zlib()).unwrap();
        assert_eq!(token_list.get(0), Ok(Status::Other(0b01_00_10_01)));
        assert_eq!(first_byte(&entries, &StatusPurpose::Message), 0b01_10_00_01);
        assert_eq!(first_byte(&entries, &StatusPurpose::Revocation), 0b1001_0000);
        assert_eq!(first_byte(&entries, &StatusPurpose::Suspension), 0b0100_0000);
        assert_eq!(first_byte(&[(0, 3)], &StatusPurpose::Message), 0b1100_0000);
        assert_eq!(first_byte(&[(0, 3)], &StatusPurpose::Revocation), 0);
    }

    #[test]
    fn the_example_of_the_standard_is_an_empty_list_of_the_least_length() {
        // Section 2.2, example 3.
        let text = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";
        let (empty, _) = Bitstring::from_list(&list(&[]), &StatusPurpose::Revocation).unwrap();
        assert_eq!(Bitstring::decode(text), Ok(empty.clone()));
        assert_eq!(empty.entries(StatusSize::One), MIN_ENTRIES);
        assert_eq!(Bitstring::decode(&empty.encode()), Ok(empty));
    }

    #[test]
    fn an_index_outside_is_refused() {
        let (bits, size) = Bitstring::from_list(&list(&[]), &StatusPurpose::Message).unwrap();
        assert_eq!(bits.get(MIN_ENTRIES - 1, size), Ok(0));
        for index in [MIN_ENTRIES, u64::MAX] {
            let error = IndexOutOfRange { index, size: MIN_ENTRIES };
            assert_eq!(bits.get(index, size), Err(error.into()));
        }
    }

    #[test]
    fn a_list_too_short_to_hide_in_is_refused() {
        let text = |bytes: usize| format!("u{}", b64url(&to_gzip(&vec![0; bytes])));
        let short = |got| BitstringError::TooShort { got, min: MIN_ENTRIES };
        assert_eq!(Bitstring::decode(&text(16_383)), Err(short(131_064)));
        let least = Bitstring::decode(&text(16_384)).unwrap();
        assert_eq!(least.get(0, StatusSize::One), Ok(0));
        assert_eq!(least.get(0, StatusSize::Two), Err(short(65_536)));
    }

    #[test]
    fn other_texts_are_refused() {
        let (bits, _) = Bitstring::from_list(&list(&[]), &StatusPurpose::Revocation).unwrap();
        let good = bits.encode();
        let member =
            BitstringError::Member { member: "encodedList", expected: "multibase text that begins with `u`" };
        assert_eq!(Bitstring::decode(&good[1..]), Err(member.clone()));
        assert_eq!(Bitstring::decode(&format!("z{}", &good[1..])), Err(member));
        assert!(matches!(Bitstring::decode(&format!("{good}=")), Err(BitstringError::Encoding(_))));
        assert!(matches!(Bitstring::decode("uAAAA"), Err(BitstringError::Inflate(_))));
        let bomb = format!("u{}", b64url(&to_gzip(&vec![0; MAX_INFLATED_BYTES + 1])));
        let error = InflateError::TooLarge { max: MAX_INFLATED_BYTES };
        assert_eq!(Bitstring::decode(&bomb), Err(error.into()));
    }

    #[test]
    fn what_two_bits_cannot_tell_is_refused() {
        let mut wide = StatusList::new(Bits::Four, 10).unwrap();
        wide.set(2, Status::from(4)).unwrap();
        let purpose = StatusPurpose::Message;
        let error =
            BitstringError::Untellable { index: 2, status: Status::from(4), purpose: purpose.clone() };
        assert_eq!(Bitstring::from_list(&wide, &purpose), Err(error));
        assert!(Bitstring::from_list(&list(&[(1, 1)]), &StatusPurpose::Refresh).is_err());
        let large = StatusList::new(Bits::One, MAX_INFLATED_BYTES as u64 * 4 + 8).unwrap();
        assert!(matches!(Bitstring::from_list(&large, &purpose), Err(BitstringError::Inflate(_))));
    }

    proptest! {
        #[test]
        fn both_standards_tell_the_same(
            entries in prop::collection::btree_map(0u64..200_000, 1u8..4, 0..100),
        ) {
            let mut list = StatusList::new(Bits::Two, 200_000).unwrap();
            entries.iter().for_each(|(index, value)| list.set(*index, Status::from(*value)).unwrap());
            let (message, two) = Bitstring::from_list(&list, &StatusPurpose::Message).unwrap();
            let (revoked, one) = Bitstring::from_list(&list, &StatusPurpose::Revocation).unwrap();
            let message = Bitstring::decode(&message.encode()).unwrap();
            for index in entries.keys().flat_map(|i| [i.saturating_sub(1), *i, i + 1]) {
                let status = list.get(index).unwrap_or(Status::Valid);
                prop_assert_eq!(message.get(index, two).unwrap_or(0), status.value());
                prop_assert_eq!(revoked.get(index, one).unwrap_or(0) == 1, status == Status::Invalid);
            }
        }
    }
}
