//! Bytes that are nearly good.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What decides in the formats that are read.
const WORDS: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b":",
    b",",
    b".",
    b"~",
    b"=",
    b"&",
    b"%",
    b"+",
    b"null",
    b"-1",
    b"1e999",
    b"\0",
    b"\n",
    b"\xff",
    b"\\u0000",
    b"\\ud800",
    b"18446744073709551616",
    b"eyJhbGciOiJub25lIn0",
];

/// One to eight changes of `seed`, which the number alone decides.
#[must_use]
pub fn mutate(seed: &[u8], number: u64) -> Vec<u8> {
    let mut rng = ChaCha20Rng::seed_from_u64(number);
    let mut bytes = seed.to_vec();
    for _ in 0..=below(&mut rng, 8) {
        let at = below(&mut rng, bytes.len() + 1);
        let end = (at + below(&mut rng, 17)).min(bytes.len());
        match below(&mut rng, 7) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => drop(bytes.splice(at..at, WORDS[below(&mut rng, WORDS.len())].iter().copied())),
            3 => drop(bytes.splice(at..end, WORDS[below(&mut rng, WORDS.len())].iter().copied())),
            4 => {
                let piece = bytes[at..end].to_vec();
                let to = below(&mut rng, bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << below(&mut rng, 8);
                }
            }
        }
    }
    bytes
}

fn below(rng: &mut ChaCha20Rng, bound: usize) -> usize {
    rng.next_u64() as usize % bound
}
