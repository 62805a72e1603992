//! Who is alike, and that a sketch hides nobody who is.

use hati_store::Sex;
use proptest::prelude::*;

use super::sketch::Letters;
use super::words::measure;
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
    let elsewhere = Person { county: "Mombasa".into(), locality: "Likoni".into(), ..other("Mary Wanjiku") };
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
    assert_eq!(likeness(&registered, &person("2", "P. Mwangi", "Kamau")).filter(|found| *found > 990), None);
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
    let elsewhere =
        |given| Person { county: "Mombasa".into(), locality: "Likoni".into(), ..person("2", given, "Kamau") };
    assert_eq!(likeness(&registered, &elsewhere("Mary Wanjiko")), None);
    assert_eq!(likeness(&registered, &elsewhere("Mary Wanjiku")), Some(1000));
}

#[test]
fn an_identity_card_belongs_to_one_person() {
    let with_card = |upi, given| Person { id_number: Some("31415926".into()), ..person(upi, given, "Kamau") };
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
