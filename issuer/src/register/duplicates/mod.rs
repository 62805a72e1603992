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

mod sketch;
#[cfg(test)]
mod tests;
mod words;

use hati_store::{Person, Reason};

pub(super) use self::sketch::Sketch;
use self::words::Words;

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
    if has_same_card(a, b) {
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

/// Why a person waits, by who of others is most alike; of several the first UPI, so that it is the same one in whatever
/// order they come.
pub(super) fn reason_to_wait(person: &Person, others: Vec<Person>) -> Option<Reason> {
    let alike = |other: Person| Some((likeness(&other, person)?, other));
    let (likeness, other) = others
        .into_iter()
        .filter_map(alike)
        .min_by_key(|(likeness, other)| (u16::MAX - likeness, other.upi.clone()))?;
    let same_card = has_same_card(person, &other);
    let of = other.upi;
    Some(if same_card { Reason::SameIdNumber { of } } else { Reason::LikelyDuplicate { of, likeness } })
}

/// Whether two records under one UPI can be of one person: a name changes by marriage, a birth date by a correction; both
/// at once are somebody else's.
pub(super) fn is_one_person(a: &Person, b: &Person) -> bool {
    a.birthdate == b.birthdate || names(a, b) >= ALIKE
}

fn has_same_card(a: &Person, b: &Person) -> bool {
    a.id_number.is_some() && a.id_number == b.id_number
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
