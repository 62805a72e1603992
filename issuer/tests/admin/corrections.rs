//! A person says what is wrong, and an officer answers.

use hati_store::Role;
use serde_json::json;

use super::{ACHIENG, Desk, Reply, Session, TWIN, disclosed};

pub(super) fn ask(desk: &Desk, session: &Session, claim: &str, wanted: &str) -> Reply {
    let body = json!({ "claim": claim, "wanted": wanted, "evidence": "birth certificate 77" });
    desk.post(&format!("/people/{ACHIENG}/corrections"), session, &body)
}

pub(super) fn answer(desk: &Desk, session: &Session, id: &str, granted: bool) -> Reply {
    desk.post(
        &format!("/corrections/{id}"),
        session,
        &json!({ "granted": granted, "reason": "as certified" }),
    )
}

#[test]
fn what_is_granted_is_corrected_and_what_is_wrong_is_revoked() {
    let desk = Desk::new();
    let (session, issuing) = (desk.sign_in(Role::Registering), desk.sign_in(Role::Issuing));
    desk.issue(&issuing, "maisha-id").ok();
    let id = ask(&desk, &session, "nationalities", "KE;UG").ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.get("/corrections", &session).ok()["corrections"][0]["id"], id);
    assert_eq!(answer(&desk, &session, &id, true).ok()["changed"], 1);
    assert_eq!(desk.get("/corrections", &session).ok()["corrections"], json!([]));
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!(shown["record"]["nationalities"], json!(["KE", "UG"]));
    let said = &shown["corrections"][0]["answer"];
    assert_eq!(
        (&said["granted"], &said["reason"], &said["officer"]),
        (&json!(true), &json!("as certified"), &json!("registering"))
    );
    assert!(disclosed(&desk.issue(&issuing, "maisha-id").ok()).contains("UG"));
    answer(&desk, &session, &id, false).problem(404, "nothing_to_decide");
    // No value of a claim is in the audit.
    let actions = desk.actions(&desk.sign_in(Role::Auditing));
    let of = |action: &str| actions.iter().find(|it| it.1 == action).unwrap().2.clone();
    assert_eq!(of("correction_requested"), format!("{ACHIENG}, nationalities"));
    assert_eq!(of("correction_answered"), format!("{ACHIENG}, nationalities, granted"));
    assert_eq!(of("amended"), ACHIENG);
}

#[test]
fn what_is_refused_stays_as_it_was() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let id = ask(&desk, &session, "family_name", "Otieno").ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(answer(&desk, &session, &id, false).ok()["changed"], 0);
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!((&shown["record"]["family_name"], &shown["revision"]), (&json!("Odhiambo"), &json!(0)));
    assert_eq!(shown["corrections"][0]["answer"]["granted"], false);
}

#[test]
fn a_correction_that_could_not_be_made_is_not_taken() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    ask(&desk, &session, "upi", TWIN).problem(422, "claim_not_correctable");
    ask(&desk, &session, "salary", "1").problem(422, "claim_not_correctable");
    ask(&desk, &session, "birthdate", "soon").problem(422, "fields_refused");
    ask(&desk, &session, "family_name", "").problem(422, "text_length");
    let body = json!({ "claim": "sex", "wanted": "male", "evidence": "x" });
    desk.post(&format!("/people/{TWIN}/corrections"), &session, &body).problem(404, "person_unknown");
    answer(&desk, &session, "x", true).problem(404, "nothing_to_decide");
}
