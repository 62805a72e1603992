//! Rows that wait, and what an officer decides.

use hati_store::Role;
use serde_json::{Value, json};

use super::{ACHIENG, Desk, Session, TWIN};

fn id_of(desk: &Desk, session: &Session, upi: &str) -> String {
    let rows = desk.get("/quarantine", session).ok();
    let rows = rows["rows"].as_array().unwrap();
    rows.iter().find(|it| it["upi"] == upi).unwrap()["id"].as_str().unwrap().to_owned()
}

fn decide(desk: &Desk, session: &Session, id: &str, decision: &str) -> super::Reply {
    desk.post(&format!("/quarantine/{id}"), session, &json!({ "decision": decision, "reason": "file 7" }))
}

#[test]
fn rows_are_listed_page_by_page_and_shown_beside_the_record() {
    let desk = Desk::new();
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
    assert_eq!(resolved.2, format!("{TWIN}, admit: file 7"));
}

#[test]
fn a_row_that_is_right_takes_the_place_of_the_record() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    desk.issue(&desk.sign_in(Role::Issuing), "maisha-id").ok();
    let id = id_of(&desk, &session, ACHIENG);
    decide(&desk, &session, &id, "admit").problem(409, "decision_unfit");
    assert_eq!(decide(&desk, &session, &id, "replace").ok()["changed"], 1);
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!((&shown["record"]["family_name"], &shown["waiting"]), (&json!("Otieno"), &json!([])));
}

#[test]
fn a_row_that_is_wrong_is_dismissed() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let id = id_of(&desk, &session, ACHIENG);
    for (reason, code) in
        [("", "text_length"), ("a\nb", "text_not_one_line"), (&"x".repeat(121), "text_length")]
    {
        let body = json!({ "decision": "dismiss", "reason": reason });
        desk.post(&format!("/quarantine/{id}"), &session, &body).problem(422, code);
    }
    // The audit would keep it.
    for (reason, field) in [
        ("she is Grace", "given_name"),
        ("not an otieno", "family_name"),
        ("ODHIAMBO by birth", "family_name"),
        ("card 31415926", "id_number"),
        ("born 1997-01-01", "birthdate"),
        ("called 254712345678", "phone"),
    ] {
        let body = json!({ "decision": "dismiss", "reason": reason });
        let refused = desk.post(&format!("/quarantine/{id}"), &session, &body);
        assert!(refused.problem(422, "reason_names_claim").contains(field));
    }
    decide(&desk, &session, &id, "burn").problem(400, "body_malformed");
    assert_eq!(decide(&desk, &session, &id, "dismiss").ok()["changed"], 0);
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!((&shown["record"]["family_name"], &shown["waiting"]), (&json!("Odhiambo"), &json!([])));
    assert_eq!(shown["died"], Value::Null);
}
