//! Names and towns as they are compared.

use strsim::jaro_winkler;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::SAME;

/// A name as compared: small letters, its parts in order of the alphabet, no marks on letters or between them.
/// Whoever writes Kikuyu by hand, or on a machine without its letters, leaves out the tilde of Wanjirũ.
pub(super) struct Words(Vec<Word>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    letters: String,
    /// An initial, or a part that ends in a full stop: the beginning of a word.
    cut: bool,
}

impl Words {
    pub(super) fn new(name: &str) -> Self {
        let bare: String = name.nfd().filter(|letter| !is_combining_mark(*letter)).collect();
        let small = bare.to_lowercase().replace(['\'', '’', 'ʼ', ','], "").replace('.', ". ");
        let words = small.split([' ', '-', '/', '(', ')']).filter_map(|part| {
            let letters = part.trim_end_matches('.').to_owned();
            let cut = part.ends_with('.') || letters.chars().nth(1).is_none();
            (!letters.is_empty()).then_some(Word { letters, cut })
        });
        let mut words: Vec<_> = words.collect();
        words.sort_unstable();
        Self(words)
    }

    pub(super) fn plain(&self) -> String {
        self.0.iter().map(|word| word.letters.as_str()).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn has_cut(&self) -> bool {
        self.0.iter().any(|word| word.cut)
    }

    pub(super) fn alike(&self, other: &Self) -> u16 {
        if !self.has_cut() && !other.has_cut() {
            return measure(&self.plain(), &other.plain());
        }
        measure(&self.written_out(other).plain(), &other.written_out(self).plain()).min(SAME - 1)
    }

    /// The name with each beginning of a word made the word of `other` that begins so.
    fn written_out(&self, other: &Self) -> Self {
        let (beginnings, mut words): (Vec<_>, Vec<_>) = self.0.iter().cloned().partition(|word| word.cut);
        let mut left: Vec<_> = other.0.iter().filter(|word| !words.contains(word)).cloned().collect();
        for word in beginnings {
            let place = left.iter().position(|whole| whole.letters.starts_with(&word.letters));
            words.push(place.map_or(word, |place| left.remove(place)));
        }
        for word in &mut words {
            word.cut = false;
        }
        words.sort_unstable();
        Self(words)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the measure is from 0 to 1")]
pub(super) fn measure(a: &str, b: &str) -> u16 {
    (jaro_winkler(a, b) * 1000.0).round() as u16
}
