//! A few bytes that tell most people of one day apart.

use std::hash::{DefaultHasher, Hash, Hasher};

use hati_store::{Person, Sex};

use super::words::Words;

/// What tells most people of one day apart without comparing them: who is alike by [`super::likeness`] is alike by
/// this too.
#[derive(Clone, Copy)]
pub(in crate::register) struct Sketch {
    /// The letters of given and family name.
    letters: Letters,
    /// Given and family name, in any order, as a whole.
    names: u32,
    town: Letters,
    county: u16,
    sex: Sex,
    /// Whether a name or the town is cut, so that its letters do not tell.
    cut: bool,
}

impl Sketch {
    #[expect(clippy::cast_possible_truncation, reason = "a part of a digest is a digest")]
    pub(in crate::register) fn new(person: &Person) -> Self {
        let [given, family, town, county] =
            [&person.given_name, &person.family_name, &person.locality, &person.county]
                .map(|text| Words::new(text));
        let cut = [&given, &family, &town].into_iter().any(Words::has_cut);
        let mut names = [given.plain(), family.plain()];
        names.sort_unstable();
        Self {
            letters: Letters::of(names.iter().flat_map(|name| name.chars())),
            names: (digest(&names) >> 32) as u32,
            town: Letters::of(town.plain().chars()),
            county: digest(&county.plain()) as u16,
            sex: person.sex,
            cut,
        }
    }

    pub(in crate::register) fn may_be_alike(&self, other: &Self) -> bool {
        let cut = self.cut || other.cut;
        let place = self.county == other.county || cut || self.town.may_be_alike(other.town);
        let same = self.names == other.names;
        if self.sex != other.sex {
            place && same
        } else {
            same || place && (cut || self.letters.may_be_alike(other.letters))
        }
    }
}

/// Which letters a text has, in [`CLASSES`] classes: a bit if one of the class is there, another if one is there again.
/// How many there are stands in the last byte.
#[derive(Clone, Copy)]
pub(super) struct Letters(u64);

/// Two bits each leave a byte of 64 bits; a to z are in classes of their own.
const CLASSES: u32 = 28;

impl Letters {
    pub(super) fn of(letters: impl Iterator<Item = char>) -> Self {
        let (mut bits, mut count) = (0, 0_u8);
        for letter in letters {
            let once = 1_u64 << (u32::from(letter) % CLASSES);
            bits |= if bits & once == 0 { once } else { once << CLASSES };
            count = count.saturating_add(1);
        }
        Self(bits | u64::from(count) << (2 * CLASSES))
    }

    fn count(self) -> u32 {
        (self.0 >> (2 * CLASSES)) as u32
    }

    /// Whether [`super::words::measure`] may give [`super::ALIKE`].
    ///
    /// Of texts of x and y letters with c in common, Jaro's measure is at most (c/x + c/y + 1) / 3, and Winkler's at
    /// most 0.4 more of what is missing to 1. So 0.9195 takes c/x + c/y >= 1.597, and with c <= min(x, y) the letters
    /// that are not in common, x + y - 2c, are at most 0.253 (x + y): of one text, and so of two texts in a row.
    pub(super) fn may_be_alike(self, other: Self) -> bool {
        let different = ((self.0 ^ other.0) << u8::BITS).count_ones();
        let uncounted = self.count().max(other.count()) == u32::from(u8::MAX);
        uncounted || different * 1000 <= 253 * (self.count() + other.count())
    }
}

fn digest(text: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
