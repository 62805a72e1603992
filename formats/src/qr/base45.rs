//! Base45 (RFC 9285), one to one: text that decodes is the only text of its bytes.
//!
//! Written here and not taken from a crate: every code that is scanned passes through it, its refusals have to say where
//! and why, and the crate at hand gives one error for all causes and takes a last pair above 255 modulo 256.

/// RFC 9285, table 1.
const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// So high that no group with it fits its bytes: groups then need one comparison, for the alphabet and the range.
const FOREIGN: u32 = 1 << 16;

/// The value of each byte, or [`FOREIGN`].
static VALUES: [u32; 256] = values();

#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const fn values() -> [u32; 256] {
    let mut values = [FOREIGN; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u32;
        value += 1;
    }
    values
}

/// Why a text is not Base45.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base45Error {
    /// A byte outside the alphabet, at this place.
    Alphabet(usize),
    /// One character is left behind groups of three (section 4).
    Length,
    /// A group stands for more than two bytes, or a last pair for more than one (section 4).
    Overflow,
}

/// Appends the text of `bytes`.
pub(super) fn encode(bytes: &[u8], out: &mut String) {
    let (pairs, last) = bytes.as_chunks::<2>();
    for pair in pairs {
        let number = u16::from_be_bytes(*pair);
        out.extend([number % 45, number / 45 % 45, number / 2025].map(symbol));
    }
    for byte in last.iter().copied().map(u16::from) {
        out.extend([byte % 45, byte / 45].map(symbol));
    }
}

/// `value` is below 45.
fn symbol(value: u16) -> char {
    ALPHABET.get(usize::from(value)).copied().map_or('0', char::from)
}

/// The bytes of a text.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, Base45Error> {
    let (groups, rest) = text.as_chunks::<3>();
    let mut bytes = Vec::with_capacity(groups.len() * 2 + 1);
    for group in groups {
        let [a, b, c] = group.map(value);
        let number = u16::try_from(a + 45 * b + 2025 * c).map_err(|_| explain(text))?;
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    match rest {
        [] => {}
        [a, b] => bytes.push(u8::try_from(value(*a) + 45 * value(*b)).map_err(|_| explain(text))?),
        _ => return Err(explain(text)),
    }
    Ok(bytes)
}

fn value(byte: u8) -> u32 {
    VALUES.get(usize::from(byte)).copied().unwrap_or(FOREIGN)
}

/// Why a text that did not decode did not.
fn explain(text: &[u8]) -> Base45Error {
    match text.iter().position(|byte| !ALPHABET.contains(byte)) {
        Some(at) => Base45Error::Alphabet(at),
        None if text.len() % 3 == 1 => Base45Error::Length,
        None => Base45Error::Overflow,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_pair_and_every_byte_round_trips() {
        let all = (0..=u16::MAX).map(|pair| pair.to_be_bytes().to_vec());
        for bytes in all.chain((0..=u8::MAX).map(|byte| vec![byte])) {
            let mut text = String::new();
            encode(&bytes, &mut text);
            assert_eq!(decode(text.as_bytes()), Ok(bytes));
        }
    }

    #[test]
    fn the_first_foreign_character_is_named_before_any_other_fault() {
        assert_eq!(decode(b":::00a"), Err(Base45Error::Alphabet(5)));
        assert_eq!(decode(b"000a"), Err(Base45Error::Alphabet(3)));
        assert_eq!(decode(b"0000"), Err(Base45Error::Length));
    }

    proptest! {
        #[test]
        fn it_agrees_with_another_implementation(text in "[0-9A-Z $%*+./:-]{0,12}", bytes: Vec<u8>) {
            let mut encoded = String::new();
            encode(&bytes, &mut encoded);
            prop_assert_eq!(&encoded, &base45::encode(&bytes));
            if let Ok(decoded) = decode(text.as_bytes()) {
                prop_assert_eq!(base45::decode(&text).ok(), Some(decoded));
            }
        }
    }
}
