//! People are found by any of their names, in any order, by their beginnings, in any case and without marks.
//!
//! A person is indexed under *keys*: texts of all their names, each beginning with another two of them. Whatever two names
//! are asked for, one of the keys begins with both, in one order or the other; so a search reads keys that fit and few
//! others, however common each of the names is. Three names need three keys.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::{Person, StoreError};

/// Names of one person that are indexed. Who has more is found by these.
const MOST_NAMES: usize = 8;

/// Keys of one person that begin with the same name.
pub(crate) const MOST_ALIKE: i64 = MOST_NAMES as i64 / 2;

/// Letters of a name that count.
const MOST_LETTERS: usize = 32;

/// The names of a text, as they are compared: Kikuyu is often written without the tilde of Wanjirũ, and Ng'ang'a without
/// what stands between its letters.
fn names(text: &str) -> Vec<String> {
    let bare: String = text.nfkd().filter(|letter| !is_combining_mark(*letter)).collect();
    let small = bare.to_lowercase().replace(['\'', '’', 'ʼ', '`'], "");
    let parts = small.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(|part| part.chars().take(MOST_LETTERS).collect()).collect()
}

/// What a person is indexed under.
pub(crate) fn keys(person: &Person) -> Vec<String> {
    keys_of(&person.family_name, &person.given_name)
}

/// What somebody of these names is indexed under.
pub(crate) fn keys_of(family_name: &str, given_name: &str) -> Vec<String> {
    let mut all = names(&format!("{family_name} {given_name}"));
    let mut seen = HashSet::new();
    all.retain(|name| seen.insert(name.clone()));
    all.truncate(MOST_NAMES);
    all.sort_unstable();
    if all.len() < 2 {
        return all;
    }
    let mut keys = Vec::new();
    // In a circle each meets the one half of the others, which meets it in the other half.
    for (place, first) in all.iter().enumerate() {
        let others = all.iter().cycle().skip(place + 1).take(all.len() - 1);
        for second in others.clone().take(all.len() / 2) {
            let rest = others.clone().filter(|name| *name != second);
            let key: Vec<_> = [first, second].into_iter().chain(rest).map(String::as_str).collect();
            keys.push(key.join(" "));
        }
    }
    keys
}

/// What is asked for: beginnings of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted(Vec<String>);

impl Wanted {
    /// The longest first, as few have it; nothing where no letter is in the text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut all = names(text);
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        let mut wanted: Vec<String> = Vec::new();
        for name in all {
            // The beginning of another one asks for nothing more.
            if !wanted.iter().any(|longer| longer.starts_with(&name)) {
                wanted.push(name);
            }
        }
        wanted.truncate(MOST_NAMES);
        (!wanted.is_empty()).then_some(Self(wanted))
    }

    /// How a key may begin: its first name, and its second one where two are asked for.
    pub(crate) fn starts(&self) -> Vec<(&str, Option<&str>)> {
        match self.0.as_slice() {
            [first, second, ..] => vec![(first, Some(second)), (second, Some(first))],
            [only] => vec![(only, None)],
            [] => Vec::new(),
        }
    }

    /// What else is asked for.
    pub(crate) fn rest(&self) -> &[String] {
        self.0.get(2..).unwrap_or_default()
    }

    /// Whether a key that begins so has all the rest.
    fn is_in(&self, key: &str) -> bool {
        self.rest().iter().all(|wanted| key.split(' ').any(|name| name.starts_with(wanted.as_str())))
    }

    /// The UPIs behind keys that fit, at most `limit`. `from` gives keys from a text on, each with its UPI, in order.
    pub(crate) fn find<I>(&self, limit: usize, from: impl Fn(&str) -> I) -> Result<Vec<String>, StoreError>
    where
        I: Iterator<Item = Result<(String, String), StoreError>>,
    {
        let mut found = Found { wanted: self, limit, seen: HashSet::new(), upis: Vec::new() };
        for (first, second) in self.starts() {
            let Some(second) = second else {
                found.take(from(first), first)?;
                continue;
            };
            // From one first name to the next, without the keys between.
            let mut at = first.to_owned();
            while let Some((key, _)) = from(&at).next().transpose()?.filter(|(key, _)| key.starts_with(first))
            {
                let name = key.split(' ').next().unwrap_or_default();
                let start = format!("{name} {second}");
                found.take(from(&start), &start)?;
                if found.is_full() {
                    break;
                }
                // No letter comes before the exclamation mark, and the space alone before it.
                at = format!("{name}!");
            }
        }
        Ok(found.upis)
    }
}

/// What was found so far.
struct Found<'w> {
    wanted: &'w Wanted,
    limit: usize,
    seen: HashSet<String>,
    upis: Vec<String>,
}

impl Found<'_> {
    fn is_full(&self) -> bool {
        self.upis.len() >= self.limit
    }

    fn take(
        &mut self,
        keys: impl Iterator<Item = Result<(String, String), StoreError>>,
        start: &str,
    ) -> Result<(), StoreError> {
        for entry in keys {
            let (key, upi) = entry?;
            if self.is_full() || !key.starts_with(start) {
                break;
            }
            if self.wanted.is_in(&key) && self.seen.insert(upi.clone()) {
                self.upis.push(upi);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_names_have_three_keys() {
        assert_eq!(
            keys_of("Wanjir\u{169} MARY Njeri", ""),
            ["mary njeri wanjiru", "njeri wanjiru mary", "wanjiru mary njeri"]
        );
        assert_eq!(keys_of("Ng\u{2019}ang'a", ""), ["nganga"]);
        assert_eq!(keys_of("Al-Amin al amin", ""), ["al amin", "amin al"]);
        assert!(keys_of(" - ", "").is_empty());
        assert_eq!(keys_of("a b c d e f g h i j k", "").len(), 32);
        assert!(keys_of(&"\u{1f600}\u{dc}".repeat(500), "").iter().all(|key| key.len() <= 8 * 33 * 4));
    }

    #[test]
    fn a_beginning_of_another_asks_for_nothing_more() {
        let wanted = |text: &str| Wanted::parse(text).map(|it| it.0);
        assert_eq!(wanted("mary Ma MARY wanjiru"), Some(vec!["wanjiru".into(), "mary".into()]));
        assert_eq!(wanted(" %_ "), None);
    }

    proptest! {
        /// Whatever a person's names are, any two of their beginnings, in any order, find them and nobody else.
        #[test]
        fn any_beginnings_in_any_order_find(
            names in proptest::collection::vec("[a-c]{1,3}", 1..7),
            asked in proptest::collection::vec(("[a-c]{1,3}", 0..3_usize), 1..4),
        ) {
            let keys = keys_of(&names.join(" "), "");
            let text: Vec<_> = asked.iter().map(|(name, cut)| &name[..name.len().min(cut + 1)]).collect();
            let wanted = Wanted::parse(&text.join(" ")).unwrap();
            let mut index: Vec<_> = keys.into_iter().map(|key| (key, "1".to_owned())).collect();
            index.sort();
            let from = |start: &str| {
                let start = start.to_owned();
                index.clone().into_iter().filter(move |(key, _)| *key >= start).map(Ok)
            };
            let found = !wanted.find(9, from).unwrap().is_empty();
            // Each name asked for has to be the beginning of another of the person's names.
            prop_assert_eq!(found, fits(&wanted.0, &names));
        }
    }

    fn begins<'n>(wanted: &'n str, names: &'n [String]) -> impl Iterator<Item = &'n String> {
        names.iter().filter(move |name| name.starts_with(wanted))
    }

    /// By trying: two of them have to be the beginnings of two names, and the rest of any.
    fn fits(wanted: &[String], names: &[String]) -> bool {
        match wanted {
            [] => false,
            [only] => begins(only, names).next().is_some(),
            [first, second, rest @ ..] => {
                let two = begins(first, names).any(|one| begins(second, names).any(|other| one != other));
                two && rest.iter().all(|wanted| begins(wanted, names).next().is_some())
            }
        }
    }
}
