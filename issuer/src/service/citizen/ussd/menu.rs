//! Which screen comes after which answers.

use super::words::{Screen, Words};
use crate::service::language::Language;

/// Answers of one session: more than the longest way through the menus with a few mistakes.
const MAX_ANSWERS: usize = 16;

/// The longest text: what USSD carries in one message.
const MAX_TEXT: usize = 182;

/// With fewer digits nobody is told from others.
const MIN_DIGITS: usize = 4;

/// What a session's answers ask for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another screen.
    Show(Screen),
    /// Locking this person's credentials.
    Lock(String),
    /// How far this person's last request for a correction is.
    Correction(String),
}

#[derive(Clone, Copy)]
enum Wish {
    Lock,
    Correction,
}

enum Place {
    Menu,
    /// Several people have this number.
    Which(Wish),
    /// Whether this person's credentials shall be locked.
    Sure(String),
    End(Next),
}

/// Walks from the first screen along the answers. `people` have the number.
pub(super) fn walk(text: &str, people: &[String]) -> (Words, Next) {
    let mut words = Words(Language::En);
    let answers: Vec<&str> =
        if text.is_empty() { Vec::new() } else { text.split('*').map(str::trim).collect() };
    if text.len() > MAX_TEXT || answers.len() > MAX_ANSWERS {
        return (words, Next::Show(words.not_understood()));
    }
    let (mut place, mut is_understood) = (Place::Menu, true);
    for answer in answers {
        (place, is_understood) = match (place, answer) {
            (Place::Menu, "1") => (wish(Wish::Lock, people, words), true),
            (Place::Menu, "2") => (wish(Wish::Correction, people, words), true),
            (Place::Menu, "3") => {
                words = Words(words.0.other());
                (Place::Menu, true)
            }
            (Place::Which(wished), digits) => match only(people, digits) {
                Some(upi) => (of(wished, upi), true),
                None => (Place::Which(wished), false),
            },
            (Place::Sure(upi), "1") => (Place::End(Next::Lock(upi)), true),
            (Place::Sure(_), "2") => (Place::End(Next::Show(words.not_locked())), true),
            // A session is over after its last screen: what comes behind it asks for nothing again.
            (Place::End(_), _) => (Place::End(Next::Show(words.not_understood())), true),
            (place, _) => (place, false),
        };
    }
    let next = match place {
        Place::Menu => Next::Show(words.menu(is_understood)),
        Place::Which(_) => Next::Show(words.which(is_understood)),
        Place::Sure(upi) => Next::Show(words.sure(ending(&upi), is_understood)),
        Place::End(next) => next,
    };
    (words, next)
}

fn wish(wished: Wish, people: &[String], words: Words) -> Place {
    match people {
        [] => Place::End(Next::Show(words.unknown_number())),
        [upi] => of(wished, upi),
        _ => Place::Which(wished),
    }
}

fn of(wished: Wish, upi: &str) -> Place {
    match wished {
        Wish::Lock => Place::Sure(upi.to_owned()),
        Wish::Correction => Place::End(Next::Correction(upi.to_owned())),
    }
}

/// The one person whose UPI ends so.
fn only<'p>(people: &'p [String], digits: &str) -> Option<&'p str> {
    if digits.len() < MIN_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut found = people.iter().filter(|upi| upi.ends_with(digits));
    found.next().filter(|_| found.next().is_none()).map(String::as_str)
}

fn ending(upi: &str) -> &str {
    upi.get(upi.len().saturating_sub(MIN_DIGITS)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: &[&str] = &["20480163920017"];
    const FAMILY: &[&str] = &["20480163920017", "20480163920018", "20480163930018"];

    fn after(text: &str, people: &[&str]) -> Next {
        walk(text, &people.iter().map(|&upi| upi.to_owned()).collect::<Vec<_>>()).1
    }

    fn shown(text: &str, people: &[&str]) -> String {
        match after(text, people) {
            Next::Show(screen) => screen.to_string(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn one_person_is_asked_once_and_locked() {
        assert!(shown("", ONE).starts_with("CON "));
        assert!(shown("1", ONE).contains("0017"));
        assert_eq!(after("1*1", ONE), Next::Lock(ONE[0].into()));
        assert_eq!(after("1*7*1", ONE), Next::Lock(ONE[0].into()));
        assert_eq!(after("2", ONE), Next::Correction(ONE[0].into()));
        assert!(shown("1*2", ONE).starts_with("END "));
        assert!(shown("1*1*1", ONE).starts_with("END "), "a session's end locks once");
    }

    #[test]
    fn of_several_people_one_is_chosen_by_the_end_of_the_upi() {
        assert_eq!(after("1*0017*1", FAMILY), Next::Lock(FAMILY[0].into()));
        assert_eq!(after("2*920018", FAMILY), Next::Correction(FAMILY[1].into()));
        // Two end so, nobody does, too few digits, and no digits: asked again.
        for text in ["1*0018", "1*9999", "1*017", "1*", "1*001x"] {
            assert!(shown(text, FAMILY).starts_with("CON "), "{text}");
        }
        assert_eq!(after("1*0018*930018*1", FAMILY), Next::Lock(FAMILY[2].into()));
        assert!(!FAMILY.iter().any(|upi| shown("1", FAMILY).contains(&upi[10..])), "none is given away");
    }

    #[test]
    fn a_number_nobody_has_locks_nothing() {
        for text in ["1", "2", "1*1", "1*0017*1"] {
            assert!(shown(text, &[]).starts_with("END "), "{text}");
        }
    }

    #[test]
    fn the_language_can_be_changed_back_and_forth() {
        assert!(shown("3", ONE).contains("Funga"));
        assert!(shown("3*1", ONE).contains("Funga"));
        assert_eq!(shown("3*3", ONE), shown("", ONE));
        assert_eq!(after("3*1*1", ONE), Next::Lock(ONE[0].into()));
    }

    #[test]
    fn long_texts_are_not_walked() {
        assert!(shown(&"3*".repeat(90), ONE).starts_with("END "));
        assert!(shown(&"1".repeat(MAX_TEXT + 1), ONE).starts_with("END "));
    }

    proptest! {
        #[test]
        fn no_text_panics_or_makes_a_long_screen(text in "[0-9*]{0,40}|.{0,60}", people in 0_usize..4) {
            let people: Vec<String> = FAMILY.iter().take(people).map(|&upi| upi.to_owned()).collect();
            if let (_, Next::Show(screen)) = walk(&text, &people) {
                prop_assert!(screen.to_string().len() <= 160, "{}", screen);
            }
        }

        #[test]
        fn nobody_is_locked_without_a_yes(text in "[123*0789]{0,12}") {
            if let Next::Lock(_) = after(&text, FAMILY) {
                let answers: Vec<&str> = text.split('*').collect();
                prop_assert!(answers.len() >= 3 && answers.last() == Some(&"1"));
            }
        }
    }
}
