//! Codes that are sound down to their error correction, and hostile in what they encode: any mode, any count, any
//! version and level (ISO/IEC 18004, section 7.4).

use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, Version, bits, ec};

use super::*;

/// Mode indicators (ISO/IEC 18004, table 2; Hanzi is GB/T 18284's).
const NUMERIC: u8 = 1;
const ALPHANUMERIC: u8 = 2;
const STRUCTURED_APPEND: u8 = 3;
const BYTE: u8 = 4;
const ECI: u8 = 7;
const KANJI: u8 = 8;
const FNC1_SECOND: u8 = 9;
const HANZI: u8 = 13;

/// One segment: its indicator, what stands in its count or its other header, and its bits.
#[derive(Debug, Clone)]
struct Segment {
    mode: u8,
    header: u32,
    content: Vec<(u32, usize)>,
}

impl Segment {
    /// Bits of the header (ISO/IEC 18004, table 3): what follows the mode indicator.
    fn header_bits(&self, version: i16) -> usize {
        let by_version = |small, middle, large| match version {
            ..=9 => small,
            10..=26 => middle,
            _ => large,
        };
        match self.mode {
            NUMERIC => by_version(10, 12, 14),
            ALPHANUMERIC => by_version(9, 11, 13),
            BYTE => by_version(8, 16, 16),
            KANJI => by_version(8, 10, 12),
            // With its subset before the count.
            HANZI => 4 + by_version(8, 10, 12),
            STRUCTURED_APPEND => 16,
            FNC1_SECOND => 8,
            // One, two or three bytes, as its first bits say.
            ECI if self.header & 0x80_0000 == 0 => 8,
            ECI if self.header & 0x40_0000 == 0 => 16,
            ECI => 24,
            _ => 0,
        }
    }

    fn write(&self, version: i16, out: &mut Vec<bool>) {
        push(out, u32::from(self.mode), 4);
        let bits = self.header_bits(version);
        // An ECI designator is told by its first bits, a count by its last ones.
        let header = if self.mode == ECI { self.header >> (24 - bits) } else { self.header };
        push(out, header, bits);
        for (value, bits) in &self.content {
            push(out, *value, *bits);
        }
    }
}

fn push(out: &mut Vec<bool>, value: u32, bits: usize) {
    out.extend((0..bits).rev().map(|bit| value >> bit & 1 == 1));
}

/// The picture of a code that encodes these segments, cut where the code ends, and filled with `filler` behind them.
fn picture(version: i16, level: EcLevel, segments: &[Segment], filler: u8) -> GrayImage {
    let capacity = bits::Bits::new(Version::Normal(version)).max_len(level).unwrap();
    let mut data = Vec::new();
    for segment in segments {
        segment.write(version, &mut data);
    }
    data.truncate(capacity);
    while data.len() < capacity {
        let bits = 8.min(capacity - data.len());
        push(&mut data, u32::from(filler), bits);
    }
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    let data: Vec<u8> = data.chunks(8).map(byte).collect();
    let (data, correction) = ec::construct_codewords(&data, Version::Normal(version), level).unwrap();
    let mut canvas = Canvas::new(Version::Normal(version), level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    // Any mask will do. Choosing the best one adds penalties in 16 bits, which hostile content overflows.
    canvas.apply_mask(MaskPattern::Checkerboard);
    let side = Version::Normal(version).width() as u32;
    let modules = canvas.into_colors();
    let quiet = QUIET_ZONE;
    GrayImage::from_fn(2 * (side + 2 * quiet), 2 * (side + 2 * quiet), |x, y| {
        let (column, row) = ((x / 2).wrapping_sub(quiet), (y / 2).wrapping_sub(quiet));
        let dark = column < side && row < side && modules[(row * side + column) as usize] == Color::Dark;
        Luma([if dark { 0 } else { 255 }])
    })
}

fn segment(mode: u8, header: u32, content: &[(u32, usize)]) -> Segment {
    Segment { mode, header, content: content.to_vec() }
}

/// That the pictures of this test are decoded at all, or what follows would show nothing.
#[test]
fn sound_segments_are_read() {
    let bytes: Vec<(u32, usize)> = b"karibu".iter().map(|byte| (u32::from(*byte), 8)).collect();
    let segments = [
        segment(STRUCTURED_APPEND, 0x0142, &[]),
        segment(NUMERIC, 4, &[(123, 10), (7, 4)]),
        segment(ECI, 26 << 16, &[]),
        segment(BYTE, 6, &bytes),
        segment(ALPHANUMERIC, 2, &[(17 * 45 + 10, 11)]),
    ];
    for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
        for version in [3, 11, 27, 40] {
            let found = read_picture(&picture(version, level, &segments, 0)).unwrap();
            assert_eq!(found, ["1237karibuHA"], "version {version}, {level:?}");
        }
    }
}

/// A segment with a count that fits its bits or is any other, or one that no mode has.
fn segments() -> impl Strategy<Value = Vec<Segment>> {
    let known = prop::sample::select(vec![
        NUMERIC,
        ALPHANUMERIC,
        STRUCTURED_APPEND,
        BYTE,
        5,
        ECI,
        KANJI,
        FNC1_SECOND,
        HANZI,
    ]);
    let mode = prop_oneof![9 => known, 1 => 0_u8..16];
    let content = prop::collection::vec(
        (any::<u32>(), prop::sample::select(vec![4_usize, 6, 7, 8, 10, 11, 13])),
        0..40,
    );
    // Short counts let the next segment be read; long ones run over the end; a Hanzi subset stands above its count.
    let header = prop_oneof![
        0_u32..50,
        any::<u32>(),
        (8_usize..13, 0_u32..50).prop_map(|(at, count)| 1 << at | count)
    ];
    let segment =
        (mode, header, content).prop_map(|(mode, header, content)| Segment { mode, header, content });
    prop::collection::vec(segment, 0..8)
}

proptest! {
    #[test]
    fn hostile_segments_never_panic(
        version in prop_oneof![6 => 1_i16..=9, 2 => 10_i16..=26, 1 => 27_i16..=40],
        level in prop::sample::select(vec![EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H]),
        segments in segments(),
        filler: u8,
    ) {
        // Whatever comes out is refused as text: only that something comes back is asked for here.
        let _ = read_picture(&picture(version, level, &segments, filler));
    }
}
