//! Rows that wait, and what an officer decides.

use hati_store::{Person, Reason, Role, Sex};
use serde_json::{Value, json};

use super::{ACHIENG, Desk, Session, TWIN, achieng, married, row};

pub(super) fn id_of(desk: &Desk, session: &Session, upi: &str) -> String {
    let rows = desk.get("/quarantine", session).ok();
    let rows = rows["rows"].as_array().unwrap();
    rows.iter().find(|it| it["upi"] == upi).unwrap()["id"].as_str().unwrap().to_owned()
}

pub(super) fn decide(desk: &Desk, session: &Session, id: &str, decision: &str) -> super::Reply {
    desk.post(&format!("/quarantine/{id}"), session, &json!({ "decision": decision, "reason": "file 7" }))
}

#[test]
fn rows_are_listed_page_by_page_and_shown_beside_the_record() {
    let desk = Desk::new();
    desk.quarantine(married());
    let session = desk.sign_in(Role::Registering);
    let first = desk.get("/quarantine?count=1", &session).ok();
    let id = first["rows"][0]["id"].as_str().unwrap();
    let second = desk.get(&format!("/quarantine?count=1&after={id}"), &session).ok();
    let last = second["rows"][0]["id"].as_str().unwrap();
    assert_ne!(id, last);
    assert_eq!(desk.get(&format!("/quarantine?after={last}"), &session).ok()["rows"], json!([]));
    for id in [id, last] {
        let shown = desk.get(&format!("/quarantine/{id}"), &session).ok();
        assert_eq!(shown["record"]["upi"], ACHIENG);
        assert_eq!(shown["row"]["upi"], shown["upi"]);
    }
    for id in ["x", &"A".repeat(43)] {
        desk.get(&format!("/quarantine/{id}"), &session).problem(404, "nothing_to_decide");
    }
}

#[test]
fn another_person_is_admitted() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let id = id_of(&desk, &session, TWIN);
    decide(&desk, &session, &id, "replace").problem(409, "decision_unfit");
    decide(&desk, &session, &id, "admit").ok();
    assert_eq!(desk.get(&format!("/people/{TWIN}"), &session).ok()["record"]["given_name"], "Grace Achieng");
    decide(&desk, &session, &id, "admit").problem(404, "nothing_to_decide");
    let actions = desk.actions(&desk.sign_in(Role::Auditing));
    let resolved = actions.iter().find(|it| it.1 == "quarantine_resolved").unwrap();
    let shown = desk.get(&format!("/people/{TWIN}/decisions"), &session).ok();
    let decision = &shown["decisions"][0];
    assert_eq!(resolved.2, format!("{TWIN}, admit, decision {}", decision["id"].as_str().unwrap()));
    assert_eq!(
        (&decision["row"], &decision["decision"], &decision["reason"], &decision["officer"]),
        (&json!(id), &json!("admit"), &json!("file 7"), &json!("registering"))
    );
}

/// Whatever an officer writes about people is with the register, for officers with the role; the audit is never altered.
#[test]
fn nothing_that_a_decision_says_is_in_the_audit() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let id = id_of(&desk, &session, TWIN);
    let reason = "1 Jan 1997 woman from Ahero, Kisumu: twin of Grace, card 31415926";
    let body = json!({ "decision": "dismiss", "reason": reason });
    let decided = desk.post(&format!("/quarantine/{id}"), &session, &body).ok();
    let shown = desk.get(&format!("/people/{TWIN}/decisions"), &session).ok();
    assert_eq!(
        (&shown["decisions"][0]["reason"], &shown["decisions"][0]["id"]),
        (&json!(reason), &decided["decision_id"])
    );
    let answer = ask_for_a_correction(&desk, &session, reason);
    desk.post(&format!("/corrections/{answer}"), &session, &json!({ "granted": false, "reason": reason }))
        .ok();
    for (_, _, subject) in desk.actions(&desk.sign_in(Role::Auditing)) {
        for word in ["Jan", "Ahero", "Kisumu", "Grace", "31415926", "woman", "Wekesa"] {
            assert!(!subject.contains(word), "{subject}");
        }
    }
}

fn ask_for_a_correction(desk: &Desk, session: &Session, evidence: &str) -> String {
    let asked = json!({ "claim": "family_name", "wanted": "Wekesa", "evidence": evidence });
    let made = desk.post(&format!("/people/{ACHIENG}/corrections"), session, &asked).ok();
    made["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_row_that_is_right_takes_the_place_of_the_record() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let issuing = desk.sign_in(Role::Issuing);
    desk.issue(&issuing, "maisha-id").ok();
    desk.hold(ACHIENG);
    desk.quarantine(married());
    let id = id_of(&desk, &session, ACHIENG);
    // Whoever is registered waits too.
    desk.issue(&issuing, "maisha-id").problem(409, "person_quarantined");
    decide(&desk, &session, &id, "admit").problem(409, "decision_unfit");
    let replaced = decide(&desk, &session, &id, "replace").ok();
    assert_eq!((&replaced["changed"], &replaced["withdrawn"]), (&json!(1), &json!(0)));
    assert_eq!(desk.held(ACHIENG), 2, "one person, whose wallet gets the new credential");
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!((&shown["record"]["family_name"], &shown["waiting"]), (&json!("Otieno"), &json!([])));
}

#[test]
fn a_row_that_is_wrong_is_dismissed() {
    let desk = Desk::new();
    desk.quarantine(married());
    let session = desk.sign_in(Role::Registering);
    let id = id_of(&desk, &session, ACHIENG);
    for (reason, code) in
        [("", "text_length"), ("a\nb", "text_not_one_line"), (&"x".repeat(501), "text_length")]
    {
        let body = json!({ "decision": "dismiss", "reason": reason });
        desk.post(&format!("/quarantine/{id}"), &session, &body).problem(422, code);
    }
    decide(&desk, &session, &id, "burn").problem(400, "body_malformed");
    assert_eq!(decide(&desk, &session, &id, "dismiss").ok()["changed"], 0);
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!((&shown["record"]["family_name"], &shown["waiting"]), (&json!("Odhiambo"), &json!([])));
    assert_eq!(shown["died"], Value::Null);
    desk.quarantine(married());
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!(shown["waiting"], json!([]), "the same row never waits again");
}

/// A UPI that was somebody else's: their wallet and their code would get this person's identity.
#[test]
fn a_record_of_another_person_takes_nothing_over() {
    let desk = Desk::new();
    let (session, issuing) = (desk.sign_in(Role::Registering), desk.sign_in(Role::Issuing));
    for kind in ["maisha-id", "proof-of-age"] {
        desk.issue(&issuing, kind).ok();
    }
    desk.hold(ACHIENG);
    let other = Person {
        given_name: "Somebody".into(),
        family_name: "Else".into(),
        birthdate: -7_000,
        sex: Sex::Male,
        ..achieng()
    };
    desk.quarantine(row(other, Reason::UpiTaken { differs: vec!["given_name".into()] }));
    let id = id_of(&desk, &session, ACHIENG);
    let replaced = decide(&desk, &session, &id, "replace").ok();
    // Also the proof of age, which is true of both: it is not in this person's wallet.
    assert_eq!((&replaced["changed"], &replaced["withdrawn"]), (&json!(2), &json!(2)));
    assert_eq!(desk.held(ACHIENG), 0);
    assert_eq!(desk.get(&format!("/people/{ACHIENG}"), &session).ok()["record"]["family_name"], "Else");
}

/// Nor what the one before asked for, nor their death.
#[test]
fn a_record_of_another_person_begins_anew() {
    let desk = Desk::new();
    let (session, issuing) = (desk.sign_in(Role::Registering), desk.sign_in(Role::Issuing));
    let wanted = json!({ "claim": "family_name", "wanted": "Wafula", "evidence": "certificate 12" });
    let asked = desk.post(&format!("/people/{ACHIENG}/corrections"), &session, &wanted);
    assert_eq!(asked.status.as_u16(), 201, "{}", asked.body);
    let death = json!({ "revision": 0, "date": "2026-11-20" });
    desk.post(&format!("/people/{ACHIENG}/death"), &session, &death).ok();
    let other = Person {
        given_name: "Somebody".into(),
        family_name: "Else".into(),
        birthdate: 20_000,
        sex: Sex::Male,
        ..achieng()
    };
    desk.quarantine(row(other, Reason::UpiTaken { differs: vec!["given_name".into()] }));
    let id = id_of(&desk, &session, ACHIENG);
    decide(&desk, &session, &id, "replace").ok();
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!((&shown["died"], &shown["corrections"]), (&Value::Null, &json!([])));
    assert_eq!(desk.get("/corrections", &session).ok()["corrections"], json!([]));
    let activation = desk.post(&format!("/people/{ACHIENG}/activation"), &issuing, &json!({}));
    assert_eq!(activation.status.as_u16(), 201, "{}", activation.body);
}

/// The same through an amendment.
#[test]
fn an_amendment_to_another_person_takes_nothing_over() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    desk.hold(ACHIENG);
    let amend = |revision: u64, fields: Value| {
        let body = json!({ "revision": revision, "fields": fields });
        desk.post(&format!("/people/{ACHIENG}/amend"), &session, &body).ok()["withdrawn"].clone()
    };
    assert_eq!(amend(0, json!({ "given_name": "Akinyi", "family_name": "Otieno" })), 0);
    let other = json!({ "given_name": "Somebody", "family_name": "Else", "birthdate": "1950-11-01" });
    assert_eq!((amend(1, other), desk.held(ACHIENG)), (json!(2), 0));
}

#[test]
fn a_death_ends_what_wallets_and_the_code_of_the_person_may_do() {
    let desk = Desk::new();
    desk.hold(ACHIENG);
    let death = json!({ "revision": 0, "date": "2026-11-20" });
    let died = desk.post(&format!("/people/{ACHIENG}/death"), &desk.sign_in(Role::Registering), &death).ok();
    assert_eq!((&died["withdrawn"], desk.held(ACHIENG)), (&json!(2), 0));
}

#[test]
fn nobody_is_admitted_with_a_card_that_is_registered() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let other = Person { upi: "20480163920040".into(), given_name: "Amina".into(), ..achieng() };
    desk.quarantine(row(other, Reason::SameIdNumber { of: ACHIENG.into() }));
    let id = id_of(&desk, &session, "20480163920040");
    let shown = desk.get(&format!("/quarantine/{id}"), &session).ok();
    assert_eq!((&shown["reason"], &shown["record"]["upi"]), (&json!("same_id_number"), &json!(ACHIENG)));
    let refused = decide(&desk, &session, &id, "admit").problem(409, "id_number_taken");
    assert!(refused.contains(ACHIENG), "{refused}");
    // Once the other number is corrected, it can be.
    let fields = json!({ "revision": 0, "fields": { "id_number": "31415927" } });
    desk.post(&format!("/people/{ACHIENG}/amend"), &session, &fields).ok();
    decide(&desk, &session, &id, "admit").ok();
}
