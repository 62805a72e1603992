//! The register: searched, looked at, amended; what is issued, and what becomes of it.

use hati_store::Role;
use serde_json::{Value, json};

use super::{ACHIENG, Desk, TWIN, disclosed, married};

#[test]
fn people_are_found_by_whatever_is_known_and_looking_is_logged() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let known = [
        ACHIENG,
        "31415926",
        "1997-01-01",
        "%2B254712345678",
        "254712345678",
        "0712345678",
        "0712%20345%20678",
        "odhiambo",
        "Odhiambo%20Gr",
        "Achieng",
        "grace%20odh",
        "ACHI%C3%8BNG%20Grace",
        "gra",
    ];
    for q in known {
        let found = desk.get(&format!("/people?q={q}"), &session).ok();
        assert_eq!(found["people"][0]["upi"], ACHIENG, "{q}");
        assert_eq!(found["more"], false);
    }
    for q in [
        "20480163920099",
        "99999999",
        "%2B25470000000",
        "0712345679",
        "1997-01-02",
        "kamau",
        "grace%20kamau",
        "race",
        "0712%20%20",
    ] {
        assert_eq!(desk.get(&format!("/people?q={q}"), &session).ok()["people"], json!([]), "{q}");
    }
    for query in ["", "?q=", "?q=a", "?x=1", "?q=Odhiambo&x=1", &format!("?q={}", "a".repeat(101))] {
        desk.get(&format!("/people{query}"), &session).problem(400, "query_malformed");
    }
    let actions = desk.actions(&desk.sign_in(Role::Auditing));
    let consulted = actions.iter().filter(|it| it.1 == "consulted");
    assert_eq!(consulted.filter(|it| it.0 == "officer registering" && it.2 == ACHIENG).count(), known.len());
}

/// Whoever issues or revokes finds the person and sees what is issued, and nothing of the record that this does not take.
#[test]
fn issuing_and_revoking_officers_see_what_is_issued_and_little_else() {
    let desk = Desk::new();
    let sessions = [Role::Issuing, Role::Revoking].map(|role| desk.sign_in(role));
    desk.issue(&sessions[0], "maisha-id").ok();
    for session in &sessions {
        let found = desk.get("/people?q=odhiambo", session).ok()["people"].take();
        let person = json!({
            "upi": ACHIENG, "given_name": "Grace Achieng", "family_name": "Odhiambo", "birthdate": "1997-01-01",
        });
        assert_eq!(found, json!([person]));
        let shown = desk.get(&format!("/people/{ACHIENG}/credentials"), session).ok();
        assert_eq!(
            (&shown["issued"][0]["copies"], &shown["issued"][0]["status"]),
            (&json!(1), &json!("valid"))
        );
        assert_eq!((&shown["person"], &shown["died"]), (&person, &Value::Null));
        assert!(!shown.to_string().contains("31415926") && !shown.to_string().contains("254712345678"));
        desk.get(&format!("/people/{ACHIENG}"), session).problem(403, "role_missing");
        desk.get(&format!("/people/{TWIN}/credentials"), session).problem(404, "person_unknown");
    }
    let registering = desk.sign_in(Role::Registering);
    assert_eq!(desk.get("/people?q=odhiambo", &registering).ok()["people"][0]["county"], "Kisumu");
    let actions = desk.actions(&desk.sign_in(Role::Auditing));
    for who in ["officer issuing", "officer revoking"] {
        assert!(actions.contains(&(who.into(), "consulted".into(), ACHIENG.into())), "{actions:?}");
    }
}

#[test]
fn a_record_is_shown_with_all_that_hangs_on_it() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    desk.issue(&desk.sign_in(Role::Issuing), "maisha-id").ok();
    desk.quarantine(married());
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!((&shown["record"]["family_name"], &shown["withheld"]), (&json!("Odhiambo"), &json!([])));
    assert_eq!((&shown["revision"], &shown["died"]), (&json!(0), &Value::Null));
    let issued = &shown["issued"][0];
    assert_eq!(
        (&issued["type"], &issued["status"], &issued["copies"]),
        (&json!("maisha-id"), &json!("valid"), &json!(1))
    );
    assert_eq!(shown["waiting"][0]["reason"], "upi_taken");
    for upi in [TWIN, "1", "x"] {
        desk.get(&format!("/people/{upi}"), &session).problem(404, "person_unknown");
    }
}

#[test]
fn an_amendment_revokes_what_is_wrong_and_the_next_credential_says_what_is_right() {
    let desk = Desk::new();
    let (registering, issuing) = (desk.sign_in(Role::Registering), desk.sign_in(Role::Issuing));
    for kind in ["maisha-id", "proof-of-age"] {
        desk.issue(&issuing, kind).ok();
    }
    let path = format!("/people/{ACHIENG}/amend");
    let amend = |revision: u64, fields: Value| {
        desk.post(&path, &registering, &json!({ "revision": revision, "fields": fields }))
    };
    // No credential says a telephone number.
    assert_eq!(amend(0, json!({ "phone": "+254700000001" })).ok()["changed"], 0);
    amend(0, json!({ "family_name": "Otieno" })).problem(409, "record_revised");
    assert_eq!(amend(1, json!({ "family_name": "Otieno" })).ok()["changed"], 1);
    let shown = desk.get(&format!("/people/{ACHIENG}"), &registering).ok();
    let status = |kind: &str| {
        let issued = shown["issued"].as_array().unwrap();
        issued.iter().find(|it| it["type"] == kind).unwrap()["status"].clone()
    };
    assert_eq!((status("maisha-id"), status("proof-of-age")), (json!("revoked"), json!("valid")));
    assert!(disclosed(&desk.issue(&issuing, "maisha-id").ok()).contains("Otieno"));
    // Whoever is no adult any more has no proof of age any more, and gets none.
    assert_eq!(amend(2, json!({ "birthdate": "2015-01-01" })).ok()["changed"], 2);
    desk.issue(&issuing, "proof-of-age").problem(422, "not_entitled");
}

#[test]
fn fields_go_through_the_checks_of_an_import() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let path = format!("/people/{ACHIENG}/amend");
    for (fields, field) in [
        (json!({ "sex": "f" }), "sex"),
        (json!({ "birthdate": "2030-01-01" }), "birthdate"),
        (json!({ "family_name": "=cmd" }), "family_name"),
        (json!({ "salary": 1 }), "row"),
        (json!({ "upi": TWIN }), "upi"),
        (json!({ "portrait": "face.png" }), "portrait"),
    ] {
        let reply = desk.post(&path, &session, &json!({ "revision": 0, "fields": fields }));
        assert_eq!(reply.body["errors"][0]["field"], field, "{}", reply.body);
        reply.problem(422, "fields_refused");
    }
    for body in [json!({}), json!({ "revision": 0 }), json!({ "revision": -1, "fields": {} })] {
        desk.post(&path, &session, &body).problem(400, "body_malformed");
    }
    let twin = desk.get("/quarantine", &session).ok();
    let rows = twin["rows"].as_array().unwrap();
    let id = rows.iter().find(|it| it["upi"] == TWIN).unwrap()["id"].as_str().unwrap().to_owned();
    let admit = json!({ "decision": "admit", "reason": "file 7" });
    desk.post(&format!("/quarantine/{id}"), &session, &admit).ok();
    let taken = json!({ "revision": 0, "fields": { "id_number": "31415926" } });
    desk.post(&format!("/people/{TWIN}/amend"), &session, &taken).problem(409, "id_number_taken");
}

#[test]
fn a_death_revokes_everything_for_good() {
    let desk = Desk::new();
    let (registering, issuing) = (desk.sign_in(Role::Registering), desk.sign_in(Role::Issuing));
    for kind in ["maisha-id", "proof-of-age"] {
        desk.issue(&issuing, kind).ok();
    }
    let path = format!("/people/{ACHIENG}/death");
    let death = |date: &str| desk.post(&path, &registering, &json!({ "revision": 0, "date": date }));
    for date in ["2030-01-01", "1996-12-31", "yesterday", ""] {
        let reply = death(date);
        assert_eq!(reply.body["errors"][0]["field"], "date", "{}", reply.body);
        reply.problem(422, "fields_refused");
    }
    assert_eq!(death("2026-11-20").ok()["changed"], 2);
    death("2026-11-20").problem(409, "person_died");
    assert_eq!(desk.get(&format!("/people/{ACHIENG}"), &registering).ok()["died"], "2026-11-20");
    desk.issue(&issuing, "maisha-id").problem(409, "person_died");
}

/// A death was registered of somebody who lives, and then on the wrong day.
#[test]
fn a_death_is_corrected_or_taken_back() {
    let desk = Desk::new();
    let (registering, issuing) = (desk.sign_in(Role::Registering), desk.sign_in(Role::Issuing));
    desk.issue(&issuing, "maisha-id").ok();
    let death = |revision: u64, date: &str| {
        let body = json!({ "revision": revision, "date": date });
        desk.post(&format!("/people/{ACHIENG}/death"), &registering, &body)
    };
    let withdraw = |revision: u64, reason: &str| {
        let body = json!({ "revision": revision, "reason": reason });
        desk.post(&format!("/people/{ACHIENG}/death/withdraw"), &registering, &body)
    };
    let died = || desk.get(&format!("/people/{ACHIENG}"), &registering).ok()["died"].clone();
    withdraw(0, "file 7").problem(404, "nothing_to_decide");
    death(0, "2026-11-20").ok();
    death(1, "2026-11-20").problem(409, "person_died");
    death(1, "2026-11-19").ok();
    assert_eq!(died(), "2026-11-19");
    // Nobody is born after that.
    let fields = |birthdate: &str| json!({ "revision": 2, "fields": { "birthdate": birthdate } });
    let amend =
        |birthdate: &str| desk.post(&format!("/people/{ACHIENG}/amend"), &registering, &fields(birthdate));
    let refused = amend("2026-11-20");
    assert_eq!(refused.body["errors"][0]["field"], "birthdate", "{}", refused.body);
    refused.problem(422, "fields_refused");
    // An amendment leaves the death as it is.
    amend("1997-01-02").ok();
    assert_eq!(died(), "2026-11-19");

    withdraw(3, "").problem(422, "text_length");
    withdraw(2, "file 7").problem(409, "record_revised");
    let withdrawn = withdraw(3, "another Achieng died, file 7").ok();
    assert_eq!(died(), Value::Null);
    let shown = desk.get(&format!("/people/{ACHIENG}/decisions"), &registering).ok();
    let decision = &shown["decisions"][0];
    assert_eq!(
        (&decision["id"], &decision["decision"], &decision["reason"], &decision["row"]),
        (
            &withdrawn["decision_id"],
            &json!("death_withdrawn"),
            &json!("another Achieng died, file 7"),
            &Value::Null
        )
    );
    let actions = desk.actions(&desk.sign_in(Role::Auditing));
    let entry = actions.iter().find(|it| it.1 == "death_withdrawn").unwrap();
    assert_eq!(entry.2, format!("{ACHIENG}, decision {}", withdrawn["decision_id"].as_str().unwrap()));
    // What was revoked stays so, and there is a new one.
    let issued = || desk.get(&format!("/people/{ACHIENG}"), &registering).ok()["issued"].clone();
    assert_eq!(issued()[0]["status"], "revoked");
    desk.issue(&issuing, "maisha-id").ok();
    assert!(issued().as_array().unwrap().iter().any(|it| it["status"] == "valid"));
}

#[test]
fn credentials_are_suspended_reinstated_and_revoked() {
    let desk = Desk::new();
    desk.issue(&desk.sign_in(Role::Issuing), "maisha-id").ok();
    let session = desk.sign_in(Role::Revoking);
    let change = |what: &str, which: Value| {
        desk.post(&format!("/people/{ACHIENG}/credentials/{what}"), &session, &which)
    };
    assert_eq!(change("suspend", json!({})).ok()["changed"], 1);
    assert_eq!(change("reinstate", json!({ "type": "maisha-id" })).ok()["changed"], 1);
    assert_eq!(change("reinstate", json!({})).ok()["changed"], 0);
    change("revoke", json!({ "type": "proof-of-age" })).problem(404, "nothing_issued");
    assert_eq!(change("revoke", json!({})).ok()["changed"], 1);
    assert_eq!(change("revoke", json!({})).ok()["unchanged"], 1);
    change("reinstate", json!({})).problem(409, "revoked_for_good");
    assert_eq!(change("burn", json!({})).status.as_u16(), 404);
}

#[test]
fn what_is_suspended_is_neither_issued_nor_offered() {
    let desk = Desk::new();
    let [registering, issuing, revoking] =
        [Role::Registering, Role::Issuing, Role::Revoking].map(|role| desk.sign_in(role));
    let change = |what: &str, which: Value| {
        desk.post(&format!("/people/{ACHIENG}/credentials/{what}"), &revoking, &which)
    };
    let offer = || {
        let order = json!({ "configurations": ["maisha-id.vc-sd-jwt"] });
        desk.post(&format!("/people/{ACHIENG}/offer"), &issuing, &order)
    };
    desk.service.publish().unwrap();
    // Before there is a copy, and of a type that there is.
    change("suspend", json!({ "type": "passport" })).problem(404, "nothing_issued");
    assert_eq!(change("suspend", json!({ "type": "maisha-id" })).ok()["changed"], 0);
    let shown = || desk.get(&format!("/people/{ACHIENG}"), &registering).ok()["withheld"].clone();
    assert_eq!(shown(), json!(["maisha-id"]));
    let refused = desk.issue(&issuing, "maisha-id").problem(409, "credential_withheld");
    assert!(refused.contains("service centre") && refused.contains("reinstates"), "{refused}");
    offer().problem(409, "credential_withheld");
    desk.issue(&issuing, "proof-of-age").ok();

    change("reinstate", json!({ "type": "maisha-id" })).ok();
    desk.issue(&issuing, "maisha-id").ok();
    assert_eq!(offer().status.as_u16(), 201);
    assert_eq!(change("suspend", json!({})).ok()["changed"], 2);
    assert_eq!(shown(), json!(["maisha-id", "proof-of-age"]));
    let revoked = change("revoke", json!({})).ok();
    assert_eq!((&revoked["changed"], &revoked["withdrawn"], shown()), (&json!(2), &json!(1), json!([])));
    desk.issue(&issuing, "maisha-id").ok();
}
