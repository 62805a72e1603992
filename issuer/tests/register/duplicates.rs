//! Duplicates are found wherever their rows stand, and two people who are alike are not one.

use hati_issuer::register::Outcome;
use hati_store::{MemoryStore, Register};

use crate::{ACHIENG, import_rows};

/// A row for each number, all of one day, with names that are not alike.
fn people(count: usize) -> Vec<String> {
    let syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"];
    let name = |n: usize| {
        let part = |place: u32| syllables[n / 10_usize.pow(place) % 10];
        [part(0), part(1), part(2), part(3), part(0), part(2)].concat()
    };
    let row = |n: usize| {
        let (upi, county) = (format!("{:014}", 10_000_000_000_000 + n), ["Nyeri", "Kisumu", "Kwale"][n % 3]);
        let (given, family) = (name(n), name(9999 - n));
        format!("{upi},,{given},{family},1997-01-01,female,KE,{county},{},KE,,\n", name(n * 7 % 9999))
    };
    (0..count).map(row).collect()
}

#[test]
fn a_duplicate_is_found_in_the_chunk_in_another_and_in_the_register() {
    let twice = ACHIENG.replace("20480163920017,31415926", "70480163920011,").replace("Odhiambo", "Odiambo");
    let others = people(1500);
    let (few, all): (Vec<_>, Vec<_>) =
        (others[..10].iter().map(String::as_str).collect(), others.iter().map(String::as_str).collect());
    for between in [&few, &all] {
        let rows = [&[ACHIENG][..], between, &[&twice]].concat();
        let store = MemoryStore::default();
        let (counts, outcomes) = import_rows(&store, &rows);
        let (_, row) = store
            .quarantine(None, 10_000)
            .unwrap()
            .into_iter()
            .find(|(_, row)| row.person.upi == "70480163920011")
            .unwrap();
        let text = format!("{:?}", row.reason);
        assert!(text.contains("20480163920017") && text.contains("likeness: 9"), "{text}");
        let last = outcomes.last().unwrap();
        assert!(matches!(last, Outcome::Quarantined { line, .. } if *line == counts.read + 1), "{last:?}");
        let said = last.to_string();
        assert!(
            said.contains("looks like the person registered as 20480163920017")
                && said.contains("of 1000 alike"),
            "{said}"
        );

        // The same rows by two imports.
        let store = MemoryStore::default();
        let (first, _) = import_rows(&store, &rows[..rows.len() - 1]);
        let (second, _) = import_rows(&store, &[&twice]);
        assert_eq!((first.added, first.quarantined + second.quarantined), (counts.added, counts.quarantined));
    }
}

#[test]
fn the_most_alike_is_named() {
    let near = ACHIENG.replace("20480163920017,31415926", "20480163920001,").replace("Grace", "Grase");
    let same = ACHIENG
        .replace("20480163920017,31415926", "20480163920002,")
        .replace("Kisumu", "Kwale")
        .replace("Ahero", "Lungalunga");
    let store = MemoryStore::default();
    // Admitted before the two could be compared with the third.
    assert_eq!(import_rows(&store, &[&near, &same]).0.added, 2);
    let (_, outcomes) = import_rows(&store, &[ACHIENG]);
    assert!(outcomes[0].to_string().contains("registered as 20480163920002 (1000 of 1000"), "{outcomes:?}");
}
