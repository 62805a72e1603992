//! Who looks like the same person: two UPIs, one human being.
//!
//! An identity card belongs to one person, so a number that is taken is enough. Otherwise only people born on the same day
//! are compared, by names, sex and place. Two people of one sex and one place are alike if their names nearly are; where
//! either the sex or the place differs, only the same names count, and where both do, nothing does:
//!
//! | sex | place | names alike from |
//! |---|---|---|
//! | same | same | 920 of 1000 |
//! | same | other | 1000 |
//! | other | same | 1000: a sex that was mistyped; twins have names of their own |
//! | other | other | never |
//!
//! The place is the same if the county is, or if the towns are alike from 920. Names and towns are compared by Jaro and
//! Winkler's measure, without capitals, marks, punctuation and the order of their parts, and given and family names may have
//! been exchanged. Given and family names are compared each for itself and the weaker counts, because twins share a day, a
//! place and a family name. An initial stands for any name that begins with it, but never makes two names the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use hati_store::{Person, Sex};
use strsim::jaro_winkler;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How alike names or towns are, in thousandths, that may be the same with something mistyped. One wrong letter in seven
/// leaves 950 or more; twins' names such as Opiyo and Odongo stay under 800.
const ALIKE: u16 = 920;

/// The same names.
const SAME: u16 = 1000;

/// How alike two people of different UPIs are, in thousandths, if one of them should not be admitted before
/// an officer has looked.
#[must_use]
pub fn likeness(a: &Person, b: &Person) -> Option<u16> {
    if a.upi == b.upi {
        return None;
    }
    if a.id_number.is_some() && a.id_number == b.id_number {
        return Some(SAME);
    }
    if a.birthdate != b.birthdate {
        return None;
    }
    let wanted = match (a.sex == b.sex, same_place(a, b)) {
        (true, true) => ALIKE,
        (true, false) | (false, true) => SAME,
        (false, false) => return None,
    };
    Some(names(a, b)).filter(|likeness| *likeness >= wanted)
}

fn same_place(a: &Person, b: &Person) -> bool {
    Words::new(&a.county).plain() == Words::new(&b.county).plain()
        || Words::new(&a.locality).alike(&Words::new(&b.locality)) >= ALIKE
}

/// The weaker of given and family names, straight or with the two exchanged.
fn names(a: &Person, b: &Person) -> u16 {
    let [a_given, a_family, b_given, b_family] =
        [&a.given_name, &a.family_name, &b.given_name, &b.family_name].map(|name| Words::new(name));
    let straight = a_given.alike(&b_given).min(a_family.alike(&b_family));
    let exchanged = a_given.alike(&b_family).min(a_family.alike(&b_given));
    straight.max(exchanged)
}

/// A name as compared: small letters, its parts in order of the alphabet, no marks on letters or between them.
/// Whoever writes Kikuyu by hand, or on a machine without its letters, leaves out the tilde of Wanjirũ.
struct Words(Vec<Word>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    letters: String,
    /// An initial, or a part that ends in a full stop: the beginning of a word.
    cut: bool,
}

impl Words {
    fn new(name: &str) -> Self {
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

    fn plain(&self) -> String {
        self.0.iter().map(|word| word.letters.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn has_cut(&self) -> bool {
        self.0.iter().any(|word| word.cut)
    }

    fn alike(&self, other: &Self) -> u16 {
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
fn measure(a: &str, b: &str) -> u16 {
    (jaro_winkler(a, b) * 1000.0).round() as u16
}

/// What tells most people of one day apart without comparing them: who is alike by [`likeness`] is alike by
/// this too.
#[derive(Clone, Copy)]
pub(super) struct Sketch {
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
    pub(super) fn new(person: &Person) -> Self {
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

    pub(super) fn may_be_alike(&self, other: &Self) -> bool {
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
struct Letters(u64);

/// Two bits each leave a byte of 64 bits; a to z are in classes of their own.
const CLASSES: u32 = 28;

impl Letters {
    fn of(letters: impl Iterator<Item = char>) -> Self {
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

    /// Whether [`measure`] may give [`ALIKE`].
    ///
    /// Of texts of x and y letters with c in common, Jaro's measure is at most (c/x + c/y + 1) / 3, and Winkler's at
    /// most 0.4 more of what is missing to 1. So 0.9195 takes c/x + c/y >= 1.597, and with c <= min(x, y) the letters
    /// that are not in common, x + y - 2c, are at most 0.253 (x + y): of one text, and so of two texts in a row.
    fn may_be_alike(self, other: Self) -> bool {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_person_is_found() {
        let registered = person("1", "Mary Wanjiku", "Kamau");
        for (given, family) in [
            ("Mary Wanjiku", "Kamau"),
            ("MARY WANJIKU", "kamau"),
            ("Wanjiku Mary", "Kamau"),
            ("Mary Wanjiku", "Kamao"),
            ("Mary Wanjiko", "Kamau"),
            ("Kamau", "Mary-Wanjiku"),
        ] {
            assert!(likeness(&registered, &person("2", given, family)).is_some(), "{given} {family}");
        }
    }

    #[test]
    fn twins_are_two_people() {
        let twins = [
            ("Opiyo", "Odongo", "Otieno"),
            ("Hassan", "Hussein", "Mohamed Abdi"),
            ("Mary Wanjiru", "Martha Wangari", "Kamau"),
            ("Faith Chebet", "Joy Chepkemoi", "Koech"),
        ];
        for (first, second, family) in twins {
            let found = likeness(&person("1", first, family), &person("2", second, family));
            assert_eq!(found, None, "{first}, {second} {family}");
        }
    }

    #[test]
    fn another_day_is_another_person() {
        let registered = person("1", "Mary Wanjiku", "Kamau");
        let other_day = Person { birthdate: 9_863, ..person("2", "Mary Wanjiku", "Kamau") };
        assert_eq!(likeness(&registered, &other_day), None);
        assert_eq!(likeness(&registered, &registered), None);
    }

    #[test]
    fn of_another_sex_only_the_same_names_at_the_same_place_count() {
        let registered = person("1", "Mary Wanjiku", "Kamau");
        let other = |given| Person { sex: Sex::Male, ..person("2", given, "Kamau") };
        let elsewhere =
            Person { county: "Mombasa".into(), locality: "Likoni".into(), ..other("Mary Wanjiku") };
        assert_eq!(likeness(&registered, &other("Mary Wanjiku")), Some(1000));
        assert_eq!(likeness(&registered, &other("Mary Wanjiko")), None);
        assert_eq!(likeness(&registered, &elsewhere), None);
    }

    #[test]
    fn a_town_that_is_written_otherwise_is_the_same_place() {
        let registered = person("1", "Mary Wanjiku", "Kamau");
        let from = |county: &str, town: &str| Person {
            county: county.into(),
            locality: town.into(),
            ..person("2", "Mary Wanjiko", "Kamau")
        };
        for (county, town) in
            [("Nyeri", "Karatina"), ("Laikipia", "Othaya"), ("Laikipia", "Othayya"), ("Laikipia", "OTHAIA")]
        {
            assert!(likeness(&registered, &from(county, town)).is_some(), "{county}, {town}");
        }
        assert_eq!(likeness(&registered, &from("Laikipia", "Nanyuki")), None);
    }

    #[test]
    fn an_initial_stands_for_a_name_and_is_never_the_same() {
        let registered = person("1", "John Mwangi", "Kamau");
        for (given, family) in [
            ("J. Mwangi", "Kamau"),
            ("J M", "Kamau"),
            ("M. J.", "Kamau"),
            ("J.M.", "Kamau"),
            ("John", "K."),
            ("Jo. Mwangi", "Kamau"),
        ] {
            let found = likeness(&registered, &person("2", given, family));
            // One of two names that is missing is another name.
            let expected = (given != "John").then_some(999);
            assert_eq!(found, expected, "{given} {family}");
        }
        assert_eq!(
            likeness(&registered, &person("2", "P. Mwangi", "Kamau")).filter(|found| *found > 990),
            None
        );
        assert_eq!(likeness(&registered, &person("2", "P.", "Kamau")), None);
        assert!(likeness(&registered, &person("2", "Jhon Mwangi", "Kamau")).is_some());
    }

    fn texts() -> impl Strategy<Value = (String, String)> {
        let name = "[A-Ma-m]{1,2}[a-z]{0,8}( [A-Z][a-zũ.]{0,8}){0,2}";
        // The second is the first with a few letters changed, or the other way round, or cut.
        (name, 0..6_u8, 0..30_usize, "[a-z]").prop_map(|(name, how, place, letter)| {
            let mut letters: Vec<char> = name.chars().collect();
            let place = place % letters.len();
            match how {
                0 => letters[place] = letter.chars().next().unwrap(),
                1 => {
                    letters.remove(place);
                }
                2 => letters.insert(place, letter.chars().next().unwrap()),
                3 => letters.reverse(),
                4 => letters.truncate(place.max(1)),
                _ => {}
            }
            (name, letters.into_iter().collect())
        })
    }

    proptest! {
        #[test]
        fn a_sketch_hides_nobody_who_is_alike(
            given in texts(), family in texts(), town in texts(), county in texts(), exchanged: bool, sex: bool,
        ) {
            let a = Person { locality: town.0, county: county.0, ..person("1", &given.0, &family.0) };
            let (first, second) = if exchanged { (&family.1, &given.1) } else { (&given.1, &family.1) };
            let sex = if sex { Sex::Female } else { Sex::Male };
            let b = Person { locality: town.1, county: county.1, sex, ..person("2", first, second) };
            if likeness(&a, &b).is_some() {
                prop_assert!(Sketch::new(&a).may_be_alike(&Sketch::new(&b)));
            }
        }

        #[test]
        fn letters_hide_nothing_that_measures_alike(a in "[a-e ]{0,12}", b in "[a-e ]{0,12}") {
            if measure(&a, &b) >= ALIKE {
                prop_assert!(Letters::of(a.chars()).may_be_alike(Letters::of(b.chars())));
            }
        }
    }

    #[test]
    fn a_sketch_tells_most_people_apart() {
        let names = ["Grace Achieng", "John Mwangi", "Faith Chebet", "Hassan Ali", "Peter Mutua"];
        let sketches: Vec<_> = names.iter().map(|name| Sketch::new(&person("1", name, "Kamau"))).collect();
        for (place, sketch) in sketches.iter().enumerate() {
            let near = sketches.iter().filter(|other| sketch.may_be_alike(other)).count();
            assert_eq!(near, 1, "{}", names[place]);
        }
        assert!(size_of::<Sketch>() <= 24);
    }

    #[test]
    fn elsewhere_only_the_same_names_count() {
        let registered = person("1", "Mary Wanjiku", "Kamau");
        let elsewhere = |given| Person {
            county: "Mombasa".into(),
            locality: "Likoni".into(),
            ..person("2", given, "Kamau")
        };
        assert_eq!(likeness(&registered, &elsewhere("Mary Wanjiko")), None);
        assert_eq!(likeness(&registered, &elsewhere("Mary Wanjiku")), Some(1000));
    }

    #[test]
    fn an_identity_card_belongs_to_one_person() {
        let with_card =
            |upi, given| Person { id_number: Some("31415926".into()), ..person(upi, given, "Kamau") };
        assert_eq!(likeness(&with_card("1", "Mary"), &with_card("2", "Esther")), Some(1000));
        let other_day = Person { birthdate: 1, sex: Sex::Male, ..with_card("2", "John") };
        assert_eq!(likeness(&with_card("1", "Mary"), &other_day), Some(1000));
    }

    #[test]
    fn marks_on_letters_make_no_other_name() {
        for (marked, bare) in [
            (("Mũthoni", "Wanjirũ"), ("Muthoni", "Wanjiru")),
            (("Kén", "Kamaú"), ("Ken", "Kamau")),
            (("Mu\u{303}thoni", "Wanjirũ"), ("MŨTHONI", "Wanjiru")),
        ] {
            let found = likeness(&person("1", marked.0, marked.1), &person("2", bare.0, bare.1));
            assert_eq!(found, Some(1000), "{marked:?}");
        }
    }

    fn person(upi: &str, given_name: &str, family_name: &str) -> Person {
        Person {
            upi: upi.into(),
            id_number: None,
            given_name: given_name.into(),
            family_name: family_name.into(),
            birthdate: 9_862,
            sex: Sex::Female,
            nationalities: vec!["KE".into()],
            county: "Nyeri".into(),
            locality: "Othaya".into(),
            country: "KE".into(),
            phone: None,
            portrait: None,
        }
    }
}
