//! Keys of records: big-endian, so that the order of the bytes is the order of the numbers.

use crate::{CorrectionId, DecisionId, QuarantineId, Slot, StoreError};

pub(super) fn slot(slot: Slot) -> [u8; 8] {
    ((u64::from(slot.list) << 32) | u64::from(slot.index)).to_be_bytes()
}

/// The slot at the end of a key.
pub(super) fn slot_of(key: &[u8], tree: &'static str) -> Result<Slot, StoreError> {
    let bytes = key.last_chunk::<8>().ok_or_else(|| short(tree))?;
    let [a, b, c, d, e, f, g, h] = *bytes;
    Ok(Slot { list: u32::from_be_bytes([a, b, c, d]), index: u32::from_be_bytes([e, f, g, h]) })
}

/// A UPI ended by a zero byte, so that no UPI's prefix reaches into another's.
pub(super) fn upi_prefix(upi: &str) -> Vec<u8> {
    [upi.as_bytes(), &[0]].concat()
}

/// A batch of copies: the list that they are in, and how full it was before them, which no other batch found it.
pub(super) fn batch(list: u32, number: u64) -> [u8; 12] {
    let mut key = [0; 12];
    let (of_list, of_batch) = key.split_at_mut(4);
    of_list.copy_from_slice(&list.to_be_bytes());
    of_batch.copy_from_slice(&number.to_be_bytes());
    key
}

/// The list at the start of a batch's key.
pub(super) fn list_of(key: &[u8], tree: &'static str) -> Result<u32, StoreError> {
    let bytes = key.first_chunk::<4>().ok_or_else(|| short(tree))?;
    Ok(u32::from_be_bytes(*bytes))
}

pub(super) fn by_upi(upi: &str, batch: &[u8]) -> Vec<u8> {
    [upi_prefix(upi).as_slice(), batch].concat()
}

/// The key of the batch at the end of a key of [`by_upi`].
pub(super) fn batch_of<'k>(key: &'k [u8], tree: &'static str) -> Result<&'k [u8; 12], StoreError> {
    key.last_chunk().ok_or_else(|| short(tree))
}

fn short(tree: &'static str) -> StoreError {
    StoreError::Corrupt { tree, detail: "a short key".into() }
}

/// A day with its sign bit turned, so that days before 1970 come first.
pub(super) fn birthdate(day: i32) -> [u8; 4] {
    (day.cast_unsigned() ^ (1 << 31)).to_be_bytes()
}

pub(super) fn by_birthdate(day: i32, upi: &str) -> Vec<u8> {
    [&birthdate(day), upi.as_bytes()].concat()
}

/// A text ended by a zero byte, so that no text's prefix reaches into another's.
pub(super) fn text(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

pub(super) fn by_text(of: &str, upi: &str) -> Vec<u8> {
    [text(of).as_slice(), upi.as_bytes()].concat()
}

/// The text and the UPI of a key of [`by_text`].
pub(super) fn of_text(key: &[u8], tree: &'static str) -> Result<(String, String), StoreError> {
    let corrupt = || StoreError::Corrupt { tree, detail: "a key that is no text and a UPI".into() };
    let key = std::str::from_utf8(key).map_err(|_| corrupt())?;
    let (text, upi) = key.split_once('\0').ok_or_else(corrupt)?;
    Ok((text.to_owned(), upi.to_owned()))
}

pub(super) fn by_change(number: u64, upi: &str) -> Vec<u8> {
    [&number.to_be_bytes(), upi.as_bytes()].concat()
}

/// The UPI of a key of [`by_change`].
pub(super) fn upi_of_change(key: &[u8]) -> &[u8] {
    key.get(8..).unwrap_or_default()
}

pub(super) fn quarantined(upi: &str, id: QuarantineId) -> Vec<u8> {
    [upi_prefix(upi).as_slice(), &id.0].concat()
}

pub(super) fn correction(upi: &str, id: CorrectionId) -> Vec<u8> {
    [upi_prefix(upi).as_slice(), &id.0].concat()
}

pub(super) fn decision(upi: &str, id: DecisionId) -> Vec<u8> {
    [upi_prefix(upi).as_slice(), &id.0].concat()
}

pub(super) fn pace(upi: &str, credential_type: &str) -> Vec<u8> {
    [upi_prefix(upi).as_slice(), credential_type.as_bytes()].concat()
}

pub(super) fn by_expiry(expires: i64, key: &[u8]) -> Vec<u8> {
    [&(expires.cast_unsigned() ^ (1 << 63)).to_be_bytes(), key].concat()
}

/// The time and the key inside a key of [`by_expiry`].
pub(super) fn expiry_of(key: &[u8]) -> Option<(i64, &[u8])> {
    let (time, rest) = key.split_first_chunk::<8>()?;
    Some(((u64::from_be_bytes(*time) ^ (1 << 63)).cast_signed(), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_sort_like_what_they_hold(a: (u32, u32), b: (u32, u32), day: (i32, i32), time: (i64, i64)) {
            let (a, b) = (Slot { list: a.0, index: a.1 }, Slot { list: b.0, index: b.1 });
            prop_assert_eq!(slot(a).cmp(&slot(b)), a.cmp(&b));
            prop_assert_eq!(birthdate(day.0).cmp(&birthdate(day.1)), day.0.cmp(&day.1));
            prop_assert_eq!(by_expiry(time.0, b"").cmp(&by_expiry(time.1, b"")), time.0.cmp(&time.1));
        }

        #[test]
        fn keys_give_back_what_they_hold(list: u32, index: u32, time: i64, key: Vec<u8>) {
            let at = Slot { list, index };
            prop_assert_eq!(slot_of(&slot(at), "ledger").unwrap(), at);
            let batch = batch(list, time.cast_unsigned());
            prop_assert_eq!(list_of(&batch, "ledger").unwrap(), list);
            let by_upi = by_upi("20480163920017", &batch);
            prop_assert_eq!(batch_of(&by_upi, "ledger").unwrap(), &batch);
            let by_expiry = by_expiry(time, &key);
            prop_assert_eq!(expiry_of(&by_expiry), Some((time, key.as_slice())));
        }
    }
}
