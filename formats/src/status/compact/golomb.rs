//! The Golomb code of the gaps (the parent module's text has the definition).

use super::bits::{Reader, WINDOW_BITS, Writer};

/// ln 2 in 16-bit fixed point. Integers, so that every machine chooses the same parameter.
const LN_2: u64 = 45_426;

/// 0.18 in 16-bit fixed point: with it, no other parameter codes any density shorter by 0.05 %.
const ROUNDING: u64 = 11_797;

/// A Golomb code, which is the shortest prefix code for gaps between entries that are spread evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Golomb {
    /// m.
    parameter: u64,
    /// w = ⌈log2 m⌉.
    width: u32,
    /// s = 2^w − m: this many remainders take a bit less.
    short: u64,
}

impl Golomb {
    /// The code for `count` entries among `size`; neither is above [`super::MAX_SIZE`].
    pub(super) fn for_density(size: u64, count: u64) -> Self {
        let ratio = (LN_2 * size).checked_div(count).unwrap_or(0);
        let parameter = ((ratio + ROUNDING) >> 16).max(1);
        let width = u64::BITS - (parameter - 1).leading_zeros();
        Self { parameter, width, short: (1 << width) - parameter }
    }

    pub(super) fn write(self, gap: u64, writer: &mut Writer) {
        let (quotient, remainder) = (gap / self.parameter, gap % self.parameter);
        writer.push_unary(quotient);
        if remainder < self.short {
            writer.push(remainder, self.width - 1);
        } else {
            writer.push(remainder + self.short, self.width);
        }
    }

    /// The next gap. Reads zeros beyond the end, so the caller checks the position.
    #[inline]
    pub(super) fn read(self, reader: &mut Reader<'_>) -> u64 {
        let window = reader.window();
        let ones = (!window).leading_zeros();
        // Nearly always the whole code word is in one window.
        let (quotient, rest) = if ones + 1 + self.width <= WINDOW_BITS {
            reader.skip(ones + 1);
            (u64::from(ones), window << (ones + 1))
        } else {
            let quotient = reader.unary();
            (quotient, reader.window())
        };
        // A parameter of 1 leaves no remainder; shifting by 64 would overflow.
        let long = rest.checked_shr(u64::BITS - self.width).unwrap_or(0);
        let remainder = if long >> 1 < self.short {
            reader.skip(self.width - 1);
            long >> 1
        } else {
            reader.skip(self.width);
            long - self.short
        };
        // A hostile quotient is bounded by the bits that were there, and so is the product: 2^30 times 2^32.
        quotient * self.parameter + remainder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(size: u64, count: u64, gap: u64) -> String {
        let mut writer = Writer::default();
        Golomb::for_density(size, count).write(gap, &mut writer);
        let length = writer.position() as usize;
        writer.into_bytes().iter().map(|b| format!("{b:08b}")).collect::<String>()[..length].to_owned()
    }

    #[test]
    fn the_profile_gives_the_constants() {
        let spec = include_str!("../../../../spec/trust.md");
        assert!(spec.contains(&format!("floor((floor({LN_2} * size / count) + {ROUNDING}) / 65536)")));
    }

    #[test]
    fn code_words_by_hand() {
        // 2/10: m = floor(3.466 + 0.18) = 3, w = 2, s = 1.
        assert_eq!(Golomb::for_density(10, 2), Golomb { parameter: 3, width: 2, short: 1 });
        assert_eq!([0, 1, 2, 3, 7].map(|gap| bits(10, 2, gap)), ["00", "010", "011", "100", "11010"]);
        // More than every other entry: m = 1, a gap in unary.
        assert_eq!([0, 3].map(|gap| bits(3, 2, gap)), ["0", "1110"]);
        // 1 %: m = 69.
        assert_eq!(Golomb::for_density(50_000_000, 500_000), Golomb { parameter: 69, width: 7, short: 59 });
    }

    #[test]
    fn the_parameter_is_the_best_for_its_density() {
        // Expected code word length of parameter m at density p, by summing over the distribution.
        let expected = |m: u64, p: f64| {
            let code = Golomb {
                parameter: m,
                width: 64 - (m - 1).leading_zeros(),
                short: m.next_power_of_two() - m,
            };
            let q = 1.0 - p;
            let tail = q.powf(m as f64);
            let short = (1.0 - q.powf(code.short as f64)) / (1.0 - tail);
            1.0 / (1.0 - tail) + f64::from(code.width) - short
        };
        for count in [1, 7, 50, 99, 250, 380, 390, 500, 900] {
            let p = count as f64 / 1_000.0;
            let chosen = Golomb::for_density(1_000, count).parameter;
            for other in [chosen.saturating_sub(1).max(1), chosen + 1] {
                assert!(
                    expected(chosen, p) <= expected(other, p) * 1.0005,
                    "p = {p}, m = {chosen} or {other}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(
            size in 1u64..=1 << 32,
            count in 1u64..1_000_000,
            gaps in prop::collection::vec(0u64..100_000, 1..30),
        ) {
            let code = Golomb::for_density(size, count.min(size));
            let mut writer = Writer::default();
            gaps.iter().for_each(|gap| code.write(*gap, &mut writer));
            let end = writer.position();
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes, 0);
            for gap in gaps {
                prop_assert_eq!(code.read(&mut reader), gap);
            }
            prop_assert_eq!(reader.position(), end);
        }
    }
}
