//! USSD, as an aggregator sends it.

use hati_store::{Action, Status};

use super::{ACHIENG, Answer, FAMILY_PHONE, Office, PHONE, TOKEN};

fn send(office: &Office, token: &str, phone: &str, text: &str) -> Answer {
    let fields = [("sessionId", "ATUid_1"), ("serviceCode", "*384#"), ("phoneNumber", phone), ("text", text)];
    office.post_form(&format!("/ussd/{token}"), &[], &fields)
}

fn screen(office: &Office, phone: &str, text: &str) -> String {
    let answer = send(office, TOKEN, phone, text);
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert!(answer.text().len() <= 160 && answer.text().is_ascii(), "{}", answer.text());
    answer.text().to_owned()
}

#[test]
fn an_id_is_locked_from_any_telephone_in_english() {
    let office = Office::open();
    assert_eq!(
        screen(&office, PHONE, ""),
        "CON Hati\n1. Lock my ID\n2. My request for correction\n3. Kiswahili"
    );
    let sure = screen(&office, PHONE, "1");
    assert!(
        sure.starts_with("CON Lock every ID of UPI ...0017?") && sure.contains("Only an officer"),
        "{sure}"
    );
    assert!(!sure.contains("Achieng") && !sure.contains(ACHIENG));
    assert_eq!(screen(&office, PHONE, "1*2"), "END Nothing was locked.");
    assert!(screen(&office, PHONE, "1*1").starts_with("END Your ID is locked."));
    let (_, statuses, actions) = office.look(ACHIENG);
    assert_eq!(statuses, [Status::Suspended; 2]);
    assert_eq!(actions.last(), Some(&("ussd".into(), Action::Suspended)));
}

#[test]
fn an_id_is_locked_in_swahili() {
    let office = Office::open();
    assert!(screen(&office, PHONE, "3").starts_with("CON Hati\n1. Funga"));
    assert!(screen(&office, PHONE, "3*1").contains("...0017?"));
    assert!(screen(&office, PHONE, "3*1*1").starts_with("END Kitambulisho chako kimefungwa."));
    assert_eq!(office.look(ACHIENG).1, [Status::Suspended; 2]);
}

#[test]
fn of_a_family_with_one_telephone_one_person_is_locked() {
    let office = Office::open();
    let which = screen(&office, FAMILY_PHONE, "1");
    assert!(which.starts_with("CON Several people") && !which.contains("0001"), "{which}");
    assert!(screen(&office, FAMILY_PHONE, "1*7777").starts_with("CON Not understood."));
    assert!(screen(&office, FAMILY_PHONE, "1*0002*1").starts_with("END Your ID is locked."));
    let (office, locked, _) = office.look("20480163930002");
    assert_eq!(locked, [Status::Suspended; 2]);
    assert_eq!(office.look("20480163930001").1, [Status::Valid; 2]);
}

#[test]
fn nobody_but_the_aggregator_is_heard() {
    let office = Office::open();
    for token in ["x", "aggregator-0123456780", "aggregator-01234567890", "%20", "a%2Fb"] {
        assert_eq!(send(&office, token, PHONE, "1*1").status.as_u16(), 404, "{token}");
    }
    assert_eq!(
        office.post_form("/ussd", &[], &[("phoneNumber", PHONE), ("text", "1*1")]).status.as_u16(),
        404
    );
    assert_eq!(office.look(ACHIENG).1, [Status::Valid; 2]);
}

#[test]
fn hostile_texts_lock_nobody() {
    let office = Office::open();
    for text in [
        "1*1*1".to_owned(),
        "*".repeat(180),
        "1".repeat(10_000),
        "1*".repeat(60),
        "1*\0".into(),
        "1*\u{1F600}".into(),
        "1**".into(),
        "-1".into(),
        "1*2*1".into(),
        "'; DROP TABLE people; --".into(),
    ] {
        screen(&office, PHONE, &text);
    }
    for phone in ["", "0712345678", "+254 712 345 678", "nobody", "+2547123456789012345"] {
        assert_eq!(send(&office, TOKEN, phone, "1*1").status.as_u16(), 400, "{phone}");
    }
    assert!(screen(&office, "+254799999999", "1").starts_with("END This number is nobody's"));
    assert_eq!(office.look(ACHIENG).1, [Status::Valid; 2]);
}

#[test]
fn a_number_that_asks_too_often_waits() {
    let office = Office::open();
    let last = (0..40).map(|_| screen(&office, PHONE, "")).last().unwrap();
    assert!(last.starts_with("END Too many requests"), "{last}");
    assert!(screen(&office, PHONE, "1*1").starts_with("END Too many requests"));
    assert!(screen(&office, FAMILY_PHONE, "").starts_with("CON "));
    assert_eq!(office.look(ACHIENG).1, [Status::Valid; 2]);
}
