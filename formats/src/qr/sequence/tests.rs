use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::frame::HEADER_BYTES;
use super::*;
use crate::qr::text;

fn payload(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

fn frame_bytes(text: &str) -> Vec<u8> {
    text::decode(text).unwrap().1
}

/// A frame whose bytes were changed by `change`.
fn changed(frame: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = frame_bytes(frame);
    change(&mut bytes);
    text::encode(Kind::Frame, &bytes)
}

/// Pushes frames in the given order; gives back the payload and how many different ones it took.
fn collect(encoder: &Encoder, order: impl IntoIterator<Item = u32>) -> Option<(Vec<u8>, usize)> {
    let mut decoder = Decoder::default();
    let mut seen = std::collections::BTreeSet::new();
    for index in order {
        seen.insert(index % u32::from(SYMBOL_IDS));
        match decoder.push(&encoder.frame(index)).unwrap() {
            Progress::Complete { payload, .. } => return Some((payload, seen.len())),
            Progress::Collecting { have, need } => {
                assert_eq!((have, need), (seen.len(), encoder.source_frames() as usize));
            }
        }
    }
    None
}

/// Every index once, in an order drawn from `seed`.
fn shuffled(count: u32, seed: u64) -> Vec<u32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<u32> = (0..count).collect();
    order.sort_by_cached_key(|_| rng.next_u64());
    order
}

#[test]
fn no_frame_is_larger_than_a_version_11_code() {
    for length in [1, 296, 297, 1_500, 3_000, 20_000, MAX_PAYLOAD] {
        let encoder = Encoder::new(Kind::Bundle, &payload(length, 1)).unwrap();
        for index in [0, encoder.source_frames() - 1, encoder.source_frames(), u32::from(SYMBOL_IDS) - 1] {
            let chars = encoder.frame(index).len();
            assert!(chars <= MAX_FRAME_CHARS, "{length} bytes, frame {index}: {chars} characters");
        }
    }
    let full = Encoder::new(Kind::Bundle, &payload(296, 1)).unwrap();
    assert_eq!((full.source_frames(), full.frame(0).len()), (1, MAX_FRAME_CHARS));
}

#[test]
fn without_loss_the_source_frames_suffice() {
    for length in [1, 2, 296, 297, 1_500, 3_000, MAX_PAYLOAD] {
        let sent = payload(length, 2);
        let encoder = Encoder::new(Kind::Presentation, &sent).unwrap();
        let (received, frames) = collect(&encoder, 0..).unwrap();
        assert_eq!((received, frames), (sent, encoder.source_frames() as usize), "{length} bytes");
    }
}

#[test]
fn frames_are_the_same_every_time_and_begin_again() {
    let encoder = Encoder::new(Kind::Bundle, &payload(5_000, 3)).unwrap();
    let again = Encoder::new(Kind::Bundle, &payload(5_000, 3)).unwrap();
    for index in [0, 16, 17, 1_000] {
        assert_eq!(encoder.frame(index), again.frame(index));
        assert_eq!(encoder.frame(index), encoder.frame(index + u32::from(SYMBOL_IDS)));
    }
    assert_ne!(encoder.frame(17), encoder.frame(18));
}

/// RFC 6330, section 5.3.1: repair symbols are numbered from K on, though K is padded to K'.
#[test]
fn repair_symbols_follow_the_source_symbols() {
    let encoder = Encoder::new(Kind::Bundle, &payload(5_000, 3)).unwrap();
    assert_eq!(encoder.source_frames(), 17);
    assert_eq!(frame_bytes(&encoder.frame(17))[11..HEADER_BYTES], [0, 17]);
}

#[test]
fn a_portrait_needs_hardly_more_frames_than_its_bytes() {
    let (mut source, mut needed, mut worst) = (0, 0, 0);
    for seed in 0..200 {
        let sent = payload(1_500 + 7 * seed as usize, seed);
        let encoder = Encoder::new(Kind::Presentation, &sent).unwrap();
        let (received, frames) = collect(&encoder, shuffled(60, seed)).unwrap();
        assert_eq!(received, sent);
        let extra = frames - encoder.source_frames() as usize;
        (source, needed, worst) =
            (source + encoder.source_frames() as usize, needed + frames, worst.max(extra));
    }
    println!("{needed} frames for {source} source frames, at worst {worst} more than a transfer's own");
    assert!(worst <= 2 && needed * 100 <= source * 101);
}

#[test]
fn a_finished_transfer_stays_finished() {
    let sent = payload(700, 4);
    let encoder = Encoder::new(Kind::Request, &sent).unwrap();
    let mut decoder = Decoder::default();
    for index in 0..3 {
        let _ = decoder.push(&encoder.frame(index)).unwrap();
    }
    let again = decoder.push(&encoder.frame(9)).unwrap();
    assert_eq!(again, Progress::Complete { kind: Kind::Request, payload: sent });
}

#[test]
fn payloads_that_cannot_be_sent_are_refused() {
    for length in [0, MAX_PAYLOAD + 1] {
        let refused = Encoder::new(Kind::Bundle, &vec![0; length]).unwrap_err();
        assert_eq!(refused, SequenceError::PayloadLength { got: length, limit: MAX_PAYLOAD });
    }
    assert_eq!(Encoder::new(Kind::Frame, b"x").unwrap_err(), SequenceError::Nested);
}

#[test]
fn a_refused_frame_loses_nothing() {
    let sent = payload(1_000, 5);
    let encoder = Encoder::new(Kind::Presentation, &sent).unwrap();
    let other = Encoder::new(Kind::Presentation, &payload(1_000, 6)).unwrap();
    let first = encoder.frame(0);
    let size = frame_bytes(&first).len();
    let refusals = [
        (other.frame(1), SequenceError::OtherTransfer),
        (changed(&first, |bytes| bytes[8] = b'B'), SequenceError::Contradiction),
        (changed(&first, |bytes| bytes[8] = b'Z'), SequenceError::UnknownKind { got: 'Z' }),
        (changed(&first, |bytes| bytes[8] = b'F'), SequenceError::Nested),
        // 999 bytes are cut into symbols of the same size as 1,000.
        (changed(&first, |bytes| bytes[10] -= 1), SequenceError::Contradiction),
        (
            changed(&first, |bytes| bytes[9..11].fill(0)),
            SequenceError::PayloadLength { got: 0, limit: MAX_PAYLOAD },
        ),
        (
            changed(&first, |bytes| bytes[9..11].fill(0xff)),
            SequenceError::SymbolSize { expected: 296, got: 250 },
        ),
        (
            changed(&first, |bytes| bytes.truncate(size - 1)),
            SequenceError::SymbolSize { expected: 250, got: 249 },
        ),
        (changed(&first, |bytes| bytes.push(0)), SequenceError::SymbolSize { expected: 250, got: 251 }),
        (changed(&first, |bytes| bytes.truncate(12)), SequenceError::Header { expected: 13, got: 12 }),
        (changed(&first, |bytes| bytes[11] = 0x10), SequenceError::SymbolId { got: 4_096, limit: 4_096 }),
        (text::encode(Kind::Presentation, b"AB"), SequenceError::NotAFrame { got: Kind::Presentation }),
        ("H1F:".to_owned(), SequenceError::Text(TextError::Incomplete { got: 4 })),
    ];
    let mut decoder = Decoder::default();
    for (index, (hostile, refusal)) in refusals.into_iter().enumerate() {
        let before = decoder.push(&encoder.frame(index as u32 % 3)).unwrap();
        assert_eq!(decoder.push(&hostile), Err(refusal));
        assert_eq!(decoder.push(&encoder.frame(index as u32 % 3)).unwrap(), before);
    }
    let last = decoder.push(&encoder.frame(3)).unwrap();
    assert_eq!(last, Progress::Complete { kind: Kind::Presentation, payload: sent });
}

#[test]
fn a_lying_symbol_is_found_out_and_the_sequence_can_be_read_again() {
    let sent = payload(1_000, 7);
    let encoder = Encoder::new(Kind::Bundle, &sent).unwrap();
    let mut decoder = Decoder::default();
    decoder.push(&changed(&encoder.frame(0), |bytes| bytes[20] ^= 1)).unwrap();
    for index in 1..3 {
        decoder.push(&encoder.frame(index)).unwrap();
    }
    assert_eq!(decoder.push(&encoder.frame(3)), Err(SequenceError::Corrupt));
    for index in 4..7 {
        assert!(matches!(decoder.push(&encoder.frame(index)), Ok(Progress::Collecting { .. })));
    }
    // Repair symbols alone determine a small payload with one symbol or two to spare.
    let whole = (7..10).find_map(|index| match decoder.push(&encoder.frame(index)) {
        Ok(Progress::Complete { payload, .. }) => Some(payload),
        _ => None,
    });
    assert_eq!(whole, Some(sent));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn loss_duplication_and_order_do_not_matter(
        length in 1_usize..8_000, seed: u64, kept in 0.1_f64..1.0, twice in 0.0_f64..0.5,
    ) {
        let sent = payload(length, seed);
        let encoder = Encoder::new(Kind::Presentation, &sent).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut chance = |p: f64| f64::from(rng.next_u32()) < p * f64::from(u32::MAX);
        let mut order = Vec::new();
        for index in shuffled(u32::from(SYMBOL_IDS), seed).into_iter().take(1_000) {
            for _ in 0..=u8::from(chance(twice)) {
                if chance(kept) {
                    order.push(index);
                }
            }
        }
        let (received, frames) = collect(&encoder, order).unwrap();
        prop_assert_eq!(received, sent);
        prop_assert!(frames <= encoder.source_frames() as usize + 4);
    }

    #[test]
    fn a_full_payload_survives_any_order(seed: u64) {
        let sent = payload(MAX_PAYLOAD, seed);
        let encoder = Encoder::new(Kind::Bundle, &sent).unwrap();
        let (received, _) = collect(&encoder, shuffled(u32::from(SYMBOL_IDS), seed)).unwrap();
        prop_assert_eq!(received, sent);
    }

    /// Well-formed headers with any symbols, numbered anyhow: solvable or not, nothing panics.
    #[test]
    fn hostile_frames_never_panic(
        length in 1_u16..6_000,
        ids in prop::collection::vec(0..SYMBOL_IDS, 1..60),
        fill: u8,
    ) {
        let transfer = frame::Transfer { id: [fill; 8], kind: Kind::Bundle, length };
        let symbol = vec![fill; usize::from(transfer.symbol_bytes())];
        let mut decoder = Decoder::default();
        for id in ids {
            let pushed = decoder.push(&transfer.frame_text(id, &symbol));
            let harmless = matches!(pushed, Ok(Progress::Collecting { .. }) | Err(SequenceError::Corrupt));
            prop_assert!(harmless, "{:?}", pushed);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Decoder::default().push(&text::encode(Kind::Frame, &bytes));
    }
}
