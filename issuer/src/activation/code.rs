//! The code itself: ten characters that a person can read out, type and mistype.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Crockford's Base32: no I, L, O or U, which are read as others or read as words.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random characters, 45 bits: with a guess a day (see [`locked_for`](super::locked_for)), nobody comes near.
const RANDOM: usize = 9;

/// Characters of a group.
const GROUP: usize = 5;

/// The longest text that is read: the characters, and something between any two of them.
const MAX_TYPED: usize = 32;

/// An activation code. `Debug` does not show it, `Display` does.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivationCode(Zeroizing<String>);

/// The text is no activation code, whoever's it might be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no activation code: expected 10 letters and digits such as 7K2MQ-X9T4B. Check for a typing mistake"
)]
pub struct Mistyped;

impl ActivationCode {
    /// A new one.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut random = Zeroizing::new([0; RANDOM]);
        rng.fill_bytes(random.as_mut());
        // 256 is a multiple of 32, so every character is as likely.
        let values = Zeroizing::new(random.map(|byte| byte & 31));
        let characters = values.iter().copied().chain([check(values.as_ref())]).map(character);
        Self(Zeroizing::new(characters.collect()))
    }

    /// Reads what a person typed: in any case, with anything between groups, and with the letters that look like digits.
    ///
    /// # Errors
    ///
    /// [`Mistyped`], also where the last character does not belong to the others.
    pub fn parse(typed: &str) -> Result<Self, Mistyped> {
        if typed.len() > MAX_TYPED {
            return Err(Mistyped);
        }
        let values = typed.chars().filter(|it| !matches!(it, '-' | ' ' | '.' | '_')).map(value);
        let values = Zeroizing::new(values.collect::<Option<Vec<u8>>>().ok_or(Mistyped)?);
        match values.split_last() {
            Some((last, random)) if random.len() == RANDOM && check(random) == *last => {
                Ok(Self(Zeroizing::new(values.iter().copied().map(character).collect())))
            }
            _ => Err(Mistyped),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// In groups, as it is printed.
impl fmt::Display for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at_checked(GROUP).unwrap_or((&self.0, ""));
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(..)")
    }
}

/// The check character: Luhn modulo 32, which finds every single wrong character and nearly every exchange of two
/// neighbours.
fn check(values: &[u8]) -> u8 {
    let doubled = |value: u8| (2 * value) / 32 + (2 * value) % 32;
    let weighed = values.iter().rev().enumerate().map(|(n, value)| match n % 2 {
        0 => u32::from(doubled(*value)),
        _ => u32::from(*value),
    });
    let sum = weighed.sum::<u32>() % 32;
    u8::try_from((32 - sum) % 32).unwrap_or_default()
}

fn character(value: u8) -> char {
    ALPHABET.get(usize::from(value)).map_or('0', |byte| char::from(*byte))
}

fn value(typed: char) -> Option<u8> {
    let meant = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|known| char::from(*known) == meant).and_then(|place| u8::try_from(place).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn code(seed: u64) -> ActivationCode {
        ActivationCode::generate(&mut ChaCha20Rng::seed_from_u64(seed))
    }

    #[test]
    fn debug_hides_it() {
        assert_eq!(format!("{:?}", code(1)), "ActivationCode(..)");
    }

    proptest! {
        #[test]
        fn a_code_survives_how_people_write_it(seed: u64) {
            let (code, shown) = (code(seed), code(seed).to_string());
            prop_assert_eq!(shown.len(), 11);
            let written = shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            for text in [&shown, &written, &shown.replace('-', ""), &shown.replace('1', "I")] {
                prop_assert_eq!(ActivationCode::parse(text), Ok(code.clone()), "{}", text);
            }
        }

        #[test]
        fn one_wrong_character_is_found(seed: u64, place in 0_usize..10, other in 0_u8..32) {
            let right = code(seed).to_string().replace('-', "");
            let mut wrong: Vec<char> = right.chars().collect();
            prop_assume!(wrong[place] != character(other));
            wrong[place] = character(other);
            prop_assert_eq!(ActivationCode::parse(&String::from_iter(wrong)), Err(Mistyped));
        }

        #[test]
        fn hostile_texts_never_panic(text: String) {
            let _ = ActivationCode::parse(&text);
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let right = code(7).to_string();
        for text in
            ["", "-", "7", &right[1..], &format!("{right}0"), &"7".repeat(1_000), "UUUUU-UUUUU", "ééééé"]
        {
            assert_eq!(ActivationCode::parse(text), Err(Mistyped), "{text}");
        }
    }
}
