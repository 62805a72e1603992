//! Bits in and out of bytes, most significant first.

/// What [`Reader::window`] can promise after any bit offset within a byte.
pub(super) const WINDOW_BITS: u32 = 57;

/// Appends bits; zeros fill the last byte.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    pending: u64,
    filled: u32,
}

impl Writer {
    /// Appends the low `count` bits of `value`, which has no others set; at most 33.
    pub(super) fn push(&mut self, value: u64, count: u32) {
        self.pending = (self.pending << count) | value;
        self.filled += count;
        while self.filled >= 8 {
            self.filled -= 8;
            self.bytes.push((self.pending >> self.filled) as u8);
        }
    }

    /// Appends `count` ones and a zero.
    pub(super) fn push_unary(&mut self, mut count: u64) {
        while count >= 32 {
            self.push(u64::from(u32::MAX), 32);
            count -= 32;
        }
        let count = count as u32;
        self.push(((1 << count) - 1) << 1, count + 1);
    }

    /// Bits written so far.
    pub(super) fn position(&self) -> u64 {
        self.bytes.len() as u64 * 8 + u64::from(self.filled)
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.push(0, 8 - self.filled);
        }
        self.bytes
    }
}

/// Reads bits from a position on. Beyond the end there are zeros; whoever reads compares
/// [`position`](Self::position) with what there is.
#[derive(Clone)]
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    position: u64,
}

impl<'b> Reader<'b> {
    pub(super) const fn new(bytes: &'b [u8], position: u64) -> Self {
        Self { bytes, position }
    }

    /// The next [`WINDOW_BITS`] bits, in the high end.
    #[inline]
    pub(super) fn window(&self) -> u64 {
        let byte = usize::try_from(self.position / 8).unwrap_or(usize::MAX);
        let rest = self.bytes.get(byte..).unwrap_or_default();
        let word = match rest.first_chunk::<8>() {
            Some(chunk) => u64::from_be_bytes(*chunk),
            None => rest.iter().chain([0; 8].iter()).take(8).fold(0, |word, b| (word << 8) | u64::from(*b)),
        };
        word << (self.position % 8)
    }

    #[inline]
    pub(super) const fn skip(&mut self, bits: u32) {
        self.position += bits as u64;
    }

    /// The ones before the next zero, and past it.
    #[inline]
    pub(super) fn unary(&mut self) -> u64 {
        let mut total = 0;
        loop {
            let ones = (!self.window()).leading_zeros();
            if ones < WINDOW_BITS {
                self.skip(ones + 1);
                return total + u64::from(ones);
            }
            // The zeros beyond the end stop this after the last byte.
            self.skip(WINDOW_BITS);
            total += u64::from(WINDOW_BITS);
        }
    }

    /// Where the next bit is.
    #[inline]
    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// Whether only zeros follow in the byte begun, and no byte after it.
    pub(super) fn at_padded_end(&self) -> bool {
        let total = self.bytes.len() as u64;
        self.position.div_ceil(8) == total && self.window() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_was_written(fields in prop::collection::vec((any::<u32>(), 1u32..=32, 0u64..300), 0..50)) {
            let mut writer = Writer::default();
            for (value, width, ones) in &fields {
                writer.push(u64::from(*value) & ((1 << width) - 1), *width);
                writer.push_unary(*ones);
            }
            let end = writer.position();
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes, 0);
            for (value, width, ones) in &fields {
                prop_assert_eq!(reader.window() >> (64 - width), u64::from(*value) & ((1 << width) - 1));
                reader.skip(*width);
                prop_assert_eq!(reader.unary(), *ones);
            }
            prop_assert_eq!(reader.position(), end);
            prop_assert!(reader.at_padded_end());
        }
    }
}
