//! Who looks like the same person: two UPIs, one human being.
//!
//! An identity card belongs to one person, so a number that is taken is enough. Names are compared only of
//! people born on the same day, which keeps an import nearly linear in its rows. Twins
//! share a day, a place and a family name, and differ in their given names; so given and family names are
//! compared each for itself.

use hati_store::Person;
use strsim::jaro_winkler;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How alike each name must be, in thousandths of Jaro-Winkler's measure, where the place is the same. One
/// wrong letter in seven leaves 950 or more; twins' names such as Opiyo and Odongo stay under 800.
const ALIKE: u16 = 920;

/// Elsewhere in the country two people may well share a birth date and one name: only the same names count.
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
    let wanted = if same_place(a, b) { ALIKE } else { SAME };
    (a.sex == b.sex).then(|| names(a, b)).filter(|likeness| *likeness >= wanted)
}

fn same_place(a: &Person, b: &Person) -> bool {
    a.county == b.county || plain(&a.locality) == plain(&b.locality)
}

/// The weaker of given and family names, straight or with the two swapped.
fn names(a: &Person, b: &Person) -> u16 {
    let [a_given, a_family, b_given, b_family] =
        [&a.given_name, &a.family_name, &b.given_name, &b.family_name].map(|name| plain(name));
    let straight = alike(&a_given, &b_given).min(alike(&a_family, &b_family));
    let swapped = alike(&a_given, &b_family).min(alike(&a_family, &b_given));
    straight.max(swapped)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the measure is from 0 to 1")]
fn alike(a: &str, b: &str) -> u16 {
    (jaro_winkler(a, b) * 1000.0).round() as u16
}

/// A name as compared: small letters, its parts in order of the alphabet, no marks on letters or between them.
/// Whoever writes Kikuyu by hand, or on a machine without its letters, leaves out the tilde of Wanjirũ.
fn plain(name: &str) -> String {
    let bare: String = name.nfd().filter(|letter| !is_combining_mark(*letter)).collect();
    let letters = bare.to_lowercase().replace(['\'', '’', 'ʼ', '.', ','], "");
    let mut parts: Vec<_> =
        letters.split([' ', '-', '/', '(', ')']).filter(|part| !part.is_empty()).collect();
    parts.sort_unstable();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use hati_store::Sex;

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
    fn another_sex_or_day_is_another_person() {
        let registered = person("1", "Mary Wanjiku", "Kamau");
        let other_day = Person { birthdate: 9_863, ..person("2", "Mary Wanjiku", "Kamau") };
        let other_sex = Person { sex: Sex::Male, ..person("2", "Mary Wanjiku", "Kamau") };
        assert_eq!(likeness(&registered, &other_day), None);
        assert_eq!(likeness(&registered, &other_sex), None);
        assert_eq!(likeness(&registered, &registered), None);
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
